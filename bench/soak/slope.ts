/** The straight line through what was measured over time. */

export type Point = { readonly atSeconds: number; readonly value: number };

export type Slope = {
  /** Units of the value an hour. */
  readonly perHour: number;
  /**
   * Half of what the slope lies in with 95 %, by the scatter around the line; infinite where the points tell nothing of
   * it. Points that are like those before them count as fewer (Santer et al. 2000), by the autocorrelation of the
   * scatter from one to the next, as of an autoregressive process of the first order.
   */
  readonly errorPerHour: number;
  readonly mean: number;
};

/** Normal quantile of 97.5 %. */
const normal = 1.96;

/** Student's t of 97.5 %, by the expansion of Cornish and Fisher: within 1 % from three degrees of freedom on. */
const student = (freedom: number): number =>
  normal +
  (normal ** 3 + normal) / (4 * freedom) +
  (5 * normal ** 5 + 16 * normal ** 3 + 3 * normal) / (96 * freedom ** 2) +
  (3 * normal ** 7 + 19 * normal ** 5 + 17 * normal ** 3 - 15 * normal) / (384 * freedom ** 3);

/** How many that are like no other tell as much as these rests of a line, which are alike. */
function effectiveCount(rests: readonly number[], scatter: number): number {
  const count = rests.length;
  const alike = rests.reduce((sum, rest, index) => sum + rest * (rests[index - 1] ?? 0), 0) / (scatter || 1);
  // The line takes of the likeness what few points have of it: by (2 + 4 a) / n (Kendall 1954, with a trend).
  const likeness = Math.min(Math.max((alike * count + 2) / (count - 4), 0), 0.99);
  return (count * (1 - likeness)) / (1 + likeness);
}

export function slopeOf(points: readonly Point[]): Slope {
  const count = points.length;
  const meanOf = (of: (point: Point) => number): number => points.reduce((sum, point) => sum + of(point), 0) / count;
  const [time, mean] = [meanOf(({ atSeconds }) => atSeconds), meanOf(({ value }) => value)];
  const spread = points.reduce((sum, { atSeconds }) => sum + (atSeconds - time) ** 2, 0);
  const slope = points.reduce((sum, { atSeconds, value }) => sum + (atSeconds - time) * (value - mean), 0) / spread;
  const rests = points.map(({ atSeconds, value }) => value - mean - slope * (atSeconds - time));
  const scatter = rests.reduce((sum, rest) => sum + rest ** 2, 0);
  const freedom = Math.max(effectiveCount(rests, scatter) - 2, 1);
  const error = count < 5 ? Number.POSITIVE_INFINITY : student(freedom) * Math.sqrt(scatter / freedom / spread);
  return { perHour: slope * 3600, errorPerHour: error * 3600, mean };
}

/** The least of each so many seconds: of a heap, what is near to what lives in it. */
export function leastOf(points: readonly Point[], seconds: number): readonly Point[] {
  const least = new Map<number, Point>();
  for (const point of points) {
    const stretch = Math.floor(point.atSeconds / seconds);
    const known = least.get(stretch);
    if (known === undefined || point.value < known.value) least.set(stretch, point);
  }
  return [...least.values()];
}

/** It does not grow: zero is within the error, or an hour of it is less than a hundredth. */
export const isLevel = ({ perHour, errorPerHour, mean }: Slope): boolean =>
  perHour - errorPerHour <= 0 || perHour < mean / 100;

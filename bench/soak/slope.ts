/** The straight line through what was measured over time. */

export type Point = { readonly atSeconds: number; readonly value: number };

export type Slope = {
  /** Units of the value an hour. */
  readonly perHour: number;
  /**
   * Half of what the slope lies in with 95 %, by the scatter around the line; infinite of fewer than three points.
   * Points that are like those before them tell less than as many that are not: by the autocorrelation of the scatter
   * from one to the next, as of an autoregressive process of the first order.
   */
  readonly errorPerHour: number;
  readonly mean: number;
};

/** Student's t of 97.5 % is 2.0 to 2.3 from 10 points on; of fewer it is taken larger than it is. */
const student = (points: number): number => (points >= 30 ? 2.05 : points >= 10 ? 2.31 : 4.3);

export function slopeOf(points: readonly Point[]): Slope {
  const count = points.length;
  const meanOf = (of: (point: Point) => number): number => points.reduce((sum, point) => sum + of(point), 0) / count;
  const [time, mean] = [meanOf(({ atSeconds }) => atSeconds), meanOf(({ value }) => value)];
  const spread = points.reduce((sum, { atSeconds }) => sum + (atSeconds - time) ** 2, 0);
  const slope = points.reduce((sum, { atSeconds, value }) => sum + (atSeconds - time) * (value - mean), 0) / spread;
  const rests = points.map(({ atSeconds, value }) => value - mean - slope * (atSeconds - time));
  const scatter = rests.reduce((sum, rest) => sum + rest ** 2, 0);
  const alike = rests.reduce((sum, rest, index) => sum + rest * (rests[index - 1] ?? 0), 0) / (scatter || 1);
  const likeness = Math.min(Math.max(alike, 0), 0.99);
  const error =
    count < 3
      ? Number.POSITIVE_INFINITY
      : student(count) * Math.sqrt((scatter / (count - 2) / spread) * ((1 + likeness) / (1 - likeness)));
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

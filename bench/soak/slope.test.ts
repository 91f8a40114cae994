import { describe, expect, it } from 'vitest';
import { seededChance } from '../../test/support/chance.js';
import { isLevel, leastOf, type Point, slopeOf } from './slope.js';

const stepSeconds = 15;
const perHour = 72;

/** The line of `perHour`, with each of the noise on it. */
const lineWith = (noise: readonly number[]): readonly Point[] =>
  noise.map((off, index) => {
    const atSeconds = stepSeconds * index;
    return { atSeconds, value: 100 + (perHour / 3600) * atSeconds + off };
  });

/** Standard normal (Box and Muller). */
const normalOf = (chance: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());

/** Autoregressive of the first order; `likeness` 0 is white. */
function noiseOf(normal: () => number, count: number, likeness: number): readonly number[] {
  const noise: number[] = [];
  let last = normal() / Math.sqrt(1 - likeness ** 2);
  for (let index = 0; index < count; index++) {
    noise.push(last);
    last = likeness * last + normal();
  }
  return noise;
}

/** In how many of 2,000 series the slope lies within its error. */
function shareCovered(count: number, likeness: number): number {
  const normal = normalOf(seededChance(4));
  const series = Array.from({ length: 2000 }, () => slopeOf(lineWith(noiseOf(normal, count, likeness))));
  return series.filter((slope) => Math.abs(slope.perHour - perHour) <= slope.errorPerHour).length / series.length;
}

describe('slopeOf', () => {
  it('finds a line to the bit of its noise', () => {
    const slope = slopeOf(lineWith(Array.from({ length: 100 }, () => 0)));
    expect(slope.perHour).toBeCloseTo(perHour, 6);
    expect(slope.errorPerHour).toBeCloseTo(0, 6);
    expect(slope.mean).toBeCloseTo(100 + ((perHour / 3600) * stepSeconds * 99) / 2, 6);
  });

  it('of white noise errs as the method of least squares says', () => {
    const [count, normal] = [200, normalOf(seededChance(1))];
    const slope = slopeOf(lineWith(noiseOf(normal, count, 0)));
    const spread = (stepSeconds ** 2 * count * (count ** 2 - 1)) / 12;
    const expected = (1.97 * 3600) / Math.sqrt(spread);
    expect(slope.errorPerHour / expected).toBeGreaterThan(0.8);
    expect(slope.errorPerHour / expected).toBeLessThan(1.25);
    expect(Math.abs(slope.perHour - perHour)).toBeLessThan(slope.errorPerHour);
  });

  // A hundred windows of a soak, and the fourteen least of the heap.
  it.each([
    { count: 100, likeness: 0, least: 0.94 },
    { count: 100, likeness: 0.7, least: 0.935 },
    { count: 100, likeness: 0.9, least: 0.92 },
    { count: 14, likeness: 0, least: 0.94 },
    { count: 14, likeness: 0.3, least: 0.93 },
    { count: 14, likeness: 0.5, least: 0.9 },
  ])('covers the truth in some 95 % of series of $count points, alike by $likeness', ({ count, likeness, least }) => {
    const share = shareCovered(count, likeness);
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThan(0.98);
  });

  it('knows no error of fewer than five points', () => {
    for (const count of [2, 3, 4]) {
      const slope = slopeOf(lineWith(Array.from({ length: count }, () => 0)));
      expect(slope.perHour).toBeCloseTo(perHour, 6);
      expect(slope.errorPerHour).toBe(Number.POSITIVE_INFINITY);
    }
    expect(slopeOf(lineWith([0, 0, 1, 0, 0])).errorPerHour).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('of what never changes is zero, without an error', () => {
    const points = Array.from({ length: 20 }, (_, index) => ({ atSeconds: index, value: 7 }));
    expect(slopeOf(points)).toEqual({ perHour: 0, errorPerHour: 0, mean: 7 });
  });

  it('has an error where the scatter is one long swing', () => {
    const swing = Array.from({ length: 40 }, (_, index) => 10 * Math.sin((2 * Math.PI * index) / 40));
    const slope = slopeOf(lineWith(swing));
    expect(slope.errorPerHour).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(Math.abs(slope.perHour - perHour)).toBeLessThan(slope.errorPerHour);
  });
});

describe('leastOf', () => {
  it('is the least of each stretch, when it was', () => {
    const points = [3, 1, 2, 5, 6, 4].map((value, index) => ({ atSeconds: 40 * index, value }));
    expect(leastOf(points, 120)).toEqual([
      { atSeconds: 40, value: 1 },
      { atSeconds: 200, value: 4 },
    ]);
  });
});

describe('isLevel', () => {
  it('is what may be zero, or is less than a hundredth an hour', () => {
    expect(isLevel({ perHour: 5, errorPerHour: 6, mean: 100 })).toBe(true);
    expect(isLevel({ perHour: 5, errorPerHour: 4, mean: 100 })).toBe(false);
    expect(isLevel({ perHour: 5, errorPerHour: 4, mean: 600 })).toBe(true);
    expect(isLevel({ perHour: -5, errorPerHour: 1, mean: 100 })).toBe(true);
  });
});

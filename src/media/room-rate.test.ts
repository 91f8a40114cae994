import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../base/brands.js';
import { type HeldRate, holdRate, lowerRateAfterMs, type RoomRateHz, roomRate, savedRate } from './room-rate.js';

describe('roomRate', () => {
  it.each([
    [[], 8000],
    [[8000], 8000],
    [[8000, 8000, 8000], 8000],
    [[16_000], 8000],
    [[16_000, 8000, 8000], 8000],
    [[16_000, 16_000], 16_000],
    [[8000, 24_000, 8000, 48_000], 16_000],
    [[24_000, 24_000], 16_000],
    [[48_000, 8000], 8000],
    [[44_100, 8000, 48_000], 48_000],
    [[48_000, 48_000, 48_000], 48_000],
  ])('of legs at %j Hz is %d Hz', (rates, expected) => {
    expect(roomRate(rates)).toBe(expected);
  });
});

describe('savedRate', () => {
  const legs = (fullband: number, narrow: number): readonly number[] => [
    ...new Array<number>(fullband).fill(48_000),
    ...new Array<number>(narrow).fill(8000),
  ];

  const saved = { rateHz: 16_000, isSaved: true };
  const unsaved = (rateHz: RoomRateHz) => ({ rateHz, isSaved: false });

  it('brings a room to wideband of which a fifth has more, and keeps it there up to a third', () => {
    expect(savedRate(48_000, legs(2, 8), false)).toEqual(saved);
    expect(savedRate(48_000, legs(3, 8), false)).toEqual(unsaved(48_000));
    expect(savedRate(48_000, legs(3, 8), true)).toEqual(saved);
    expect(savedRate(48_000, legs(5, 8), true)).toEqual(unsaved(48_000));
  });

  it('lets rooms of fullband legs alone, and those that are mixed at no more', () => {
    expect(savedRate(48_000, legs(3, 0), false)).toEqual(unsaved(48_000));
    expect(savedRate(16_000, legs(0, 9), false)).toEqual(unsaved(16_000));
    expect(savedRate(8000, legs(1, 9), true)).toEqual(unsaved(8000));
  });

  it('counts 24 kHz among those that lose nothing', () => {
    expect(savedRate(48_000, [48_000, 48_000, ...new Array<number>(8).fill(24_000)], false)).toEqual(saved);
  });
});

describe('holdRate', () => {
  const rates: readonly RoomRateHz[] = [8000, 16_000, 48_000];
  const at = (ms: number) => monotonicMs(ms);

  it('goes up at once, and down after a while in which less was enough', () => {
    const wide = holdRate(holdRate(null, 8000, at(0)), 16_000, at(5));
    expect(wide).toEqual({ rateHz: 16_000, lowerAtMs: null });
    const waiting = holdRate(wide, 8000, at(100));
    expect(waiting).toEqual({ rateHz: 16_000, lowerAtMs: 100 + lowerRateAfterMs });
    expect(holdRate(waiting, 8000, at(99 + lowerRateAfterMs))).toEqual(waiting);
    expect(holdRate(waiting, 8000, at(100 + lowerRateAfterMs))).toEqual({ rateHz: 8000, lowerAtMs: null });
  });

  it('begins to wait anew when more was needed in between', () => {
    const waiting = holdRate({ rateHz: 16_000, lowerAtMs: null }, 8000, at(0));
    const needed = holdRate(waiting, 16_000, at(29_000));
    expect(holdRate(needed, 8000, at(31_000)).lowerAtMs).toBe(61_000);
  });

  it('never mixes at less than is needed, nor at more that nobody needed for so long', () => {
    const step = fc.tuple(fc.constantFrom(...rates), fc.integer({ min: 0, max: 40_000 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let held: HeldRate | null = null;
        let nowMs = 0;
        let lastNeededMs = 0;
        for (const [neededHz, laterMs] of steps) {
          nowMs += laterMs;
          // Whoever holds a rate looks when it said.
          while (held?.lowerAtMs != null && held.lowerAtMs < nowMs) held = holdRate(held, 8000, held.lowerAtMs);
          held = holdRate(held, neededHz, at(nowMs));
          expect(held.rateHz).toBeGreaterThanOrEqual(neededHz);
          if (held.rateHz === neededHz) lastNeededMs = nowMs;
          expect(nowMs - lastNeededMs).toBeLessThanOrEqual(lowerRateAfterMs + 40_000);
        }
      }),
    );
  });
});

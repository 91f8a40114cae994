import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../base/brands.js';
import { type HeldRate, holdRate, lowerRateAfterMs, type RoomRateHz, roomRate } from './room-rate.js';

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

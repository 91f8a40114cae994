import { describe, expect, it } from 'vitest';
import { quietLeg } from '../../test/support/leg-statistics.js';
import { legQuality } from './leg-quality.js';

describe('legQuality', () => {
  it('of a leg without loss is as good as the scale goes', () => {
    expect(legQuality(quietLeg)).toEqual({
      r: 93.2,
      mos: expect.closeTo(4.41, 2),
      lossRatio: 0,
      burstRatio: 1,
      delayMs: 60,
    });
  });

  it('of a leg that nothing came from is not a loss', () => {
    expect(legQuality({ ...quietLeg, packetsReceived: 0 }).lossRatio).toBe(0);
  });

  it('counts what was lost and what came too late', () => {
    const { lossRatio, mos } = legQuality({ ...quietLeg, packetsReceived: 980, packetsLost: 20, packetsLate: 30 });
    expect(lossRatio).toBe(0.05);
    // 15.8 of R by the formula.
    expect(mos).toBeCloseTo(3.92, 1);
  });

  it('does not count what forward error correction or redundancy repaired', () => {
    const lossy = { ...quietLeg, packetsReceived: 950, packetsLost: 50 };
    const repaired = { ...lossy, packetsRecovered: 10, playout: { ...quietLeg.playout, gapsRestored: 30 } };
    expect(legQuality(repaired).lossRatio).toBe(0.01);
    expect(legQuality({ ...repaired, packetsRecovered: 50 })).toMatchObject({ lossRatio: 0, r: 93.2 });
  });

  it('is lower when the same losses come in bursts', () => {
    const lossy = { ...quietLeg, packetsReceived: 950, packetsLost: 50, framesConcealed: 50 };
    const alone = legQuality({ ...lossy, playout: { ...quietLeg.playout, gaps: 50 } });
    const inBursts = legQuality({ ...lossy, playout: { ...quietLeg.playout, gaps: 10 } });
    expect(alone.burstRatio).toBe(1);
    expect(inBursts.burstRatio).toBeCloseTo(4.75, 5);
    expect(inBursts.mos).toBeLessThan(alone.mos);
  });

  it('counts half the round trip and the jitter buffer as delay', () => {
    const far = legQuality({ ...quietLeg, roundTripMs: 400, playoutDelayMs: 180 });
    expect(far.delayMs).toBe(400);
    expect(far.r).toBeCloseTo(69.1, 1);
  });

  it('between two looks is that of the time between', () => {
    const before = { ...quietLeg, packetsReceived: 100, packetsLost: 100 };
    const now = { ...before, packetsReceived: 200 };
    expect(legQuality(now).lossRatio).toBeCloseTo(1 / 3);
    expect(legQuality(now, before).lossRatio).toBe(0);
    // A peer that begins anew counts from nothing.
    expect(legQuality(quietLeg, before).lossRatio).toBe(0);
  });
});

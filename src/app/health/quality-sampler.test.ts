import { describe, expect, it } from 'vitest';
import { quietLeg } from '../../../test/support/leg-statistics.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { LegId } from '../../media/engine-port.js';
import type { QualityCounts } from '../../media/leg-statistics.js';
import { createQualitySampler, sampleEveryMs } from './quality-sampler.js';

/** Legs that hear 20 ms more with each look. */
function samplerOf(count: number) {
  const clock = new VirtualClock();
  const metrics = recordingMetrics();
  const legs = new Map<LegId, QualityCounts | null>();
  for (let index = 0; index < count; index += 1) legs.set(`0.${index}.1` as LegId, quietLeg);
  let looks = 0;
  const engine = {
    qualityCounts(leg: LegId): QualityCounts | null {
      looks += 1;
      const now = legs.get(leg);
      if (now === undefined || now === null) return null;
      legs.set(leg, { ...now, framesHeard: now.framesHeard + 1, packetsReceived: now.packetsReceived + 1 });
      return now;
    },
  };
  const sampler = createQualitySampler({ calls: { legs: () => [...legs.keys()] }, engine, clock, metrics });
  return { sampler, clock, metrics, legs, looked: () => looks };
}

describe('QualitySampler', () => {
  it.each([1, 7, 50, 333])('looks at each of %d legs about once in ten seconds', async (count) => {
    const { sampler, clock, metrics, looked } = samplerOf(count);
    sampler.start();
    await clock.advance(10 * sampleEveryMs);
    sampler.stop();
    expect(looked() / count).toBeGreaterThan(8);
    expect(looked() / count).toBeLessThan(13);
    // The first look of each has nothing to compare with.
    expect(metrics.value('parley_leg_mos')).toBe(looked() - count);
    expect(metrics.value('parley_leg_jitter_seconds')).toBe(looked() - count);
    expect(metrics.value('parley_leg_round_trip_seconds')).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('passes over legs that nobody was given, and those without a network', async () => {
    const { sampler, clock, metrics, legs } = samplerOf(2);
    const [muted, lane] = [...legs.keys()];
    if (muted === undefined || lane === undefined) expect.fail('two legs');
    sampler.start();
    await clock.advance(sampleEveryMs * 2);
    const before = metrics.value('parley_leg_mos');
    legs.set(lane, null);
    Object.defineProperty(legs, 'get', { value: (leg: LegId) => (leg === muted ? quietLeg : null) });
    await clock.advance(sampleEveryMs * 3);
    expect(metrics.value('parley_leg_mos') - before).toBeLessThanOrEqual(1);
    sampler.stop();
  });

  it('forgets legs that are gone', async () => {
    const { sampler, clock, metrics, legs } = samplerOf(3);
    sampler.start();
    await clock.advance(sampleEveryMs * 3);
    legs.clear();
    const before = metrics.value('parley_leg_mos');
    await clock.advance(sampleEveryMs * 3);
    expect(metrics.value('parley_leg_mos')).toBe(before);
    sampler.stop();
  });
});

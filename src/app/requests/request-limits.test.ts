import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Allowed } from '../allowance.js';
import { refusalMsMax } from './late-refusals.js';
import { callsAtOnceMax, RequestLimits, visitorsMax } from './request-limits.js';

const [a, b] = [accountSidOf('A'), accountSidOf('B')];

function limiting(perSecond: number, streamsMax: number | null = null) {
  const clock = new VirtualClock();
  const metrics = recordingMetrics();
  const allowed: { now: Allowed } = { now: { perSecond, burst: 2 * perSecond } };
  const limits = new RequestLimits({
    clock,
    metrics,
    allowedOf: () => allowed.now,
    visitorsAllowed: () => allowed.now,
    streamsMaxOf: () => streamsMax,
  });
  return { clock, metrics, allowed, limits };
}

describe('requests of an account', () => {
  it('have one bucket on both faces, and another account has its own', () => {
    const { limits, metrics } = limiting(2);
    const asked = (['grpc', 'rest', 'grpc', 'rest'] as const).map((face) => limits.ofAccount(face, a));
    expect(asked).toEqual([null, null, null, null]);
    expect(limits.ofAccount('grpc', a)).toEqual({ perSecond: 2, retryAfterSeconds: 1, answerAfterMs: 0 });
    expect(limits.ofAccount('rest', a)).not.toBeNull();
    expect(limits.ofAccount('rest', b)).toBeNull();
    for (const face of ['grpc', 'rest'] as const) {
      expect(metrics.value('parley_api_rate_limited_total', { face })).toBe(1);
    }
  });

  it('have the limit that is configured now', () => {
    const { limits, allowed } = limiting(1);
    limits.ofAccount('grpc', a);
    limits.ofAccount('grpc', a);
    expect(limits.ofAccount('grpc', a)).not.toBeNull();
    allowed.now = { perSecond: 0, burst: 0 };
    expect(limits.ofAccount('grpc', a)).toBeNull();
  });

  it('are refused later and later in a flood, never later than is said, and at once again after it', async () => {
    const { limits, clock, metrics } = limiting(1);
    const waits = Array.from({ length: 2000 }, () => limits.ofAccount('grpc', a)?.answerAfterMs ?? 0);
    // Two were let through, fifty were due within the second.
    expect(waits.filter((ms) => ms === 0)).toHaveLength(52);
    expect(waits[52]).toBe(1020);
    expect(Math.max(...waits)).toBe(refusalMsMax);
    expect(waits).toEqual([...waits].sort((one, other) => one - other));
    expect(metrics.value('parley_api_refusals_postponed_total', { face: 'grpc' })).toBe(1948);
    await clock.advance(refusalMsMax);
    for (const _ of [1, 2]) limits.ofAccount('grpc', a);
    expect(limits.ofAccount('grpc', a)).toMatchObject({ answerAfterMs: 0 });
  });

  it('of nobody are counted by address, of which so many are remembered', () => {
    const { limits } = limiting(1);
    const ask = (address: string) => limits.ofVisitor('rest', address) === null;
    expect([ask('192.0.2.1'), ask('192.0.2.1'), ask('192.0.2.1'), ask('192.0.2.2')]).toEqual([true, true, false, true]);
    for (let visitor = 0; visitor < visitorsMax; visitor += 1) ask(`10.${visitor >> 8}.${visitor & 255}.1`);
    expect(ask('192.0.2.1')).toBe(true);
  });
});

describe('what is under way', () => {
  it.each([
    ['streams', 3, 3],
    ['calls', null, callsAtOnceMax],
  ] as const)('%s: so many, and another when one has ended', (what, streamsMax, max) => {
    const { limits, metrics } = limiting(0, streamsMax);
    for (let each = 0; each < max; each += 1) expect(limits.begin(a, what)).toBeNull();
    expect(limits.begin(a, what)).toEqual({ what, max });
    expect(limits.begin(b, what)).toBeNull();
    limits.end(a, what);
    expect(limits.begin(a, what)).toBeNull();
    const limit = what === 'calls' ? 'rpcs' : what;
    expect(metrics.value('parley_account_limits_reached_total', { account: a, limit })).toBe(1);
  });
});

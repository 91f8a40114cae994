import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, join } from '../../../test/support/callers.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { type CallSid, epochMs } from '../../base/brands.js';
import { newSid } from '../../base/sids.js';
import type { LegId } from '../../media/engine-port.js';
import { Calls } from './calls.js';
import { completedCallsMax } from './completed-calls.js';

const accountSid = accountSidOf('acc');
const place = {
  conferenceSid: conferenceSidOf('conf'),
  leg: 'leg' as LegId,
  media: { transport: 'lane', codec: 'pcmu', rateHz: 8000, jitterMs: 40 },
} as const;

const traits = { hangupOnStar: false };

function callsOf() {
  const metrics = recordingMetrics();
  const calls = new Calls(metrics);
  const begin = (callSid: CallSid): void => {
    calls.claim(accountSid, callSid, traits);
    calls.begin(accountSid, { callSid, call: join('A').call, startedAtMs: epochMs(1000) }, place);
    calls.settle(accountSid, callSid);
  };
  return { calls, metrics, begin };
}

describe('Calls', () => {
  it('lets a sid be claimed once until it is settled', () => {
    const { calls } = callsOf();
    expect(calls.claim(accountSid, callSidOf('A'), traits)).toBeNull();
    expect(calls.claim(accountSid, callSidOf('A'), traits)).toMatchObject({ kind: 'call-exists' });
    expect(calls.claim(accountSidOf('other'), callSidOf('A'), traits)).toBeNull();
    expect(calls.dialing()).toBe(2);
    calls.settle(accountSid, callSidOf('A'));
    expect(calls.claim(accountSid, callSidOf('A'), traits)).toBeNull();
  });

  it('shows a call that is dialed again as the new one', () => {
    const { calls, begin } = callsOf();
    begin(callSidOf('A'));
    expect(calls.claim(accountSid, callSidOf('A'), traits)).toMatchObject({ kind: 'call-exists' });
    calls.end(accountSid, callSidOf('A'), epochMs(2000));
    expect(calls.view(accountSid, callSidOf('A'))).toMatchObject({ status: 'completed', endedAtMs: 2000 });
    begin(callSidOf('A'));
    expect(calls.view(accountSid, callSidOf('A'))).toMatchObject({ status: 'in-progress', endedAtMs: null });
  });

  it('finds the call of a leg while it is in progress', () => {
    const { calls, begin } = callsOf();
    expect(calls.onLeg(place.leg)).toBeNull();
    begin(callSidOf('A'));
    expect(calls.onLeg(place.leg)).toMatchObject({
      accountSid,
      view: { callSid: callSidOf('A') },
      hangupOnStar: false,
    });
    calls.end(accountSid, callSidOf('A'), epochMs(2000));
    expect(calls.onLeg(place.leg)).toBeNull();
  });

  it('forgets the oldest completed calls when there are too many, and counts them', () => {
    const { calls, metrics, begin } = callsOf();
    let next = 0;
    const random = {
      bytes: (count: number) => {
        next += 1;
        return Uint8Array.from({ length: count }, (_, index) => (next >> (8 * (index % 4))) & 0xff);
      },
      fraction: () => 0,
    };
    const sids = Array.from({ length: completedCallsMax + 2 }, () => newSid('call', random));
    for (const sid of sids) {
      begin(sid);
      calls.end(accountSid, sid, epochMs(2000));
    }
    expect(sids.slice(0, 3).map((sid) => calls.view(accountSid, sid)?.status)).toEqual([
      undefined,
      undefined,
      'completed',
    ]);
    expect(metrics.value('parley_calls_forgotten_total')).toBe(2);
  });
});

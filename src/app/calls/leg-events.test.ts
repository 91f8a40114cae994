import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf } from '../../../test/support/callers.js';
import type { SlowStore } from '../../../test/support/fake-store.js';
import { accountSid, parleyOf, refusal, sdpOffer, value } from '../../../test/support/parley-script.js';
import { settled } from '../../../test/support/virtual-clock.js';
import type { LegId } from '../../media/engine-port.js';

const stranger = accountSidOf('other');
const [a, b, c] = [callSidOf('A'), callSidOf('B'), callSidOf('C')];

describe('telephone keys', () => {
  const kinds = (store: SlowStore) => store.commits.flatMap(({ events }) => events.map(({ kind }) => kind));
  const rtpCall = async (parts: ReturnType<typeof parleyOf>, hangupOnStar: boolean) => {
    value(await parts.parley.dial({ ...parts.request('A'), media: { kind: 'rtp', sdpOffer }, hangupOnStar }));
    const opened = parts.engine.batches.flat().find((command) => command.kind === 'open-leg');
    return opened?.kind === 'open-leg' ? opened.leg : expect.fail('the leg was opened');
  };
  const press = async (parts: ReturnType<typeof parleyOf>, leg: LegId, digit: string) => {
    parts.engine.tell({ kind: 'leg-digit', leg, digit, durationMs: 120 });
    await settled();
  };

  it('journals each press with its call', async () => {
    const parts = parleyOf();
    const leg = await rtpCall(parts, false);
    await press(parts, leg, '5');
    await press(parts, leg, '*');
    expect(parts.store.commits.slice(1)).toMatchObject([
      { accountSid, callbacks: [], events: [{ kind: 'digit-pressed', callSid: a, digit: '5', durationMs: 120 }] },
      { accountSid, callbacks: [], events: [{ kind: 'digit-pressed', callSid: a, digit: '*', durationMs: 120 }] },
    ]);
    expect(value(parts.parley.call(accountSid, a)).status).toBe('in-progress');
  });

  it('takes a call out by its star when it was dialed so', async () => {
    const parts = parleyOf();
    const leg = await rtpCall(parts, true);
    await press(parts, leg, '#');
    expect(value(parts.parley.call(accountSid, a)).status).toBe('in-progress');
    await press(parts, leg, '*');
    expect(value(parts.parley.call(accountSid, a)).status).toBe('completed');
    expect(parts.store.commits.at(-1)?.events[0]).toMatchObject({ kind: 'participant-left', cause: 'hangup-on-star' });
  });

  it('makes nothing of keys of a leg that is gone', async () => {
    const parts = parleyOf();
    const leg = await rtpCall(parts, true);
    await parts.parley.hangUp(accountSid, a);
    const before = kinds(parts.store);
    await press(parts, leg, '*');
    expect(kinds(parts.store)).toEqual(before);
  });

  it('sends keys to a party that can take them', async () => {
    const parts = parleyOf();
    const leg = await rtpCall(parts, false);
    value(parts.parley.sendDigits(accountSid, a, '1w#'));
    expect(parts.engine.batches.at(-1)).toEqual([{ kind: 'send-digits', leg, digits: '1w#' }]);
    await parts.dial('B');
    expect(refusal(parts.parley.sendDigits(accountSid, b, '1'))).toBe('digits-not-negotiated');
    const withoutEvents = sdpOffer.replace('a=rtpmap:101 telephone-event/8000\r\n', '');
    value(await parts.parley.dial({ ...parts.request('C'), media: { kind: 'rtp', sdpOffer: withoutEvents } }));
    expect(refusal(parts.parley.sendDigits(accountSid, c, '1'))).toBe('digits-not-negotiated');
    expect(refusal(parts.parley.sendDigits(stranger, a, '1'))).toBe('call-unknown');
    await parts.parley.hangUp(accountSid, a);
    expect(refusal(parts.parley.sendDigits(accountSid, a, '1'))).toBe('call-completed');
  });
});

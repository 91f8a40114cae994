import { describe, expect, it } from 'vitest';
import { callSidOf } from '../../../test/support/callers.js';
import { accountSid, parleyOf, sdpOffer, value } from '../../../test/support/parley-script.js';
import { settled } from '../../../test/support/virtual-clock.js';
import type { LegId } from '../../media/engine-port.js';
import { goodbyeGraceMs, type MediaTimeout } from './media-supervision.js';

const a = callSidOf('A');
const afterMs = 60_000;

async function callUnder(policy: MediaTimeout['policy'], offer = sdpOffer, limitMs: number | null = afterMs) {
  const parts = parleyOf(1, { afterMs: limitMs, policy });
  const { parley, engine, store, clock, metrics } = parts;
  // Somebody stays when the party is gone.
  await parts.dial('B');
  value(await parley.dial({ ...parts.request('A'), media: { kind: 'rtp', sdpOffer: offer } }));
  const opened = engine.batches.flat().findLast((command) => command.kind === 'open-leg');
  const leg: LegId = opened?.kind === 'open-leg' ? opened.leg : expect.fail('the leg was opened');
  const joined = store.commits.length;
  const tell = async (event: 'started' | 'resumed' | { readonly silentMs: number } | 'goodbye') => {
    if (event === 'started' || event === 'resumed') engine.tell({ kind: `leg-media-${event}`, leg });
    else if (event === 'goodbye') engine.tell({ kind: 'leg-media-stopped', leg, reason: 'goodbye', silentMs: 40 });
    else engine.tell({ kind: 'leg-media-stopped', leg, reason: 'silent', silentMs: event.silentMs });
    await settled();
  };
  const happened = () => store.commits.slice(joined).flatMap(({ events }) => events.map((event) => event.kind));
  const status = () => value(parley.call(accountSid, a)).status;
  const hold = async () => {
    const sid = value(parley.call(accountSid, a)).conferenceSid ?? expect.fail('in a conference');
    return value(await parley.participant(accountSid, sid, a)).hold;
  };
  return { ...parts, clock, metrics, leg, tell, happened, status, hold };
}

describe('media supervision', () => {
  it('hangs up a party that has sent nothing for as long as it may', async () => {
    const { clock, tell, happened, status, store, metrics } = await callUnder('hang-up');
    await tell('started');
    await clock.advance(3_600_000);
    await tell({ silentMs: 5000 });
    await clock.advance(afterMs - 5001);
    expect([happened(), status()]).toEqual([[], 'in-progress']);
    await clock.advance(1);
    expect(happened()).toEqual(['media-stopped', 'participant-left', 'call-completed']);
    expect(store.commits.at(-2)?.events).toMatchObject([{ callSid: a, reason: 'silent', silentMs: afterMs }]);
    expect(store.commits.at(-1)?.events[0]).toMatchObject({ cause: 'media-lost', reason: 'participant_hung_up' });
    expect(metrics.value('parley_media_timeouts_total', { reason: 'silent' })).toBe(1);
  });

  it('leaves a party alone whose packets come again', async () => {
    const { clock, tell, happened } = await callUnder('hang-up');
    await tell('started');
    for (let pause = 0; pause < 10; pause += 1) {
      await tell({ silentMs: 5000 });
      await clock.advance(afterMs - 6000);
      await tell('resumed');
    }
    await clock.advance(3_600_000);
    expect(happened()).toEqual([]);
  });

  it('hangs up a party that never sent anything', async () => {
    const { clock, happened, store } = await callUnder('hang-up');
    await clock.advance(afterMs);
    expect(happened()).toContain('participant-left');
    expect(store.commits.at(-2)?.events).toMatchObject([{ kind: 'media-stopped', reason: 'never-started' }]);
  });

  it('waits for a moment only after a goodbye', async () => {
    const { clock, tell, happened, store } = await callUnder('hang-up');
    await tell('started');
    await tell('goodbye');
    await clock.advance(goodbyeGraceMs - 1);
    expect(happened()).toEqual([]);
    await clock.advance(1);
    expect(store.commits.at(-2)?.events).toMatchObject([{ kind: 'media-stopped', reason: 'goodbye' }]);
    expect(happened()).toContain('participant-left');
  });

  it('believes packets more than a goodbye', async () => {
    const { clock, tell, happened } = await callUnder('hang-up');
    await tell('started');
    await tell('goodbye');
    await tell('resumed');
    await clock.advance(3_600_000);
    expect(happened()).toEqual([]);
  });

  it('holds a party until it is back', async () => {
    const { clock, tell, happened, hold, status } = await callUnder('hold');
    await tell('started');
    await tell({ silentMs: 5000 });
    await clock.advance(afterMs);
    expect([await hold(), status()]).toEqual([{ kind: 'silence' }, 'in-progress']);
    await tell('resumed');
    expect(await hold()).toBeNull();
    expect(happened()).toEqual(['media-stopped', 'participant-held', 'media-resumed', 'participant-held']);
  });

  it('does not end a hold that was there before', async () => {
    const { parley, clock, tell, hold } = await callUnder('hold');
    const sid = value(parley.call(accountSid, a)).conferenceSid ?? expect.fail('in a conference');
    await tell('started');
    value(await parley.updateParticipant(accountSid, sid, a, { hold: { kind: 'default-music' } }));
    await tell({ silentMs: 5000 });
    await clock.advance(afterMs);
    await tell('resumed');
    expect(await hold()).toEqual({ kind: 'default-music' });
  });

  it('only tells when it is to do nothing', async () => {
    const { clock, tell, happened } = await callUnder('none');
    await tell('started');
    await tell({ silentMs: 5000 });
    await clock.advance(3_600_000);
    await tell('resumed');
    await tell({ silentMs: 5000 });
    await clock.advance(afterMs);
    expect(happened()).toEqual(['media-stopped', 'media-resumed', 'media-stopped']);
  });

  it('does not miss a party that agreed to send nothing', async () => {
    const offer = `${sdpOffer}a=recvonly\r\n`;
    const { clock, happened } = await callUnder('hang-up', offer);
    await clock.advance(3_600_000);
    expect(happened()).toEqual([]);
  });

  it('watches nobody when it is off, nor calls over gRPC, nor those that are over', async () => {
    const off = await callUnder('hang-up', sdpOffer, null);
    await off.clock.advance(3_600_000);
    await off.tell('goodbye');
    await off.clock.advance(3_600_000);
    expect(off.happened()).toEqual([]);

    const over = await callUnder('hang-up');
    value(await over.parley.hangUp(accountSid, a));
    await over.tell({ silentMs: 5000 });
    await over.clock.advance(3_600_000);
    expect(over.happened()).toEqual(['participant-left', 'call-completed']);
  });
});

import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf } from '../../../test/support/callers.js';
import { accountSid, parleyOf, refusal, sdpOffer, value } from '../../../test/support/parley-script.js';
import { settled } from '../../../test/support/virtual-clock.js';
import type { EngineCommand } from '../../media/engine-port.js';

const a = callSidOf('A');
const stranger = accountSidOf('other');
const key = (fill: number): string => Buffer.alloc(30, fill).toString('base64');
const secured = (fill: number): string =>
  `${sdpOffer.replace('RTP/AVP', 'RTP/SAVP')}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(fill)}\r\n`;

async function inRoom(offer = sdpOffer) {
  const script = parleyOf();
  const { parley, engine, request } = script;
  await script.dial('B');
  const dialed = value(await parley.dial({ ...request('A'), media: { kind: 'rtp', sdpOffer: offer } }));
  const answer = dialed.media.kind === 'rtp' ? dialed.media.sdpAnswer : '';
  const batches = engine.batches.length;
  const said = (): readonly EngineCommand[] => engine.batches.slice(batches).flat();
  const reoffer = (text: string) => parley.reoffer(accountSid, a, text);
  return { ...script, answer, said, reoffer };
}
const versionOf = (answer: string): string => /^o=- \d+ (\d+) /m.exec(answer)?.[1] ?? '';
const cryptoOf = (answer: string): string => /^a=crypto:.*$/m.exec(answer)?.[0] ?? '';

describe('Parley reoffer', () => {
  it('gives the leg its new media in one batch, and counts the versions of its answers', async () => {
    const { answer, said, reoffer, metrics } = await inRoom();
    expect(versionOf(answer)).toBe('1');
    const same = value(await reoffer(sdpOffer));
    expect(same.sdpAnswer).toBe(answer);
    const moved = value(await reoffer(sdpOffer.replace('4000', '5000').replace('8 0 101', '0')));
    expect(versionOf(moved.sdpAnswer)).toBe('2');
    expect(moved.call).toMatchObject({ callSid: a, status: 'in-progress', mediaKind: 'rtp' });
    // Where Parley receives stays.
    expect(/m=audio (\d+)/.exec(moved.sdpAnswer)?.[1]).toBe(/m=audio (\d+)/.exec(answer)?.[1]);
    expect(said().map(({ kind }) => kind)).toEqual(['update-leg', 'update-leg']);
    expect(said().at(-1)).toMatchObject({
      media: { codec: 'pcmu', telephoneEvents: null, remoteRtp: { port: 5000 } },
    });
    expect(metrics.value('parley_reoffers_total', { outcome: 'taken' })).toBe(2);
  });

  it('changes the rate of the room in the same batch', async () => {
    const { said, reoffer } = await inRoom();
    value(await reoffer(sdpOffer.replace('8 0 101', '96').replace('101 telephone-event/8000', '96 L16/16000')));
    expect(said().map(({ kind }) => kind)).toEqual(['set-room-rate', 'update-leg']);
  });

  it('goes on with the keys of a secured call, rekeys it, and refuses to make it plain', async () => {
    const { answer, reoffer, said } = await inRoom(secured(1));
    const same = value(await reoffer(secured(1)));
    expect(same.sdpAnswer).toBe(answer);
    const rekeyed = value(await reoffer(secured(2)));
    expect(versionOf(rekeyed.sdpAnswer)).toBe('2');
    expect(cryptoOf(rekeyed.sdpAnswer)).not.toBe(cryptoOf(answer));
    const told = said().length;
    expect(await reoffer(sdpOffer)).toMatchObject({ error: { kind: 'media-unacceptable', field: 'm=audio' } });
    expect(said()).toHaveLength(told);
    expect(value(await reoffer(secured(2))).sdpAnswer).toBe(rekeyed.sdpAnswer);
  });

  it('tells later uses of the call what was agreed last', async () => {
    const { parley, reoffer } = await inRoom();
    value(parley.sendDigits(accountSid, a, '1'));
    value(await reoffer(sdpOffer.replace('8 0 101', '8')));
    expect(refusal(parley.sendDigits(accountSid, a, '1'))).toBe('digits-not-negotiated');
  });

  it('answers two offers at once in order', async () => {
    const { reoffer } = await inRoom();
    const [first, second] = await Promise.all([
      reoffer(sdpOffer.replace('4000', '5000').replace('8 0 101', '0')),
      reoffer(sdpOffer.replace('4000', '6000').replace('8 0 101', '8')),
    ]);
    expect([value(first), value(second)].map(({ sdpAnswer }) => versionOf(sdpAnswer))).toEqual(['2', '3']);
  });

  it('refuses for unknown calls, those of others, those that are over and those over gRPC', async () => {
    const { parley, reoffer, dial, metrics } = await inRoom();
    expect(refusal(await parley.reoffer(accountSid, callSidOf('Z'), sdpOffer))).toBe('call-unknown');
    expect(refusal(await parley.reoffer(stranger, a, sdpOffer))).toBe('call-unknown');
    await dial('C');
    expect(refusal(await parley.reoffer(accountSid, callSidOf('C'), sdpOffer))).toBe('media-not-rtp');
    expect(await reoffer('v=1')).toMatchObject({ error: { kind: 'media-unacceptable', field: 'v=' } });
    await parley.hangUp(accountSid, a);
    expect(refusal(await reoffer(sdpOffer))).toBe('call-completed');
    expect(metrics.value('parley_reoffers_total', { outcome: 'refused' })).toBe(5);
  });

  it('leaves the call as it was when the engine cannot be told', async () => {
    const { reoffer, engine, answer, said } = await inRoom();
    engine.applyRefusal = { kind: 'engine-full', what: 'srtp-sessions' };
    expect(refusal(await reoffer(secured(1)))).toBe('engine-full');
    engine.applyRefusal = null;
    expect(said()).toEqual([]);
    expect(value(await reoffer(sdpOffer)).sdpAnswer).toBe(answer);
  });

  it('waits until the engine has heard of the leg', async () => {
    const { parley, engine, request, dial, clock } = parleyOf();
    await dial('B');
    engine.applyRefusal = { kind: 'engine-full', what: 'command-ring' };
    value(await parley.dial({ ...request('A'), media: { kind: 'rtp', sdpOffer } }));
    engine.applyRefusal = null;
    expect(refusal(await parley.reoffer(accountSid, a, sdpOffer))).toBe('engine-full');
    await clock.advance(20);
    await settled();
    value(await parley.reoffer(accountSid, a, sdpOffer));
  });
});

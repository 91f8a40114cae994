/** Calls that run documents of the vendors' builders, heard: CONTRACT §2.3 with sockets, engine and web server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recording } from '../../src/cli/caller/recording.js';
import { RtpCaller } from '../../src/cli/caller/rtp-caller.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { CallService, type DialResponse } from '../../src/gen/parley/v1/call_service_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { HttpMethod } from '../../src/gen/parley/v1/web_pb.js';
import { builders } from '../support/documents.js';
import { Platform } from '../support/platform.js';
import { measureTones } from '../support/tones.js';
import { until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const tones = { ana: 440.3, ben: 701.9 } as const;
const amplitude = 5000;
const xml = { 'content-type': 'text/xml' };

let platform: Platform;
let receiver: WebhookReceiver;
const callers: RtpCaller[] = [];

beforeAll(async () => {
  // One shard: a call keeps its leg, and a leg cannot go from one shard to another.
  platform = await Platform.start({ PARLEY_SHARDS: '1', PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8' });
  receiver = await WebhookReceiver.start({ signingKey: 'parley-development-signing-key' });
});
afterAll(async () => {
  for (const caller of callers) caller.close();
  await platform.end();
  await receiver.close();
});

async function call(who: keyof typeof tones, path: string): Promise<DialResponse & { readonly recording: Recording }> {
  const voice = new Tone({ hz: tones[who], amplitude, rateHz: 8000 });
  const caller = await RtpCaller.open({ voice, laws: ['pcmu'] });
  callers.push(caller);
  const reply = await platform.client.call(CallService.method.dial, {
    call: { from: `+1555010000${callers.length}`, to: '+15550100099' },
    instruction: { case: 'documentUrl', value: { url: receiver.url(path), method: HttpMethod.POST } },
    media: { case: 'rtp', value: { sdpOffer: caller.offer() } },
  });
  caller.start(reply.media.case === 'rtp' ? reply.media.value.sdpAnswer : '');
  return { ...reply, recording: caller.recording };
}

const hears = (recording: Recording, hz: number): boolean =>
  (measureTones(recording.latest(1600), 8000, [hz])[0]?.amplitude ?? 0) > amplitude / 2;

describe.each(Object.entries(builders))('documents of %s', (name, build) => {
  it('bring two callers together, part them, and bring them together again elsewhere', async () => {
    const first = build();
    first.dial({ action: '/done', method: 'GET' }).conference({ beep: false, waitUrl: '' }, `first of ${name}`);
    const second = build();
    second.dial().conference({ beep: false, waitUrl: '' }, `second of ${name}`);
    const [toFirst, toSecond] = [first, second].map((document) => ({
      status: 200,
      headers: xml,
      body: document.toString(),
    }));
    if (toFirst === undefined || toSecond === undefined) throw new Error('two documents were built');

    const before = receiver.received.length;
    receiver.answerNext(toFirst, toFirst);
    const ana = await call('ana', '/voice');
    const ben = await call('ben', '/voice');
    expect(ben.conferenceSid).toBe(ana.conferenceSid);
    expect(ana.warnings).toEqual([]);
    await until(async () => hears(ana.recording, tones.ben) && hears(ben.recording, tones.ana));

    receiver.answerNext(toSecond, toSecond);
    for (const { callSid, conferenceSid } of [ana, ben]) {
      await platform.client.call(ParticipantService.method.removeParticipant, { callSid, conferenceSid });
    }
    const asked = (await receiver.waitFor(before + 4)).slice(before);
    expect(asked.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'POST /voice',
      'POST /voice',
      'GET /done',
      'GET /done',
    ]);
    expect(asked.every(({ isSigned, repeatedNames }) => isSigned && repeatedNames.length === 0)).toBe(true);
    expect(asked[2]?.parameters).toMatchObject({
      CallSid: ana.callSid,
      CallStatus: 'in-progress',
      DialCallStatus: 'answered',
      DialCallDuration: expect.stringMatching(/^\d+$/),
    });
    const shown = async (callSid: string) => (await platform.client.call(CallService.method.getCall, { callSid })).call;
    await until(async () => {
      const [a, b] = [await shown(ana.callSid), await shown(ben.callSid)];
      return a?.conferenceSid === b?.conferenceSid && a?.conferenceSid !== ana.conferenceSid;
    });
    const silentUntil = { ana: ana.recording.length, ben: ben.recording.length };
    await until(
      async () =>
        ana.recording.length > silentUntil.ana + 1600 &&
        ben.recording.length > silentUntil.ben + 1600 &&
        hears(ana.recording, tones.ben) &&
        hears(ben.recording, tones.ana),
    );

    for (const { callSid } of [ana, ben]) await platform.hangUp({ callSid });
    expect((await shown(ana.callSid))?.status).toBe(2);
  });
});

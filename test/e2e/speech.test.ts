import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelDbfs } from '../../src/cli/caller/levels.js';
import { Speech } from '../../src/cli/caller/voice.js';
import { readCounters } from '../../src/cli/counters.js';
import { cast } from '../../src/cli/demo/screenplay.js';
import { speak } from '../../src/cli/demo/speech.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { attemptsMax, undisturbed, type Watch } from '../support/disturbances.js';
import { linear16, Platform } from '../support/platform.js';
import { type ReceivedCallback, WebhookReceiver } from '../support/webhook-receiver.js';

const signingKey = 'parley-development-signing-key';

let platform: Platform;
let receiver: WebhookReceiver;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-speech-'));
  platform = await Platform.start();
  receiver = await WebhookReceiver.start({ signingKey });
});
afterAll(async () => {
  await platform.end();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** Of all requests of an attempt together: some ms each. */
const storeSecondsMax = 0.5;
const storeSeconds = async (): Promise<number> =>
  (await readCounters(platform.daemon.httpUrl))('parley_store_request_duration_seconds_sum');

const words = (text: string, rateHz: number) => speak(cast.Mona, { text, rateHz, path: join(folder, `${rateHz}.wav`) });

describe('speech of callers', { timeout: attemptsMax * 15_000 }, () => {
  it('is told to the web application: signed, in order, of whom, and soon', async () => {
    // Long enough that the words outlast what it takes to be sure of them.
    const greeting = (await words('Good morning everybody and what can we do for you', 8000)).samples;
    const reply = (await words('It left the warehouse on Monday at nine.', 16_000)).samples;
    const talk = async (watch: Watch, attempt: number) => {
      const [overRtp, overGrpc] = [new Speech(), new Speech()];
      const before = receiver.received.length;
      const room = {
        statusCallback: receiver.url('/speakers'),
        statusCallbackEvent: [StatusCallbackEvent.SPEAKER],
      };
      const name = `talk ${attempt}`;
      const ann = await platform.dialRtp(name, { voice: overRtp, law: 'pcmu' }, { ...room, participantLabel: 'ann' });
      const line = platform.openLine();
      const bot = await platform.dialGrpc(name, { line, voice: overGrpc, coding: linear16(16_000) });
      watch(ann.callSid);
      const stored = await storeSeconds();
      const first = overRtp.say(greeting);
      await first.started;
      const startedAt = performance.now();
      await receiver.waitFor(before + 1);
      const toldAfterMs = performance.now() - startedAt;
      await first.done;
      const doneAt = performance.now();
      await receiver.waitFor(before + 2);
      const stoppedAfterMs = performance.now() - doneAt;
      await overGrpc.say(reply).done;
      const received = (await receiver.waitFor(before + 4)).slice(before);
      // What is told is on the disk before; one that was busy with others says nothing of how soon that is.
      const wasHeldUp = (await storeSeconds()) - stored > storeSecondsMax;
      return wasHeldUp ? null : { ann, bot, received, toldAfterMs, stoppedAfterMs };
    };
    const { ann, bot, received, toldAfterMs, stoppedAfterMs } = await undisturbed(platform, talk);

    const story = ({ parameters }: ReceivedCallback) =>
      `${parameters.SequenceNumber} ${parameters.StatusCallbackEvent} ${parameters.CallSid}`;
    expect(received.map(story)).toEqual([
      `4 participant-speech-start ${ann.callSid}`,
      `5 participant-speech-stop ${ann.callSid}`,
      `6 participant-speech-start ${bot.callSid}`,
      `7 participant-speech-stop ${bot.callSid}`,
    ]);
    expect(received.every(({ isSigned }) => isSigned)).toBe(true);
    expect(received[0]?.parameters).toMatchObject({
      FriendlyName: expect.stringMatching(/^talk \d$/),
      ConferenceSid: ann.conferenceSid,
      ParticipantLabel: 'ann',
      Muted: 'false',
      Hold: 'false',
      Coaching: 'false',
    });
    // 200 ms of voice, the jitter buffer, and the way to the application; 500 ms of none. A busy machine has its share.
    expect(toldAfterMs).toBeGreaterThan(200);
    expect(toldAfterMs).toBeLessThan(1500);
    expect(stoppedAfterMs).toBeGreaterThan(400);
    expect(stoppedAfterMs).toBeLessThan(2000);

    const heard = await platform.client.call(AdminService.method.getLegStatistics, { callSid: ann.callSid });
    expect(heard.mos).toBeGreaterThan(4);
    // A mean of decibels, gaps between words and the quiet before the end included: below that of the power.
    expect(heard.speechLevelDbov).toBeGreaterThan(levelDbfs(greeting) - 20);
    expect(heard.speechLevelDbov).toBeLessThan(levelDbfs(greeting));
    expect(heard.framesSpeaking).toBeGreaterThan(50n);
    expect(heard.framesSpeaking).toBeLessThan(heard.framesHeard);
    expect(heard.levelHistogram.reduce((sum, frames) => sum + frames, 0n)).toBeLessThanOrEqual(heard.framesHeard);
    expect(heard.framesClipped).toBe(0n);

    const watched: boolean[] = [];
    for await (const { message } of platform.client.watch(EventService.method.watchEvents, { cursor: 0n })) {
      if (message.case !== 'event' || message.value.happened.case !== 'participantSpeechChanged') continue;
      if (message.value.conferenceSid !== ann.conferenceSid) continue;
      watched.push(message.value.happened.value.speaking);
      if (watched.length === 4) break;
    }
    expect(watched).toEqual([true, false, true, false]);
  });
});

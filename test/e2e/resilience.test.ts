/**
 * What goes wrong beside a conversation must not be heard in it: every frame of three listeners is counted. Two are in
 * this process; the third is in its own, so that what this one is busy with is not taken for a silence of Parley's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { writeWav } from '../../src/cli/caller/wav.js';
import type { CallerSetup } from '../../src/cli/demo/caller-messages.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { CallerChild } from '../support/caller-child.js';
import { flood, floodKinds } from '../support/control-flood.js';
import { linear16, Platform, type RtpGuest } from '../support/platform.js';
import { measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const signingKey = 'parley-development-signing-key';
const disturbanceMs = 2000;
const amplitude = 5000;
const frameSamples = 160;

/** Longer than any pause of the machine, shorter than a listener would forgive. */
const silenceMsMax = 200;

let platform: Platform;
let receiver: WebhookReceiver;
let folder: string;
let listeners: readonly [RtpGuest, RtpGuest];
let witness: CallerChild;
const children: CallerChild[] = [];

beforeEach(async () => {
  // What is refused at the door is no flood of the control plane.
  platform = await Platform.start({ PARLEY_API_REQUESTS_PER_SECOND: '0' });
  receiver = await WebhookReceiver.start({ signingKey });
  folder = mkdtempSync(join(tmpdir(), 'parley-resilience-'));
  const voice = (hz: number): Tone => new Tone({ hz, amplitude, rateHz: 8000 });
  const told = { statusCallback: receiver.url(), statusCallbackEvent: [StatusCallbackEvent.MUTE] };
  listeners = [
    await platform.dialRtp('calm', { voice: voice(440.3), law: 'pcmu' }, told),
    await platform.dialRtp('calm', { voice: voice(701.9), law: 'pcma' }),
  ];
  witness = await client({ kind: 'rtp', law: 'pcmu' });
  await Promise.all(listeners.map(({ recording }) => listen(recording, 200)));
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  await platform.end();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** A process of its own with a telephone in the room. */
async function client(media: CallerSetup['media']): Promise<CallerChild> {
  const child = new CallerChild({ media });
  children.push(child);
  const { sdpOffer } = await child.report('ready');
  const dialled = await platform.dial(
    'calm',
    sdpOffer === null
      ? { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 16_000 } }
      : { case: 'rtp', value: { sdpOffer } },
  );
  const sdpAnswer = dialled.media.case === 'rtp' ? dialled.media.value.sdpAnswer : null;
  child.order({ kind: 'connect', callSid: dialled.callSid, sdpAnswer });
  await child.report('connected');
  return child;
}

/** Audio goes on for the length of the disturbance, and nothing of it is missing at any listener. */
async function expectNoGap(disturb: () => Promise<void>): Promise<void> {
  const whole = Promise.all(listeners.map(({ recording }) => listen(recording, disturbanceMs)));
  await disturb();
  await whole;
  for (const { recording } of listeners) {
    const { packets, missing, outOfOrder, duplicates } = recording.arrivals();
    expect({ missing, outOfOrder, duplicates }).toEqual({ missing: 0, outOfOrder: 0, duplicates: 0 });
    // Time that a shard gave up would show in the timestamps alone.
    expect(recording.length).toBe(packets * frameSamples);
  }
  witness.order({ kind: 'finish', file: join(folder, 'witness.wav') });
  const { arrivals } = await witness.report('finished');
  const { missing, outOfOrder, duplicates, longestSilenceMs } = arrivals;
  expect({ missing, outOfOrder, duplicates }).toEqual({ missing: 0, outOfOrder: 0, duplicates: 0 });
  expect(longestSilenceMs).toBeLessThan(silenceMsMax);
}

describe('audio of the others shows no gap', () => {
  it('when the webhook receiver dies', async () => {
    const [guest] = listeners;
    await expectNoGap(async () => {
      await platform.update(guest, { muted: true });
      await receiver.waitFor(1);
      await receiver.close();
      for (const muted of [false, true, false, true]) await platform.update(guest, { muted });
    });
    receiver = await WebhookReceiver.start({ signingKey });
  });

  it('while the control plane is flooded', async () => {
    const [guest] = listeners;
    await expectNoGap(async () => {
      const outcomes = await flood(platform, guest, disturbanceMs);
      expect(Object.keys(outcomes['dial and hang up']).sort()).toEqual(['OK']);
      expect(Object.keys(outcomes['ask nonsense'])).toEqual(['INVALID_ARGUMENT']);
      for (const kind of floodKinds) {
        const answered = Object.values(outcomes[kind]).reduce((sum, count) => sum + count, 0);
        expect(answered, `${kind}: ${JSON.stringify(outcomes[kind])}`).toBeGreaterThanOrEqual(25);
      }
    });
  });

  it('when a gRPC client breaks its stream in the middle', async () => {
    const line = platform.openLine();
    const voice = new Tone({ hz: 1130.7, amplitude, rateHz: 16_000 });
    const bot = await platform.dialGrpc('calm', { line, voice, coding: linear16(16_000) });
    await until(() => bot.recording.length > 1600);
    await expectNoGap(async () => line.break());
  });
});

describe('audio of the others shows no gap when a client is killed in the middle of its stream', () => {
  const hz = 1130.7;

  /** How loud the client is to a listener now. */
  const loudness = ({ recording }: RtpGuest): number =>
    measureTones(recording.latest(1600), 8000, [440.3, 701.9, hz])[2]?.amplitude ?? 0;

  async function talkingClient(media: CallerSetup['media']): Promise<CallerChild> {
    const child = await client(media);
    const rateHz = media.kind === 'rtp' ? 8000 : media.rateHz;
    const file = join(folder, 'words.wav');
    writeWav(file, { rateHz, samples: new Tone({ hz, amplitude, rateHz }).next(rateHz * 60) });
    child.order({ kind: 'say', file });
    await child.report('saying');
    return child;
  }

  it.each(['grpc', 'rtp'] as const)('over %s', async (kind) => {
    const media: CallerSetup['media'] =
      kind === 'rtp'
        ? { kind: 'rtp', law: 'pcmu' }
        : { kind: 'grpc', rateHz: 16_000, address: platform.daemon.grpcAddress };
    const child = await talkingClient(media);
    await until(() => listeners.every((listener) => loudness(listener) > amplitude / 2));
    await expectNoGap(async () => {
      expect(await child.kill()).toBe('SIGKILL');
    });
    // What was on its way has been heard; then the client is silent, and the others are as loud as before.
    await until(() => listeners.every((listener) => loudness(listener) < amplitude / 100));
    for (const [index, { recording }] of listeners.entries()) {
      const levelOfOther = async (): Promise<number> => {
        const other = measureTones(await listen(recording, 500), 8000, [440.3, 701.9])[1 - index];
        return 20 * Math.log10((other?.amplitude ?? 0) / amplitude);
      };
      await expect.poll(levelOfOther).toBeCloseTo(0, 0);
    }
  });
});

/** Recordings of a real daemon, judged as audio: what was heard is in them, and nothing else (CONTRACT §8.7). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monotonicNowMs } from '../../src/cli/caller/monotonic.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { ConferenceRecord, RecordingStatusCallbackEvent, RecordingTrim } from '../../src/gen/parley/v1/dial_pb.js';
import { PauseBehavior, type Recording, RecordingStatus } from '../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { type Attributes, type GrpcGuest, type Guest, linear16, Platform } from '../support/platform.js';
import { downloadedSamples, recordingOver } from '../support/recorded.js';
import { measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import { type ReceivedCallback, WebhookReceiver } from '../support/webhook-receiver.js';

const tones = { ana: 440.3, ben: 701.9, coach: 1130.7 } as const;
type Who = keyof typeof tones;
const amplitude = 5000;
const rateHz = 16_000;
const signingKey = 'parley-development-signing-key';

let platform: Platform;
let receiver: WebhookReceiver;
let rooms = 0;

beforeAll(async () => {
  platform = await Platform.start();
  receiver = await WebhookReceiver.start({ signingKey });
});
afterAll(async () => {
  await platform.end();
  await receiver.close();
});

const { startRecording, updateRecording, listRecordings } = RecordingService.method;

const newRoom = (): string => `recorded ${rooms++}`;

const enter = (room: string, who: Who, attributes: Attributes = {}, on = platform): Promise<GrpcGuest> =>
  on.dialGrpc(
    room,
    { line: on.openLine(), voice: new Tone({ hz: tones[who], amplitude, rateHz }), coding: linear16(rateHz) },
    attributes,
  );

const recorded = (): Attributes => ({
  record: ConferenceRecord.RECORD_FROM_START,
  trim: RecordingTrim.DO_NOT_TRIM,
  recordingStatusCallback: receiver.url('/recording'),
  recordingStatusCallbackEvent: [
    RecordingStatusCallbackEvent.IN_PROGRESS,
    RecordingStatusCallbackEvent.COMPLETED,
    RecordingStatusCallbackEvent.FAILED,
    RecordingStatusCallbackEvent.ABSENT,
  ],
});

async function only({ conferenceSid }: Pick<Guest, 'conferenceSid'>, client = platform.client): Promise<Recording> {
  const { recordings } = await client.call(listRecordings, { conferenceSid });
  expect(recordings).toHaveLength(1);
  return recordings[0] ?? expect.fail('there is one');
}

const over = (recordingSid: string, client = platform.client) => recordingOver(client, recordingSid);
const samplesOf = (recordingSid: string, client = platform.client) => downloadedSamples(client, recordingSid);

const levels = (samples: Int16Array): readonly number[] =>
  measureTones(samples, rateHz, Object.values(tones)).map(({ levelDb }) => levelDb);

const end = async ({ conferenceSid }: Guest): Promise<void> => {
  await platform.client.call(ConferenceService.method.updateConference, {
    conferenceSid,
    update: { case: 'end', value: {} },
  });
};

const toldOf = (sid: string): readonly ReceivedCallback[] =>
  receiver.received.filter(({ parameters }) => parameters.RecordingSid === sid);

/** Of a tone of this amplitude against full scale. */
const toneDb = 20 * Math.log10(amplitude / 32_768);

const timeout = attemptsMax * 15_000;

/** When something was asked for and when that was answered: somewhere between, or a few frames later, it was so. */
type Moment = { readonly askedMs: number; readonly doneMs: number };
const frameMs = 20;
const laterFramesMax = 3;

/** So many frames are as long as what lies between these moments, whatever a request took. */
function expectFrames(count: number, spans: readonly (readonly [Moment | undefined, Moment | undefined])[]): void {
  const sum = (length: (from: Moment, to: Moment) => number): number =>
    spans.reduce(
      (total, [from, to]) => total + (from === undefined || to === undefined ? Number.NaN : length(from, to)),
      0,
    );
  const leastMs = sum((from, to) => to.askedMs - from.doneMs);
  const mostMs = sum((from, to) => to.doneMs - from.askedMs);
  expect(count).toBeGreaterThanOrEqual(leastMs / frameMs - laterFramesMax * spans.length);
  expect(count).toBeLessThanOrEqual(mostMs / frameMs + laterFramesMax * spans.length);
}

describe('a recorded conference', { timeout }, () => {
  it('holds the sum of those who were heard, nothing that was whispered, and is told of once it is there', async () => {
    const sid = await undisturbed(platform, async () => {
      const room = newRoom();
      const ana = await enter(room, 'ana', { ...recorded() });
      await listen(ana.recording, 300);
      const ben = await enter(room, 'ben');
      await enter(room, 'coach', { coach: ben.callSid });
      await listen(ben.recording, 2500);
      const found = await only(ana);
      await end(ana);
      return found.sid;
    });
    const recording = await over(sid);
    expect([recording.status, recording.sampleRateHz, recording.channels]).toEqual([
      RecordingStatus.COMPLETED,
      rateHz,
      1,
    ]);
    const samples = await samplesOf(sid);
    expect(BigInt(samples.length)).toBe(recording.samples);
    const seconds = samples.length / rateHz;
    expect(seconds).toBeGreaterThan(2);
    // Away from the ends, where the tones come and go.
    const [heardAna = 0, heardBen = 0, whispered = 0] = levels(samples.subarray(rateHz, samples.length - rateHz / 2));
    expect(Math.abs(heardAna - toneDb)).toBeLessThan(0.5);
    expect(Math.abs(heardBen - toneDb)).toBeLessThan(0.5);
    expect(whispered).toBeLessThan(-80);
    await until(async () => toldOf(sid).length === 2);
    expect(toldOf(sid).map(({ parameters, isSigned }) => [parameters.RecordingStatus, isSigned])).toEqual([
      ['in-progress', true],
      ['completed', true],
    ]);
    expect(toldOf(sid)[1]?.parameters).toMatchObject({
      RecordingChannels: '1',
      RecordingSource: 'Conference',
      RecordingDuration: String(Math.floor(seconds)),
    });
  });

  it('a pause is silence of its length, or cut out, to the frame', async () => {
    const { sid, moments } = await undisturbed(platform, async () => {
      const room = newRoom();
      const [ana, ben] = [await enter(room, 'ana'), await enter(room, 'ben')];
      const moments: Moment[] = [];
      const timed = async <T>(asked: Promise<T>): Promise<T> => {
        const askedMs = monotonicNowMs();
        const answer = await asked;
        moments.push({ askedMs, doneMs: monotonicNowMs() });
        return answer;
      };
      await listen(ben.recording, 200);
      const { conferenceSid } = ana;
      const request = { conferenceSid, trim: RecordingTrim.DO_NOT_TRIM };
      const { recording } = await timed(platform.client.call(startRecording, request));
      const recordingSid = recording?.sid ?? expect.fail('it has begun');
      const change = (status: RecordingStatus, pauseBehavior: PauseBehavior = PauseBehavior.UNSPECIFIED) =>
        timed(platform.client.call(updateRecording, { recordingSid, status, pauseBehavior }));
      await listen(ben.recording, 600);
      await change(RecordingStatus.PAUSED, PauseBehavior.SILENCE);
      await listen(ben.recording, 1000);
      await change(RecordingStatus.IN_PROGRESS);
      await listen(ben.recording, 600);
      await change(RecordingStatus.PAUSED, PauseBehavior.SKIP);
      await listen(ben.recording, 2000);
      await change(RecordingStatus.IN_PROGRESS);
      await listen(ben.recording, 600);
      await change(RecordingStatus.STOPPED);
      await end(ana);
      return { sid: recordingSid, moments };
    });
    expect((await over(sid)).status).toBe(RecordingStatus.COMPLETED);
    const samples = await samplesOf(sid);
    expect(samples.length % (rateHz / 50)).toBe(0);
    // In frames of 20 ms: loud, silent, loud. What was skipped left no trace.
    const frames = Array.from({ length: samples.length / (rateHz / 50) }, (_, index) =>
      samples.subarray((index * rateHz) / 50, ((index + 1) * rateHz) / 50).some((sample) => Math.abs(sample) > 100),
    );
    const runs = frames.map((isLoud) => (isLoud ? '#' : '.')).join('');
    const pauses = [...runs.matchAll(/\.{10,}/g)].map(([run]) => run.length);
    expect(pauses, runs).toHaveLength(1);
    const [pause = 0] = pauses;
    const [begun, silenced, resumed, skipping, resumedAgain, stopped] = moments;
    expectFrames(pause, [[silenced, resumed]]);
    // Nothing of the two seconds that were skipped.
    expectFrames(frames.length - pause, [
      [begun, silenced],
      [resumed, skipping],
      [resumedAgain, stopped],
    ]);
  });
});

it('what a daemon that was killed had taken down is finished by the next one', { timeout }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-killed-'));
  const environment = {
    PARLEY_DATA_DIR: folder,
    PARLEY_SHARDS: '1',
    PARLEY_RECORDINGS_DIR: join(folder, 'recordings'),
  };
  const killed = await Platform.start(environment);
  try {
    const sid = await undisturbed(killed, async (_, attempt) => {
      const ana = await enter(`killed ${attempt}`, 'ana', recorded(), killed);
      const ben = await enter(`killed ${attempt}`, 'ben', {}, killed);
      const found = await only(ana, killed.client);
      await listen(ben.recording, 4000);
      return found.sid;
    });
    await killed.daemon.kill();
    const next = await startDaemon(environment);
    const client = new ApiClient(next.grpcAddress, null);
    try {
      const recording = await over(sid, client);
      expect(recording.status).toBe(RecordingStatus.COMPLETED);
      expect(Number(recording.samples) / rateHz).toBeGreaterThan(2.9);
      const [heardAna = 0, heardBen = 0] = levels((await samplesOf(sid, client)).subarray(rateHz / 2, rateHz * 2));
      expect(Math.abs(heardAna - toneDb)).toBeLessThan(0.5);
      expect(Math.abs(heardBen - toneDb)).toBeLessThan(0.5);
      await until(async () => toldOf(sid).some(({ parameters }) => parameters.RecordingStatus === 'completed'));
    } finally {
      client.close();
      await next.stop();
    }
  } finally {
    await killed.end().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
});

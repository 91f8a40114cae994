/**
 * Tracks and timeline of recordings of a real daemon: each has what its participant gave the room and nothing else, and
 * the timeline says when who was in, muted, held and heard (issue: who spoke when is right to 50 ms).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { RecordingTrim } from '../../src/gen/parley/v1/dial_pb.js';
import { type Recording, RecordingFormat } from '../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import { attemptsMax, undisturbed } from '../support/disturbances.js';
import { type Attributes, type GrpcGuest, linear16, Platform } from '../support/platform.js';
import { downloaded, downloadedSamples, recordingOver } from '../support/recorded.js';
import { measureTones } from '../support/tones.js';
import { listen } from '../support/waiting.js';

const tones = { ana: 440.3, ben: 701.9, coach: 1130.7 } as const;
type Who = keyof typeof tones;
const amplitude = 5000;
const rateHz = 16_000;
/** Of a tone of this amplitude against full scale. */
const toneDb = 20 * Math.log10(amplitude / 32_768);
/** What is not heard (in dBFS), and how exactly who spoke when is told (in seconds). */
const silentDb = -80;
const exactly = 0.05;

/** Whose recordings have tracks unless it is said of one that it has none, and one who may not have them. */
const [owner, stranger] = ['1', '2'].map((digit) => ({
  sid: `0000000${digit}-0000-4000-8000-000000000000`,
  name: `account ${digit}`,
  tokens: [`token-of-account-${digit}`],
  signingKeys: ['a-key'],
  recordingTracks: true,
}));

let platform: Platform;
let folder: string;

beforeAll(async () => {
  platform = await Platform.start({ PARLEY_ACCOUNTS: JSON.stringify([owner, stranger]) }, owner?.tokens[0] ?? null);
  folder = mkdtempSync(join(tmpdir(), 'parley-tracks-'));
});
afterAll(async () => {
  await platform.end();
  rmSync(folder, { recursive: true });
});

const enter = (room: string, who: Who, attributes: Attributes = {}): Promise<GrpcGuest> =>
  platform.dialGrpc(
    room,
    {
      line: platform.openLine(),
      voice: new Tone({ hz: tones[who], amplitude, rateHz }),
      coding: linear16(rateHz),
    },
    { participantLabel: who, ...attributes },
  );

async function start({ conferenceSid }: GrpcGuest): Promise<string> {
  const request = { conferenceSid, trim: RecordingTrim.DO_NOT_TRIM };
  const { recording } = await platform.client.call(RecordingService.method.startRecording, request);
  expect(recording?.hasTracks).toBe(true);
  return recording?.sid ?? expect.fail('it has begun');
}

const end = ({ conferenceSid }: GrpcGuest) =>
  platform.client.call(ConferenceService.method.updateConference, {
    conferenceSid,
    update: { case: 'end', value: {} },
  });

type Entry = {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly call_sid: string;
  readonly label: string | null;
};

/** Of one track, each frame of 20 ms: whether it is louder than a whisper of the tone. */
const framesOf = (samples: Int16Array): readonly boolean[] =>
  Array.from({ length: samples.length / 320 }, (_, frame) =>
    samples.subarray(frame * 320, (frame + 1) * 320).some((sample) => Math.abs(sample) > 500),
  );

/** Seconds from and to which it is heard; pauses of up to 200 ms are part of it. */
function heardIn(samples: Int16Array): readonly (readonly [number, number])[] {
  const spurts: [number, number][] = [];
  for (const [frame, isHeard] of framesOf(samples).entries()) {
    if (!isHeard) continue;
    const last = spurts.at(-1);
    if (last !== undefined && frame - last[1] <= 10) last[1] = frame + 1;
    else spurts.push([frame, frame + 1]);
  }
  return spurts.map(([from, to]) => [from / 50, to / 50]);
}

async function filesOf(recording: Recording) {
  const { sid } = recording;
  const timeline: { readonly entries: readonly Entry[]; readonly samples: number } = JSON.parse(
    (await downloaded(platform.client, sid, RecordingFormat.TIMELINE)).toString(),
  );
  const tracks = new Map<string, Int16Array>();
  for (const { number, label = '' } of recording.tracks) {
    tracks.set(label, await downloadedSamples(platform.client, sid, number));
  }
  const entriesOf = (who: Who, kind: string) =>
    timeline.entries.filter((entry) => entry.label === who && entry.kind === kind);
  const track = (who: Who): Int16Array => tracks.get(who) ?? expect.fail(`${who} has a track`);
  return { timeline, track, entriesOf, mix: await downloadedSamples(platform.client, sid) };
}

const levelsIn = (samples: Int16Array): readonly number[] =>
  measureTones(samples, rateHz, Object.values(tones)).map(({ levelDb }) => levelDb);

const peakIn = (samples: Int16Array): number => samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
const peakDb = (samples: Int16Array): number => 20 * Math.log10(Math.max(1e-6, peakIn(samples)) / 32_768);

/** Seconds of it, with what a change takes to be heard left out at both ends. */
const within = (samples: Int16Array, { start, end: until }: Pick<Entry, 'start' | 'end'>, marginSeconds = 0.15) =>
  samples.subarray(Math.round((start + marginSeconds) * rateHz), Math.round((until - marginSeconds) * rateHz));

describe('a recording with tracks', () => {
  it('has of each what the room had of it, and says who spoke when', { timeout: attemptsMax * 20_000 }, async () => {
    const { sid, ana, ben, coach } = await undisturbed(platform, async (_, attempt) => {
      const room = `tracks ${attempt}`;
      const [ana, ben] = [await enter(room, 'ana'), await enter(room, 'ben')];
      await listen(ben.recording, 200);
      const sid = await start(ana);
      await listen(ben.recording, 200);
      const coach = await enter(room, 'coach', { coach: ben.callSid });
      await listen(ben.recording, 800);
      await platform.update(ben, { muted: true });
      await listen(ana.recording, 900);
      await platform.update(ben, { muted: false });
      await listen(ana.recording, 900);
      await platform.update(ana, { hold: true, holdUrl: '' });
      await listen(ben.recording, 900);
      await platform.update(ana, { hold: false });
      await listen(ana.recording, 700);
      await platform.hangUp(ben);
      await listen(ana.recording, 600);
      await end(ana);
      return { sid, ana, ben, coach };
    });
    const recording = await recordingOver(platform.client, sid);
    expect(recording.tracks.map(({ number, label, callSid }) => [number, label, callSid])).toEqual([
      [1, 'ana', ana.callSid],
      [2, 'ben', ben.callSid],
      [3, 'coach', coach.callSid],
    ]);
    const { timeline, track, entriesOf, mix } = await filesOf(recording);
    expect([timeline.samples, BigInt(mix.length)]).toEqual([mix.length, recording.samples]);
    for (const who of ['ana', 'ben', 'coach'] as const) expect(track(who)).toHaveLength(mix.length);
    // Laid over each other they are the mix, to the bit.
    const [one, two] = [track('ana'), track('ben')];
    expect(mix.findIndex((sample, at) => sample !== (one[at] ?? 0) + (two[at] ?? 0))).toBe(-1);

    // A whisper is no part of the room, and what is muted or held gave it nothing.
    expect(peakDb(track('coach'))).toBeLessThanOrEqual(silentDb);
    expect(entriesOf('coach', 'coaching')).toHaveLength(1);
    expect(entriesOf('coach', 'talk')).toEqual([]);
    const [muted = expect.fail('ben was muted')] = entriesOf('ben', 'muted');
    const [held = expect.fail('ana was held')] = entriesOf('ana', 'held');
    expect(peakDb(within(two, muted))).toBeLessThanOrEqual(silentDb);
    expect(peakDb(within(one, held))).toBeLessThanOrEqual(silentDb);
    for (const [who, index] of [
      ['ana', 0],
      ['ben', 1],
    ] as const) {
      const [talk = expect.fail(`${who} spoke`)] = entriesOf(who, 'talk');
      const levels = levelsIn(within(track(who), talk));
      for (const [tone, level] of levels.entries()) {
        if (tone === index) expect(Math.abs(level - toneDb)).toBeLessThan(0.5);
        else expect(level).toBeLessThanOrEqual(silentDb);
      }
    }

    for (const who of ['ana', 'ben'] as const) {
      const heard = heardIn(track(who));
      const told = entriesOf(who, 'talk');
      expect(told.length, who).toBe(heard.length);
      expect(heard.length).toBeGreaterThanOrEqual(2);
      heard.forEach(([from, to], index) => {
        expect(Math.abs((told[index]?.start ?? 0) - from), `${who} begins`).toBeLessThanOrEqual(exactly);
        expect(Math.abs((told[index]?.end ?? 0) - to), `${who} ends`).toBeLessThanOrEqual(exactly);
      });
    }
    // What was asked for is noted when it is asked for; it is heard a turn or two later.
    const [firstOfBen, secondOfBen] = entriesOf('ben', 'talk');
    expect((firstOfBen?.end ?? 0) - muted.start).toBeGreaterThanOrEqual(-exactly);
    expect((secondOfBen?.start ?? 0) - muted.end).toBeGreaterThanOrEqual(-exactly);
    const [left = expect.fail('ben left')] = entriesOf('ben', 'leave');
    expect(Math.abs((secondOfBen?.end ?? 0) - left.start)).toBeLessThan(0.3);
    expect(entriesOf('ana', 'join').map(({ start: at }) => at)).toEqual([0]);
    expect(entriesOf('coach', 'join')[0]?.start).toBeGreaterThan(0);

    const labels = (await downloaded(platform.client, sid, RecordingFormat.LABELS)).toString();
    expect(
      labels
        .split('\n')
        .slice(0, -1)
        .every((line) => /^\d+\.\d{6}\t\d+\.\d{6}\t\S.*$/.test(line)),
    ).toBe(true);
    expect(labels).toContain(`talk ana (${ana.callSid})\n`);
    for (const number of [0, 1, 2, 3]) {
      const path = join(folder, `${number}.wav`);
      const format = number === 0 ? RecordingFormat.WAV : RecordingFormat.TRACK;
      writeFileSync(path, await downloaded(platform.client, sid, format, number));
      expect(execFileSync('soxi', ['-s', path]).toString().trim()).toBe(String(mix.length));
      execFileSync('ffprobe', ['-v', 'error', path]);
    }
  });

  it('is had over HTTP by whoever may, beside the recording, and is gone with it', { timeout: 30_000 }, async () => {
    const ana = await enter('served', 'ana');
    await enter('served', 'ben');
    const sid = await start(ana);
    await listen(ana.recording, 1500);
    await end(ana);
    const { url, tracks } = await recordingOver(platform.client, sid);
    const of = (account: typeof owner): string =>
      `Basic ${Buffer.from(`${account?.sid}:${account?.tokens[0]}`).toString('base64')}`;
    const authorization = of(owner);
    const urls = [`${url}.timeline.json`, `${url}.timeline.txt`, ...tracks.map((track) => track.url)];
    expect(urls).toHaveLength(4);
    const types = ['application/json', 'text/plain; charset=utf-8', 'audio/x-wav', 'audio/x-wav'];
    for (const [index, each] of urls.entries()) {
      expect((await fetch(each)).status, each).toBe(401);
      expect((await fetch(each, { headers: { authorization: of(stranger) } })).status, each).toBe(404);
      const got = await fetch(each, { headers: { authorization } });
      expect([got.status, got.headers.get('content-type')]).toEqual([200, types[index]]);
      const etag = got.headers.get('etag') ?? '';
      await got.arrayBuffer();
      expect((await fetch(each, { headers: { authorization, 'if-none-match': etag } })).status).toBe(304);
    }
    const shown = await (await fetch(`${url}.json`, { headers: { authorization } })).json();
    expect(shown).toMatchObject({ timeline_url: urls[0], labels_url: urls[1], tracks: [{ number: 1 }, { number: 2 }] });
    await platform.client.call(RecordingService.method.deleteRecording, { recordingSid: sid });
    for (const each of urls) expect((await fetch(each, { headers: { authorization } })).status).toBe(404);
  });
});

/**
 * Tracks and timeline of a room that a real engine mixed: laid over each other they are the mix, and who spoke when is
 * as the samples say, whose every value names whoever said it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJobPool, type JobPool } from '../../src/adapters/jobs/job-pool.js';
import { LocalStorage } from '../../src/adapters/recordings/local-storage.js';
import { keyOf, StoredRecordingFiles } from '../../src/adapters/recordings/recording-files.js';
import type { TakenTrack } from '../../src/app/recordings/file-port.js';
import type { Capture, Recorder } from '../../src/app/recordings/recorder-port.js';
import { callSidOf } from '../support/callers.js';
import { recording as recordingOf } from '../support/grpc/fake-application.js';
import { RecordingRig, recordingSidOf, rigFrameSamples } from '../support/recording-rig.js';
import { recordingLogger } from '../support/silent.js';
import { spoolFolder } from '../support/spool-folder.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/waiting.js';

const [ana, ben] = [3000, 1700];
const rateHz = rigFrameSamples * 50;
const wavHeadBytes = 44;

let disk: ReturnType<typeof spoolFolder>;
let rig: RecordingRig;
let pool: JobPool;
let files: StoredRecordingFiles;
let over: Capture[];
beforeEach(async () => {
  disk = spoolFolder();
  rig = await RecordingRig.start(disk.folder, 2);
  over = [];
  rig.capture.onOver((capture) => over.push(capture));
  // What is made is tested, and not when: on a busy machine jobs that stand back would take minutes.
  pool = createJobPool(0);
  files = new StoredRecordingFiles({
    jobs: pool,
    storage: new LocalStorage(join(disk.folder, 'kept')),
    ...{ folder: join(disk.folder, 'making'), sidStyleOf: () => 'uuid' },
    ...{ clock: new VirtualClock(), logger: recordingLogger() },
  });
  await files.start();
});
afterEach(async () => {
  await rig.close();
  await pool.close();
  disk.remove();
});

/** Frames in which somebody speaks: from the first to before the last of each. */
const talking =
  (says: number, ...spurts: readonly (readonly [number, number])[]) =>
  (frame: number): number =>
    spurts.some(([from, to]) => frame >= from && frame < to) ? says : 0;

const captureOf = async (recorder: Recorder): Promise<Capture> => {
  await until(() => over.some(({ recording }) => recording === recorder.recording));
  return over.find(({ recording }) => recording === recorder.recording) ?? expect.fail('it is over');
};

const trackOf = async (recorder: Recorder, order: number, name: string): Promise<TakenTrack> => ({
  capture: await captureOf(recorder),
  ...{ order, callSid: callSidOf(name), label: name },
});

type Entry = { readonly kind: string; readonly start: number; readonly end: number; readonly call_sid: string | null };

/** Makes the files of what was taken down. */
async function finish(mix: Capture, tracks: readonly TakenTrack[], trim: 'do-not-trim' | 'trim-silence') {
  const recording = recordingOf({ sid: recordingSidOf(0), trim, hasTracks: true });
  const outcome = await files.finish(recording, { mix, tracks }, [], () => {});
  if (outcome.kind !== 'completed') return expect.fail(JSON.stringify(outcome));
  const { media } = outcome;
  const pathOf = (part: Parameters<typeof keyOf>[1]): string => join(disk.folder, 'kept', keyOf(recording, part));
  const samplesOf = (part: Parameters<typeof keyOf>[1]): Int16Array =>
    new Int16Array(Uint8Array.from(readFileSync(pathOf(part)).subarray(wavHeadBytes)).buffer);
  const timeline: { readonly samples: number; readonly entries: readonly Entry[] } = JSON.parse(
    readFileSync(pathOf('timeline')).toString(),
  );
  const spurtsOf = (name: string) =>
    timeline.entries.filter(({ kind, call_sid }) => kind === 'talk' && call_sid === callSidOf(name));
  const completed = { ...recording, life: { status: 'completed', endedAtMs: recording.createdAtMs, media } } as const;
  return { media, pathOf, samplesOf, timeline, spurtsOf, recording: completed };
}

/** By the values of a mix, when one who says `says` spoke, in seconds; pauses of up to 200 ms are part of it. */
function saidIn(mix: Int16Array, says: number): readonly (readonly [number, number])[] {
  const spurts: [number, number][] = [];
  for (const [at, value] of mix.entries()) {
    if (value !== says && value !== ana + ben) continue;
    const last = spurts.at(-1);
    if (last !== undefined && at - last[1] <= rateHz / 5) last[1] = at + 1;
    else spurts.push([at, at + 1]);
  }
  return spurts.map(([from, to]) => [from / rateHz, to / rateHz]);
}

const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args).toString().trim();

describe('tracks of a room', () => {
  it('lie over each other and over the mix, from its first sample to its last, and say who spoke when', async () => {
    const { room, legs } = rig.room(talking(ana, [20, 60], [65, 100], [140, 190]), talking(ben, [80, 125], [170, 220]));
    const [first, second] = legs;
    if (first === undefined || second === undefined) return expect.fail('it has legs');
    const [mix, one] = rig.recordTogether(room, [
      { number: 0, source: { kind: 'mix' } },
      { number: 1, source: { kind: 'inbound', leg: first } },
    ]);
    if (mix === undefined || one === undefined) return expect.fail('they are opened');
    // Comes later, goes earlier, and comes back: each well away from when that one speaks.
    await until(() => mix.frames() >= 20);
    const two = rig.record(2, room, { kind: 'inbound', leg: second });
    await until(() => two.frames() >= 120);
    rig.end(two);
    const again = rig.record(3, room, { kind: 'inbound', leg: second });
    await until(() => mix.frames() >= 260);
    rig.end(mix);
    rig.end(one);
    rig.end(again);
    const whole = await captureOf(mix);
    const tracks = [await trackOf(one, 0, 'A'), await trackOf(two, 1, 'B'), await trackOf(again, 2, 'B')];
    const made = await finish(whole, tracks, 'do-not-trim');
    expect(made.media.tracks).toEqual([
      { number: 1, callSid: callSidOf('A'), label: 'A' },
      { number: 2, callSid: callSidOf('B'), label: 'B' },
    ]);
    const [sum, left, right] = [made.samplesOf('wav'), made.samplesOf('track-1'), made.samplesOf('track-2')];
    expect(sum).toHaveLength(whole.frames * rigFrameSamples);
    // Between the end of a track and its next beginning there may be a frame that is in neither.
    const missing = tracks.slice(1).flatMap(({ capture }) => capture.firstTurn ?? []);
    const seam = ((missing[1] ?? 0) - (whole.firstTurn ?? 0)) * rigFrameSamples;
    const differs = sum.findIndex((value, at) => value !== (left[at] ?? 0) + (right[at] ?? 0));
    expect(differs === -1 || Math.abs(differs - seam) <= rigFrameSamples, `${differs} is not ${seam}`).toBe(true);
    expect([left.length, right.length]).toEqual([sum.length, sum.length]);
    for (const [name, says] of [
      ['A', ana],
      ['B', ben],
    ] as const) {
      const told = made.spurtsOf(name);
      const said = saidIn(sum, says);
      expect(said.length).toBeGreaterThanOrEqual(2);
      expect(told).toHaveLength(said.length);
      said.forEach(([from, to], index) => {
        expect(Math.abs((told[index]?.start ?? 0) - from), `${name} begins`).toBeLessThanOrEqual(0.05);
        expect(Math.abs((told[index]?.end ?? 0) - to), `${name} ends`).toBeLessThanOrEqual(0.05);
      });
    }
    for (const part of ['wav', 'track-1', 'track-2'] as const) {
      expect(run('soxi', '-s', made.pathOf(part))).toBe(String(sum.length));
      const shown = ['-show_entries', 'stream=codec_name,sample_rate,channels,duration_ts', '-of', 'csv=p=0'];
      expect(run('ffprobe', '-v', 'error', ...shown, made.pathOf(part))).toBe(`pcm_s16le,${rateHz},1,${sum.length}`);
    }
    const labels = readFileSync(made.pathOf('labels')).toString().split('\n').slice(0, -1);
    expect(labels).toHaveLength(made.timeline.entries.length);
    for (const [index, label] of labels.entries()) {
      const [start = '', end = '', text = ''] = label.split('\t');
      const entry = made.timeline.entries[index];
      expect([Number(start), Number(end)]).toEqual([entry?.start, entry?.end]);
      expect(text).toBe(`talk ${entry?.call_sid === callSidOf('A') ? 'A' : 'B'} (${entry?.call_sid})`);
    }
    await files.delete(made.recording);
    for (const part of ['wav', 'track-1', 'track-2', 'timeline', 'labels'] as const) {
      expect(existsSync(made.pathOf(part))).toBe(false);
    }
  });

  it('stay on the clock of the mix through a pause that is skipped, and are trimmed as it is', async () => {
    const { room, legs } = rig.room(talking(ana, [50, 1000]), 0);
    const [leg] = legs;
    if (leg === undefined) return expect.fail('it has legs');
    const both = rig.recordTogether(room, [
      { number: 0, source: { kind: 'mix' } },
      { number: 1, source: { kind: 'inbound', leg } },
    ]);
    const [mix] = both;
    if (mix === undefined) return expect.fail('they are opened');
    await until(() => mix.frames() >= 90);
    rig.pauseTogether(both, 'skipping');
    const pausedAt = Date.now();
    await until(() => Date.now() - pausedAt > 600);
    // Comes while it is paused: its first frame is that with which it goes on.
    const late = rig.record(2, room, { kind: 'inbound', leg }, 1, 'skipping');
    rig.pauseTogether([...both, late], 'recording');
    await until(() => mix.frames() >= 160);
    for (const recorder of [...both, late]) rig.end(recorder);
    const [one] = both.slice(1);
    if (one === undefined) return expect.fail('they are opened');
    const tracks = [await trackOf(one, 0, 'A'), await trackOf(late, 1, 'B')];
    const whole = await captureOf(mix);
    const made = await finish(whole, tracks, 'trim-silence');
    const [sum, track, lateTrack] = [made.samplesOf('wav'), made.samplesOf('track-1'), made.samplesOf('track-2')];
    expect(made.media.trimmedStartSamples).toBeGreaterThan(0);
    expect(track).toEqual(sum);
    expect(lateTrack).toHaveLength(sum.length);
    const from = lateTrack.findIndex((value) => value !== 0);
    expect(lateTrack.subarray(from)).toEqual(sum.subarray(from));
    const pause = made.timeline.entries.find(({ kind }) => kind === 'pause');
    // Nothing of the pause is in it, so the place at which one came in it is where it was.
    expect(from / rateHz).toBeCloseTo(pause?.start ?? 0, 3);
    expect(pause).toMatchObject({ behavior: 'skip' });
  });
});

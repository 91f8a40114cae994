/** A real engine, a real thread and a real disk: what a room says is in the file, to the sample. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseJournal } from '../../src/adapters/capture/journal.js';
import type { Capture } from '../../src/app/recordings/recorder-port.js';
import { RecordingRig, rigFrameSamples } from '../support/recording-rig.js';
import { frameValues, samplesOf, spoolFolder } from '../support/spool-folder.js';
import { until } from '../support/waiting.js';

let disk: ReturnType<typeof spoolFolder>;
let rig: RecordingRig;
let over: Capture[];
beforeEach(async () => {
  disk = spoolFolder();
  rig = await RecordingRig.start(disk.folder, 2);
  over = [];
  rig.capture.onOver((capture) => over.push(capture));
});
afterEach(async () => {
  await rig.close();
  disk.remove();
});

const overOf = async (memo: string): Promise<Capture> => {
  await until(() => over.some((capture) => capture.memo === memo));
  return over.find((capture) => capture.memo === memo) ?? expect.fail('it is over');
};

/** A frame of the monotonic clock: on every shard the same. */
const turnNow = (): number => Number(process.hrtime.bigint() / 20_000_000n);

const probed = (path: string): { readonly streams: readonly Record<string, unknown>[] } =>
  JSON.parse(execFileSync('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', path]).toString());

describe('capture of a room', () => {
  it('has the sum of all in one file and the two sides of a call in another, on one clock', async () => {
    const { room, legs } = rig.room(100, 7, 30);
    const [leg] = legs;
    if (leg === undefined) expect.fail('it has legs');
    const mix = rig.record(1, room);
    const call = rig.record(2, room, { kind: 'both', leg }, 2);
    await until(() => call.frames() >= 75);
    rig.end(mix);
    rig.end(call);
    const [whole, sides] = [await overOf('1'), await overOf('2')];
    expect(whole).toMatchObject({ why: 'ended', channels: 1, rateHz: 16_000 });
    // A shard that comes late gives turns up; the disk loses nothing.
    expect(whole.gaps.filter(({ why }) => why === 'disk')).toEqual([]);
    expect(whole.frames).toBeGreaterThanOrEqual(75);
    // Whoever has not begun to speak yet is silent: the sums that there are, and no others.
    const values = new Set(frameValues(whole.audioPath, rigFrameSamples));
    expect([...values].every((sum) => [0, 7, 30, 37, 100, 107, 130, 137].includes(sum))).toBe(true);
    expect([...values]).toContain(137);
    expect(samplesOf(whole.audioPath)).toHaveLength(whole.frames * rigFrameSamples);
    const stereo = samplesOf(sides.audioPath);
    const left = stereo.filter((_, index) => index % 2 === 0);
    const right = stereo.filter((_, index) => index % 2 === 1);
    expect([left.at(-1), right.at(-1)]).toEqual([100, 37]);
    const shift = ((sides.firstTurn ?? 0) - (whole.firstTurn ?? 0)) * rigFrameSamples;
    const mono = samplesOf(whole.audioPath).subarray(shift);
    const length = Math.min(mono.length, left.length);
    expect(left.subarray(0, length).map((sample, index) => sample + (right[index] ?? 0))).toEqual(
      mono.subarray(0, length),
    );
    expect(probed(sides.audioPath).streams).toMatchObject([
      { codec_name: 'pcm_s16le', sample_rate: '16000', channels: 2, duration_ts: sides.frames * rigFrameSamples },
    ]);
    expect(execFileSync('soxi', ['-s', whole.audioPath]).toString().trim()).toBe(
      String(whole.frames * rigFrameSamples),
    );
  });

  it('tells when it began, and keeps notes and pauses where they were', async () => {
    const { room } = rig.room(100, 7);
    const beganAtMs = Date.now();
    const beganInTurn = turnNow();
    const recorder = rig.record(1, room);
    await until(() => recorder.frames() >= 1);
    const seenAtMs = Date.now();
    const seenInTurn = turnNow();
    await until(() => recorder.frames() >= 20);
    const askedAt = recorder.frames();
    rig.pause(recorder, 'silent');
    recorder.note({ what: 'mute', who: 'CA1' });
    const notedAt = recorder.frames();
    await until(() => recorder.frames() >= 40);
    rig.pause(recorder, 'recording');
    await until(() => recorder.frames() >= 60);
    rig.end(recorder);
    const capture = await overOf('1');
    // Between when it was asked for and when it was seen to run, however long this process took to look.
    expect(capture.startedAtMs).toBeGreaterThan(beganAtMs - 250);
    expect(capture.startedAtMs).toBeLessThan(seenAtMs + 250);
    expect(capture.firstTurn).toBeGreaterThanOrEqual(beganInTurn - 1);
    expect(capture.firstTurn).toBeLessThanOrEqual(seenInTurn + 1);
    const pause = capture.timeline.find(({ kind }) => kind === 'pause');
    const resume = capture.timeline.find(({ kind }) => kind === 'resume');
    if (pause === undefined || resume === undefined) expect.fail('it was paused');
    const values = frameValues(capture.audioPath, rigFrameSamples);
    expect(new Set(values.slice(pause.at, resume.at))).toEqual(new Set([0]));
    expect([values[pause.at - 1], values[resume.at]]).toEqual([107, 107]);
    expect(resume.at - pause.at).toBeGreaterThanOrEqual(19);
    const note = capture.timeline.find(({ kind }) => kind === 'note');
    // However long this process took from the one to the other.
    for (const at of [note?.at, pause.at]) {
      expect(at).toBeGreaterThanOrEqual(askedAt);
      expect(at).toBeLessThanOrEqual(notedAt + 2);
    }
    const lines = parseJournal(readFileSync(capture.audioPath.replace(/wav$/, 'journal')));
    expect(lines.at(-1)).toMatchObject({ kind: 'end', frames: capture.frames });
    await rig.capture.discard(capture);
    expect(await rig.capture.left()).toEqual([]);
  });
});

/**
 * `kill -9` of a process that records, at any moment: every file opens in a program that knows nothing of us, has lost
 * a second at most, and holds what was said. PARLEY_RECORDING_CRASHES says how often (4), PARLEY_CRASH_SEED repeats the
 * moments, though not what the machine makes of them.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { leftCaptures, removeCapture } from '../../src/adapters/capture/left-captures.js';
import { seededChance } from '../support/chance.js';
import { RecordingProcess } from '../support/recording-process.js';
import { recordingSidOf, rigFrameSamples } from '../support/recording-rig.js';
import { frameValues, samplesOf, spoolFolder } from '../support/spool-folder.js';

const crashes = Number(process.env.PARLEY_RECORDING_CRASHES ?? 4);
const seed = Number(process.env.PARLEY_CRASH_SEED ?? Date.now() % 1_000_000);
const rooms = 4;
/** Of the moments, from the first frame on: before anything was written, in the middle, and after a sync. */
const latestMs = 7000;
const lossMax = 50;

/** How many frames each recording had by its own telling, when it was killed this long after its first. */
async function killedAfter(folder: string, ms: number): Promise<readonly number[]> {
  const recording = await RecordingProcess.start(folder, rooms);
  await delay(ms);
  await recording.kill();
  return recording.frames();
}

const durationOf = (path: string): number =>
  Number(
    execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=duration_ts', '-of', 'csv=p=0', path]).toString(),
  );

describe(`recordings of a process that is killed (seed ${seed})`, () => {
  const chance = seededChance(seed);

  it.each(Array.from({ length: crashes }, (_, index) => index + 1))('are all there: %i', async () => {
    const disk = spoolFolder();
    // Soon as often as late: what is young has the least on the disk.
    const told = await killedAfter(disk.folder, chance() < 0.5 ? chance() * 600 : chance() * latestMs);
    const left = await leftCaptures(disk.folder);
    const captures = new Map(left.flatMap((one) => (one.kind === 'capture' ? [[one.capture.memo, one.capture]] : [])));
    expect(left.filter(({ kind }) => kind === 'unreadable')).toEqual([]);
    told.forEach((frames, number) => {
      const capture = captures.get(String(number));
      if (capture === undefined) {
        expect(frames, `recording ${number} left nothing`).toBeLessThanOrEqual(lossMax);
        return;
      }
      expect(capture.recording).toBe(recordingSidOf(number));
      expect(frames - capture.frames, `frames lost of recording ${number}`).toBeLessThanOrEqual(lossMax);
      expect(capture.frames).toBeGreaterThan(0);
      expect(durationOf(capture.audioPath)).toBe(capture.frames * rigFrameSamples);
      expect(samplesOf(capture.audioPath)).toHaveLength(capture.frames * rigFrameSamples * capture.channels);
      const says = 1000 + (number >> 1);
      if (capture.channels === 2) return;
      const others = frameValues(capture.audioPath, rigFrameSamples).filter(
        (value) => ![0, 5, says, says + 5].includes(value),
      );
      expect(others).toEqual([]);
    });
    for (const capture of captures.values()) await removeCapture(disk.folder, capture.recording);
    expect(await leftCaptures(disk.folder)).toEqual([]);
    disk.remove();
  });
});

/** Disks that stand still or are broken while rooms are recorded: the rooms do not notice, files say what is lost. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Capture } from '../../src/app/recordings/recorder-port.js';
import { brokenDisk, type StallingDisk, stallingDisk } from '../support/disk.js';
import { RecordingProcess } from '../support/recording-process.js';
import { rigFrameSamples } from '../support/recording-rig.js';
import { frameValues, samplesOf, spoolFolder } from '../support/spool-folder.js';

const rooms = 8;
/** 20 ms each: what the ring between an engine and the disk holds. */
const ringFrames = 256;

let spools: ReturnType<typeof spoolFolder>;
let stalling: StallingDisk;
let recording: RecordingProcess;
beforeEach(() => {
  spools = spoolFolder();
  stalling = stallingDisk();
});
afterEach(async () => {
  await recording.kill();
  stalling.remove();
  spools.remove();
});

const lostOf = ({ gaps }: Capture, why: 'disk' | 'engine'): number =>
  gaps.reduce((sum, gap) => sum + (gap.why === why ? gap.frames : 0), 0);

/** Frames of a recording between two moments; its memo is its place. */
const passedOf = ({ memo }: Capture, before: readonly number[], after: readonly number[]): number =>
  (after[Number(memo)] ?? 0) - (before[Number(memo)] ?? 0);

/** Each file is as long as its recording, silent where it says so, and otherwise has what was said. */
function judge(captures: readonly Capture[]): void {
  expect(captures).toHaveLength(rooms * 2);
  for (const capture of captures) {
    expect(samplesOf(capture.audioPath)).toHaveLength(capture.frames * rigFrameSamples * capture.channels);
    if (capture.channels === 2) continue;
    const says = 1000 + (Number(capture.memo) >> 1);
    const values = frameValues(capture.audioPath, rigFrameSamples);
    expect(new Set([0, 5, says, says + 5, ...values]).size).toBe(4);
    for (const gap of capture.gaps) {
      expect(new Set(values.slice(gap.at, gap.at + gap.frames))).toEqual(new Set([0]));
    }
  }
}

describe('a disk that stands still', () => {
  it('for 3 s loses nothing', async () => {
    recording = await RecordingProcess.start(spools.folder, rooms, stalling.environment);
    await delay(1000);
    stalling.stall();
    await delay(3000);
    stalling.goOn();
    await delay(500);
    const captures = await recording.end();
    judge(captures);
    for (const capture of captures) {
      expect(capture).toMatchObject({ why: 'ended' });
      expect(lostOf(capture, 'disk')).toBe(0);
    }
  });

  it('for 9 s leaves a gap of what the rings do not hold, and the rooms go on', async () => {
    recording = await RecordingProcess.start(spools.folder, rooms, stalling.environment);
    await delay(1000);
    const before = recording.frames();
    stalling.stall();
    await delay(9000);
    const during = recording.frames();
    stalling.goOn();
    await delay(500);
    const captures = await recording.end();
    judge(captures);
    // The rooms were mixed all the while.
    for (const [index, frames] of during.entries()) {
      expect(frames - (before[index] ?? 0)).toBeGreaterThan(9 * 50 * 0.95);
    }
    for (const capture of captures) {
      // What waited when it began to stand still is at most what is written a fifth of a second later.
      const passed = passedOf(capture, before, during);
      expect(lostOf(capture, 'disk')).toBeGreaterThan(passed - ringFrames - 15);
      expect(lostOf(capture, 'disk')).toBeLessThan(passed - ringFrames + 50);
    }
  });
});

describe('a disk that is broken for a while', () => {
  it('gets all that the rings hold once it takes it, and the rest is a gap', async () => {
    const disk = brokenDisk();
    recording = await RecordingProcess.start(spools.folder, rooms, disk.environment);
    await delay(1000);
    const before = recording.frames();
    disk.goBad();
    await delay(7000);
    const during = recording.frames();
    disk.recover();
    await delay(500);
    const captures = await recording.end();
    disk.remove();
    judge(captures);
    for (const capture of captures) {
      const passed = passedOf(capture, before, during);
      expect(capture.why).toBe('ended');
      expect(lostOf(capture, 'disk')).toBeGreaterThan(passed - ringFrames - 15);
      expect(lostOf(capture, 'disk')).toBeLessThan(passed - ringFrames + 50);
      expect(existsSync(capture.audioPath)).toBe(true);
    }
  });
});

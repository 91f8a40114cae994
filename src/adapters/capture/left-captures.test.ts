/** What a start finds on the disk after a crash, judged by a program that knows nothing of us. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingEngine } from '../../../test/support/recording-engine.js';
import { frameValues, spoolFolder } from '../../../test/support/spool-folder.js';
import type { RecordingSid } from '../../base/brands.js';
import { recordingMemory } from '../../media/recording-memory.js';
import { audioPathOf, journalPathOf, leftCaptures, removeCapture } from './left-captures.js';
import { chunkBytes, Spool } from './spool.js';
import { diskFiles } from './spool-files.js';

const recordingOf = (number: number): RecordingSid =>
  `6f5e1c8e-0000-4000-8000-${String(number).padStart(12, '0')}` as RecordingSid;
let disk: ReturnType<typeof spoolFolder>;
beforeEach(() => {
  disk = spoolFolder();
});
afterEach(() => disk.remove());

const parts = { files: diskFiles, now: () => 1_700_000_000_000, chunk: new Uint8Array(chunkBytes) };

/** A recording whose process died after so many frames were written. */
function crashed(number: number, frames: number, channels: 1 | 2 = 1) {
  const memory = recordingMemory(16_000, channels);
  const engine = new RecordingEngine(memory, 50);
  const recording = recordingOf(number);
  const audioPath = audioPathOf(disk.folder, recording);
  const journalPath = journalPathOf(disk.folder, recording);
  const order = { recording, memo: `memo ${number}`, rateHz: 16_000, channels, memory, audioPath, journalPath };
  const spool = new Spool(order, parts);
  for (let frame = 0; frame < frames; frame += 1) engine.frame(7);
  spool.turn();
  spool.close();
  return { recording, audioPath, journalPath, order };
}

const left = () => leftCaptures(disk.folder);
const probe = (path: string): string =>
  execFileSync('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=sample_rate,channels,duration_ts',
    '-of',
    'csv=p=0',
    path,
  ])
    .toString()
    .trim();

describe('leftCaptures', () => {
  it('finds nothing where there is nothing', async () => {
    expect(await left()).toEqual([]);
  });

  it('makes every one whole, wherever its file was cut', async () => {
    const { audioPath, journalPath } = crashed(1, 50);
    const whole = readFileSync(audioPath);
    const journal = readFileSync(journalPath);
    for (const length of [0, 1, 79, 80, 81, 719, 720, 721, 80 + 640 * 30 + 333, whole.length]) {
      writeFileSync(audioPath, whole.subarray(0, length));
      writeFileSync(journalPath, journal);
      const frames = Math.max(0, Math.floor((length - 80) / 640));
      expect(await left()).toMatchObject([
        {
          kind: 'capture',
          capture: { recording: recordingOf(1), memo: 'memo 1', frames, why: 'failed', firstTurn: 50 },
        },
      ]);
      expect(frameValues(audioPath, 320)).toEqual(Array(frames).fill(7));
      // An empty file has no duration to speak of.
      expect(probe(audioPath)).toBe(`16000,1,${frames === 0 ? 'N/A' : frames * 320}`);
    }
  });

  it('gives what was over and not discarded as it was told, and nothing that was', async () => {
    const { order, journalPath } = crashed(1, 4, 2);
    const memory = recordingMemory(16_000, 2);
    const engine = new RecordingEngine(memory);
    const spool = new Spool({ ...order, memory }, parts);
    engine.frame(1);
    engine.end();
    spool.turn();
    spool.complete();
    spool.conclude();
    spool.close();
    expect(await left()).toEqual([{ kind: 'capture', capture: spool.capture() }]);
    expect(readFileSync(journalPath).length).toBeGreaterThan(0);
    await removeCapture(disk.folder, recordingOf(1));
    expect(await left()).toEqual([]);
    expect(readdirSync(disk.folder)).toEqual([]);
    await removeCapture(disk.folder, recordingOf(1));
  });

  it('says what it cannot read, leaves that where it is, and gives the others', async () => {
    const { journalPath } = crashed(1, 4);
    truncateSync(journalPath, 20);
    crashed(2, 4);
    const stray = crashed(3, 4);
    writeFileSync(journalPathOf(disk.folder, recordingOf(4)), readFileSync(stray.journalPath));
    const lost = crashed(5, 4);
    writeFileSync(join(disk.folder, 'something else'), 'x');
    await removeCapture(disk.folder, recordingOf(9));
    appendFileSync(lost.journalPath, 'half a li');
    const found = await left();
    expect(found.map((one) => (one.kind === 'capture' ? one.capture.memo : one.why))).toEqual([
      'the journal does not begin',
      'memo 2',
      'memo 3',
      'the journal does not begin',
      'memo 5',
    ]);
    expect(readdirSync(disk.folder)).toHaveLength(10);
  });
});

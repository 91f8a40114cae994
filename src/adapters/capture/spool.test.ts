/** One spool on a real disk, with a test as its engine. */
import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingEngine } from '../../../test/support/recording-engine.js';
import { frameValues, MoodyDisk, samplesOf, spoolFolder } from '../../../test/support/spool-folder.js';
import type { RecordingSid } from '../../base/brands.js';
import { endRecording, recordingMemory } from '../../media/recording-memory.js';
import { parseWavHeader } from '../../sound/pcm-header.js';
import { parseJournal } from './journal.js';
import { audioPathOf, journalPathOf } from './left-captures.js';
import { chunkBytes, marksMax, notesMax, Spool } from './spool.js';

const recording = '6f5e1c8e-0000-4000-8000-000000000001' as RecordingSid;
let disk: ReturnType<typeof spoolFolder>;
beforeEach(() => {
  disk = spoolFolder();
});
afterEach(() => disk.remove());

function spooling({ rateHz = 8000, channels = 1 as 1 | 2, firstTurn = 100 } = {}) {
  const memory = recordingMemory(rateHz, channels);
  const engine = new RecordingEngine(memory, firstTurn);
  const files = new MoodyDisk();
  const time = { nowMs: 1_700_000_000_000 };
  const audioPath = audioPathOf(disk.folder, recording);
  const journalPath = journalPathOf(disk.folder, recording);
  const order = { recording, memo: 'memo', rateHz, channels, memory, audioPath, journalPath };
  const spool = new Spool(order, { files, now: () => time.nowMs, chunk: new Uint8Array(chunkBytes) });
  const frames = (...values: readonly (number | null)[]): void => {
    for (const value of values) engine.frame(value);
  };
  const end = (): void => {
    engine.end();
    expect(spool.turn().isAtEnd).toBe(true);
    spool.complete();
    spool.conclude();
    spool.close();
  };
  const values = () => frameValues(audioPath, (rateHz / 50) * channels);
  const journal = () => parseJournal(readFileSync(journalPath));
  return { memory, engine, files, time, audioPath, journalPath, spool, frames, end, values, journal };
}

describe('Spool', () => {
  it('makes no file before there is anything', () => {
    const { spool, files } = spooling();
    expect(spool.turn()).toEqual({ written: 0, isAtEnd: false });
    expect(spool.refresh()).toEqual([]);
    expect([files.calls, spool.capture()]).toEqual([[], null]);
  });

  it.each([
    [8000, 1],
    [16_000, 2],
    [48_000, 2],
  ] as const)('writes frames of %i Hz and %i channels in their order, and says when they began', (rateHz, channels) => {
    const { spool, frames, end, values, time, audioPath } = spooling({ rateHz, channels });
    frames(1, 2, 3);
    spool.turn();
    frames(...Array.from({ length: 200 }, (_, index) => index + 4));
    time.nowMs += 4000;
    end();
    expect(values()).toEqual(Array.from({ length: 203 }, (_, index) => index + 1));
    const header = parseWavHeader(readFileSync(audioPath));
    expect(header).toMatchObject({ layout: { rateHz, channels }, dataBytes: 203 * (rateHz / 50) * channels * 2 });
    expect(spool.capture()).toMatchObject({
      frames: 203,
      startedAtMs: 1_700_000_000_000 - 60,
      firstTurn: 100,
      gaps: [],
      why: 'ended',
      memo: 'memo',
    });
  });

  it('is a file without a frame where there was none', () => {
    const { end, spool, values } = spooling();
    end();
    expect(values()).toEqual([]);
    expect(spool.capture()).toMatchObject({ frames: 0, startedAtMs: null, firstTurn: null, why: 'ended' });
  });

  it('is whole by its header whenever that was written last', () => {
    const { spool, frames, audioPath, values } = spooling();
    frames(1, 2);
    spool.turn();
    // As long as it is, whoever reads it.
    expect(parseWavHeader(readFileSync(audioPath))).toMatchObject({ dataBytes: null });
    expect(spool.refresh()).toHaveLength(2);
    expect(spool.refresh()).toEqual([]);
    frames(3);
    spool.turn();
    expect(parseWavHeader(readFileSync(audioPath))).toMatchObject({ dataBytes: 640 });
    expect(values()).toEqual([1, 2, 3]);
  });

  it('keeps silence, pauses in silence and pauses that are skipped', () => {
    const { spool, engine, frames, end, values } = spooling();
    frames(1, null);
    for (let turn = 0; turn < 3; turn += 1) engine.paused();
    frames(2);
    spool.turn();
    engine.pass(250, 'skipped');
    frames(3);
    end();
    expect(values()).toEqual([1, 0, 0, 0, 0, 2, 3]);
    expect(spool.capture()).toMatchObject({ frames: 7, gaps: [] });
    expect(spool.capture()?.timeline).toEqual([
      { kind: 'pause', at: 2, mode: 'silent' },
      { kind: 'resume', at: 5, skipped: 0 },
      { kind: 'pause', at: 6, mode: 'skipping' },
      { kind: 'resume', at: 6, skipped: 250 },
    ]);
  });

  it('has silence of the same length where the ring was full or turns were given up, and says which', () => {
    const { spool, engine, frames, end, values } = spooling();
    frames(...Array.from({ length: 300 }, () => 5)); // 256 of them have a place
    spool.turn();
    engine.pass(6, 'given-up');
    frames(6);
    spool.turn();
    expect(spool.takeGapFrames()).toEqual({ disk: 44, engine: 6 });
    expect(spool.takeGapFrames()).toEqual({ disk: 0, engine: 0 });
    engine.pass(4, 'given-up');
    end();
    expect(values()).toEqual([...Array(256).fill(5), ...Array(50).fill(0), 6, 0, 0, 0, 0]);
    expect(spool.capture()).toMatchObject({
      frames: 311,
      gaps: [
        { at: 256, frames: 44, why: 'disk' },
        { at: 300, frames: 6, why: 'engine' },
        { at: 307, frames: 4, why: 'engine' },
      ],
    });
  });

  it('loses nothing of what the disk refused for a while, and marks what the ring lost meanwhile', () => {
    const { spool, files, frames, end, values, journal } = spooling();
    frames(1);
    spool.turn();
    files.refusal = 'ENOSPC: no space left on device';
    frames(...Array.from({ length: 255 }, () => 2));
    expect(() => spool.turn()).toThrow('ENOSPC');
    expect(() => spool.refresh()).toThrow('ENOSPC');
    frames(3, 4, 4);
    expect(() => spool.turn()).toThrow('ENOSPC');
    files.refusal = null;
    frames(4);
    spool.turn();
    frames(5);
    end();
    expect(values()).toEqual([1, ...Array(255).fill(2), 3, 0, 0, 0, 5]);
    expect(journal().filter(({ kind }) => kind === 'gap')).toEqual([{ kind: 'gap', at: 257, frames: 3, why: 'disk' }]);
  });

  it('begins late on a disk that was away at the beginning', () => {
    const { spool, files, frames, end, values } = spooling();
    files.refusal = 'EIO';
    frames(1, 2);
    expect(() => spool.turn()).toThrow('EIO');
    spool.note(1, { what: 'join', who: null });
    files.refusal = null;
    end();
    expect(values()).toEqual([1, 2]);
    expect(spool.capture()?.timeline).toHaveLength(1);
  });

  it('keeps notes and the wall clock in the journal, and says how many notes it forgot', () => {
    const { spool, frames, end, time, journal } = spooling();
    spool.note(0, { what: 'join', who: 'A' });
    frames(1);
    spool.turn();
    spool.refresh();
    time.nowMs += 20_000;
    frames(2);
    spool.turn();
    spool.refresh();
    for (let count = 1; count < notesMax + 5; count += 1) spool.note(2, { what: 'talk', who: 'B' });
    end();
    const kinds = journal().map(({ kind }) => kind);
    expect(kinds.slice(0, 3)).toEqual(['begin', 'note', 'clock']);
    expect(kinds.filter((kind) => kind === 'clock')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'note')).toHaveLength(notesMax);
    expect(spool.capture()).toMatchObject({ notesLost: 5 });
    expect(journal().at(-1)).toEqual({ kind: 'end', frames: 2, why: 'ended', notesLost: 5 });
  });

  it('tells so many marks and no more, and is as long all the same', () => {
    const { spool, engine, frames, end, audioPath } = spooling();
    for (let pass = 0; pass < marksMax + 100; pass += 1) {
      engine.pass(1, 'given-up');
      frames(1);
      if (pass % 200 === 0) spool.turn();
    }
    end();
    expect(spool.capture()).toMatchObject({ frames: (marksMax + 100) * 2 });
    expect(spool.capture()?.gaps).toHaveLength(marksMax);
    expect(statSync(audioPath).size).toBe(80 + (marksMax + 100) * 2 * 320);
    expect(samplesOf(audioPath).subarray(-160)).toEqual(new Int16Array(160).fill(1));
  });

  it('has failed where its shard has', () => {
    const { spool, frames, memory, journal } = spooling();
    frames(1);
    endRecording(memory, 'failed');
    spool.turn();
    spool.complete();
    spool.conclude();
    spool.conclude();
    spool.close();
    expect(spool.capture()).toMatchObject({ frames: 1, why: 'failed' });
    expect(journal().filter(({ kind }) => kind === 'end')).toHaveLength(1);
  });
});

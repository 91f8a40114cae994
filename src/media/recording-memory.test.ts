import { describe, expect, it } from 'vitest';
import { RecordingEngine } from '../../test/support/recording-engine.js';
import { recordingHead } from './engine-layout.js';
import { placeBlock } from './engine-layout-offsets.js';
import {
  emptyRecordingMemory,
  endRecording,
  RecordingReader,
  recordingMemory,
  recordingProgress,
} from './recording-memory.js';

describe('RecordingReader', () => {
  it('takes frames in their order, and lets the engine have their places when it lets go', () => {
    const memory = recordingMemory(8000, 2);
    const engine = new RecordingEngine(memory);
    const reader = new RecordingReader(memory);
    expect(reader.take()).toBeNull();
    for (let value = 1; value <= 256; value += 1) engine.frame(value);
    engine.frame(999);
    expect(recordingProgress(memory)).toEqual({ frames: 257, lost: 1, waiting: 256 });
    const first = reader.take();
    expect(first).toMatchObject({ at: 0, lost: 0, isPaused: false });
    const { buffer, byteOffset, length } = first?.samples ?? expect.fail('sound');
    expect([...new Set(new Int16Array(buffer, byteOffset, length / 2))]).toEqual([1]);
    expect(length).toBe(640);
    reader.putBack();
    expect(reader.take()?.at).toBe(0);
    expect(reader.take()?.at).toBe(1);
    reader.release();
    expect(recordingProgress(memory).waiting).toBe(254);
    engine.frame(7);
    let last = reader.take();
    for (let next = reader.take(); next !== null; next = reader.take()) last = next;
    expect(last).toMatchObject({ at: 257, lost: 1 });
  });

  it('tells silence and pauses without samples, and the end', () => {
    const memory = recordingMemory(16_000, 1);
    const engine = new RecordingEngine(memory);
    const reader = new RecordingReader(memory);
    engine.frame(null);
    engine.paused();
    expect(reader.take()).toMatchObject({ at: 0, isPaused: false, samples: null });
    expect(reader.take()).toMatchObject({ at: 1, isPaused: true, samples: null });
    expect(reader.end()).toBeNull();
    engine.end();
    expect(reader.end()).toEqual({ frames: 2, lost: 0, turn: 2, hasFailed: false });
    endRecording(memory, 'failed');
    expect(reader.end()?.hasFailed).toBe(false);
  });

  it('takes another recording when it was emptied, as if nothing had been in it', () => {
    const memory = recordingMemory(8000, 1);
    const head = (of: SharedArrayBuffer) => new Uint32Array(of, 0, placeBlock(recordingHead).bytes / 4);
    const fresh = head(recordingMemory(8000, 1));
    const [engine, reader] = [new RecordingEngine(memory), new RecordingReader(memory)];
    for (let value = 1; value <= 300; value += 1) engine.frame(value);
    for (let frame = reader.take(); frame !== null; frame = reader.take());
    reader.release();
    engine.end();
    expect(head(memory)).not.toEqual(fresh);
    emptyRecordingMemory(memory);
    expect(head(memory)).toEqual(fresh);
    const [nextEngine, nextReader] = [new RecordingEngine(memory), new RecordingReader(memory)];
    nextEngine.frame(5);
    expect(nextReader.take()).toMatchObject({ at: 0, lost: 0 });
    expect([nextReader.take(), nextReader.end()]).toEqual([null, null]);
  });

  it('has rates of rooms alone', () => {
    expect(() => recordingMemory(24_000, 1)).toThrow('rates of rooms');
  });
});

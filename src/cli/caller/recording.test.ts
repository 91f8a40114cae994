import { describe, expect, it } from 'vitest';
import { Recording } from './recording.js';

const frame = (value: number): Int16Array => new Int16Array(4).fill(value);

describe('Recording', () => {
  it('lays frames out by timestamp, wherever sequence and timestamp start, over their wrap', () => {
    const recording = new Recording(8000);
    [1, 2, 3].forEach((value, index) => {
      recording.add((65_534 + index) & 0xffff, (0xffff_fffc + index * 4) >>> 0, frame(value), index);
    });
    expect([...recording.samples()]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(recording.arrivals()).toMatchObject({ packets: 3, missing: 0, outOfOrder: 0 });
  });

  it('leaves silence where a packet is missing, and counts it', () => {
    const recording = new Recording(8000);
    recording.add(1, 100, frame(1), 0);
    recording.add(3, 108, frame(3), 60);
    expect([...recording.samples()]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 3, 3, 3, 3]);
    expect(recording.arrivals()).toMatchObject({ missing: 1, longestSilenceMs: 60 });
  });

  it('takes a packet that overtook another, and drops one that came twice', () => {
    const recording = new Recording(8000);
    recording.add(1, 100, frame(1), 0);
    recording.add(3, 108, frame(3), 20);
    recording.add(2, 104, frame(2), 25);
    recording.add(2, 104, frame(9), 30);
    expect([...recording.samples()]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(recording.arrivals()).toMatchObject({ packets: 3, missing: 0, outOfOrder: 1, duplicates: 1 });
  });

  it('puts the next stream behind the one before, and counts nothing missing between', () => {
    const recording = new Recording(8000);
    recording.add(1, 100, frame(1), 0);
    recording.beginStream();
    recording.add(40_000, 7, frame(2), 50);
    recording.add(40_001, 11, frame(3), 70);
    expect([...recording.samples()]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(recording.arrivals()).toMatchObject({ packets: 3, missing: 0, outOfOrder: 0, longestSilenceMs: 50 });
    expect(recording.startedAtMs).toBe(0);
  });
});

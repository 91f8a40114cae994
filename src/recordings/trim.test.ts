import { describe, expect, it } from 'vitest';
import { silenceRms, Trimmer } from './trim.js';

const rateHz = 8000;
/** Milliseconds of a level each, as samples. */
const signal = (...parts: readonly (readonly [ms: number, level: number])[]): Int16Array =>
  Int16Array.from(parts.flatMap(([ms, level]) => Array<number>((rateHz * ms) / 1000).fill(level)));
const loud = 1000;

function trimmed(samples: Int16Array, trim: 'trim-silence' | 'do-not-trim' = 'trim-silence', piece = 1111) {
  const trimmer = new Trimmer(rateHz, 1);
  for (let at = 0; at < samples.length; at += piece) trimmer.hear(samples.subarray(at, at + piece));
  const result = trimmer.result(trim);
  return result.kind === 'kept' ? [result.first / 8, result.end / 8] : result.errorCode;
}

describe('Trimmer', () => {
  it('cuts both ends but for 100 ms, and nothing in between', () => {
    expect(trimmed(signal([500, 0], [300, loud], [5000, 0], [300, loud], [700, 0]))).toEqual([400, 6200]);
    expect(trimmed(signal([50, 0], [2000, loud], [50, 0]))).toEqual([0, 2100]);
  });

  it('takes −50 dBFS for speech and what is below for silence', () => {
    const [above, below] = [Math.ceil(silenceRms), Math.floor(silenceRms)];
    expect(trimmed(signal([500, 0], [1500, above], [500, 0]))).toEqual([400, 2100]);
    expect(trimmed(signal([500, 0], [1500, below], [500, 0]))).toBe(16_102);
  });

  it('is absent when less than a second is left, and when nothing was said', () => {
    expect(trimmed(signal([900, 0], [790, loud], [900, 0]))).toBe(16_101);
    expect(trimmed(signal([900, 0], [800, loud], [900, 0]))).toEqual([800, 1800]);
    expect(trimmed(signal([999, 0]))).toBe(16_101);
    expect(trimmed(signal([1000, 0]))).toBe(16_102);
    expect(trimmed(new Int16Array())).toBe(16_101);
  });

  it('leaves what is not to be trimmed as it is, unless it is too short', () => {
    expect(trimmed(signal([3000, 0]), 'do-not-trim')).toEqual([0, 3000]);
    expect(trimmed(signal([999, loud]), 'do-not-trim')).toBe(16_101);
  });

  it('hears the louder of two channels, however the samples come', () => {
    const mono = signal([500, 0], [1500, loud], [500, 0]);
    const stereo = Int16Array.from({ length: mono.length * 2 }, (_, index) =>
      index % 2 ? (mono[index >> 1] ?? 0) : 0,
    );
    for (const piece of [2, 160, 4096]) {
      const trimmer = new Trimmer(rateHz, 2);
      for (let at = 0; at < stereo.length; at += piece) trimmer.hear(stereo.subarray(at, at + piece));
      expect(trimmer.result('trim-silence')).toEqual({ kind: 'kept', first: 3200, end: 16_800 });
    }
  });
});

import { describe, expect, it } from 'vitest';
import { TalkSpurts } from './talk-spurts.js';

const rateHz = 16_000;
const second = rateHz;

/** Of full scale, RMS. */
const amplitudeOf = (db: number): number => 32_768 * 10 ** (db / 20);

/** Reproducible, and never the same twice in a recording. */
function noise(count: number, db: number, seed: number): Int16Array {
  let state = seed;
  const most = amplitudeOf(db) * Math.sqrt(3);
  return Int16Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * most);
  });
}

function tone(count: number, db: number): Int16Array {
  const peak = amplitudeOf(db) * Math.SQRT2;
  return Int16Array.from({ length: count }, (_, at) => Math.round(peak * Math.sin((2 * Math.PI * 500 * at) / rateHz)));
}

const sum = (a: Int16Array, b: Int16Array): Int16Array => a.map((sample, at) => sample + (b[at] ?? 0));

function joined(...parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

function spurtsOf(samples: Int16Array, pieceSamples = samples.length): readonly (readonly number[])[] {
  const talk = new TalkSpurts(rateHz);
  for (let at = 0; at < samples.length; at += pieceSamples) talk.hear(samples.subarray(at, at + pieceSamples));
  return talk.spurts().map(({ start, end }) => [start / rateHz, end / rateHz]);
}

const silence = (seconds: number): Int16Array => new Int16Array(Math.round(seconds * second));
const spoken = (seconds: number, db = -20): Int16Array => tone(Math.round(seconds * second), db);

describe('TalkSpurts', () => {
  it('tells where each begins and ends to 10 ms, however the samples come', () => {
    const samples = joined(silence(1), spoken(0.5), silence(0.7), spoken(2), silence(0.3), spoken(0.26));
    const expected = [
      [1, 1.5],
      [2.2, 4.2],
      [4.5, 4.76],
    ];
    expect(spurtsOf(samples)).toEqual(expected);
    expect(spurtsOf(samples, 777)).toEqual(expected);
  });

  it('takes pauses of up to 200 ms as part of it, and what is shorter than 50 ms as a click', () => {
    expect(spurtsOf(joined(spoken(0.3), silence(0.2), spoken(0.3)))).toEqual([[0, 0.8]]);
    expect(spurtsOf(joined(spoken(0.3), silence(0.22), spoken(0.3)))).toHaveLength(2);
    expect(spurtsOf(joined(silence(0.5), spoken(0.04), silence(0.5)))).toEqual([]);
    expect(spurtsOf(joined(silence(0.5), spoken(0.06), silence(0.5)))).toHaveLength(1);
  });

  it('hears nobody in silence, nor in steady noise of up to -35 dBFS', () => {
    expect(spurtsOf(new Int16Array(0))).toEqual([]);
    expect(spurtsOf(silence(3))).toEqual([]);
    for (const db of [-70, -55, -45, -35]) expect([db, spurtsOf(noise(10 * second, db, 7))]).toEqual([db, []]);
  });

  it('hears speech in noise, and somebody loud who does not pause', () => {
    const room = noise(8 * second, -45, 11);
    const talk = joined(silence(3), spoken(1.5), silence(3.5));
    const [[start = 0, end = 0] = [], ...others] = spurtsOf(sum(room, talk));
    expect(others).toEqual([]);
    expect(Math.abs(start - 3)).toBeLessThanOrEqual(0.02);
    expect(Math.abs(end - 4.5)).toBeLessThanOrEqual(0.02);
    expect(spurtsOf(spoken(20, -16))).toEqual([[0, 20]]);
  });

  it('hears who is as faint as -45 dBFS where nothing else is to be heard', () => {
    const faint = joined(silence(1), spoken(0.4, -45), noise(second, -65, 3), spoken(0.4, -45));
    expect(spurtsOf(faint)).toEqual([
      [1, 1.4],
      [2.4, 2.8],
    ]);
  });
});

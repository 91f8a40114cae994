import { describe, expect, it } from 'vitest';
import { copySnrDb, createFit, findLag, levelDbfs } from './levels.js';
import { Tone } from './voice.js';

const rateHz = 8000;
const tone = (hz: number, amplitude: number): Int16Array => new Tone({ hz, amplitude, rateHz }).next(rateHz);

describe('levelDbfs', () => {
  it('puts a full-scale sine 3 dB below a full-scale square', () => {
    expect(levelDbfs(tone(1000, 32_767))).toBeCloseTo(-3.01, 1);
    expect(levelDbfs(new Int16Array(100))).toBe(-120);
  });
});

describe('createFit', () => {
  it('finds how much of each voice is in a mix', () => {
    const a = tone(440, 5000);
    const b = tone(700, 5000);
    const weights = createFit([a, b])(a.map((sample, index) => 0.5 * sample - 0.25 * (b[index] ?? 0)));
    expect(weights[0]).toBeCloseTo(0.5, 3);
    expect(weights[1]).toBeCloseTo(-0.25, 3);
  });

  it('gives a silent voice nothing', () => {
    expect([...createFit([new Int16Array(10)])(new Int16Array(10).fill(5))]).toEqual([0]);
  });
});

describe('findLag and copySnrDb', () => {
  const said = Int16Array.from({ length: 2000 }, (_, index) => 3000 * Math.sin(index * index * 0.0007));
  const heard = new Int16Array(2600);
  heard.set(
    said.map((sample) => sample * 0.5),
    321,
  );

  it('finds a delayed copy', () => {
    expect(findLag(said, heard, 600)).toBe(321);
  });

  it('judges a copy by its shape, not its loudness', () => {
    expect(copySnrDb(said, heard.subarray(321, 2321))).toBeGreaterThan(60);
    expect(copySnrDb(said, heard.subarray(322, 2322))).toBeLessThan(10);
  });
});

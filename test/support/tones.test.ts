import { describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { measureTones } from './tones.js';

const rateHz = 8000;
const tone = (hz: number, amplitude: number): Int16Array => new Tone({ hz, amplitude, rateHz }).next(rateHz);
const sum = (a: Int16Array, b: Int16Array): Int16Array => a.map((sample, index) => sample + (b[index] ?? 0));

describe('measureTones', () => {
  it('tells close tones apart, and finds what is not there absent', () => {
    const [low, high, absent] = measureTones(sum(tone(500.3, 8000), tone(511.7, 200)), rateHz, [500.3, 511.7, 523]);
    expect(low?.amplitude).toBeCloseTo(8000, -0.5);
    expect(high?.amplitude).toBeCloseTo(200, -0.5);
    expect(absent?.levelDb).toBeLessThan(-90);
  });
});

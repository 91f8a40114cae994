import { describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { amplitudeOf, createPhasorAt, measureTones } from './tones.js';

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

describe('createPhasorAt', () => {
  it('hears one tone among others of whole periods, and nothing where none is, over many pieces', () => {
    const samples = sum(tone(500.5, 8000), tone(1000, 100));
    const long = Int16Array.from({ length: rateHz * 2 }, (_, index) =>
      Math.round(8000 * Math.sin((Math.PI * 1001 * index) / rateHz)),
    );
    expect(amplitudeOf(createPhasorAt(500.5, rateHz)(long))).toBeCloseTo(8000, 0);
    expect(amplitudeOf(createPhasorAt(501, rateHz)(long))).toBeLessThan(0.1);
    expect(amplitudeOf(createPhasorAt(1000, rateHz)(samples.subarray(0, 8000)))).toBeCloseTo(100, -1);
  });
});

import { describe, expect, it } from 'vitest';
import { tones } from '../../test/support/sound-files.js';
import { amplitudeOf, createPhasorAt } from '../../test/support/tones.js';
import { Resampler } from './resampler.js';

/** In pieces, as they come from a decoder. */
function resampled(samples: Float32Array, fromHz: number, pieceSamples = 1152): Float32Array {
  const resampler = new Resampler(fromHz);
  const pieces: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += pieceSamples) {
    pieces.push(resampler.push(samples.subarray(at, at + pieceSamples)));
  }
  return Float32Array.from([...pieces, resampler.end()].flatMap((piece) => Array.from(piece)));
}

const levelDb = (samples: Float32Array, hz: number): number =>
  20 * Math.log10(amplitudeOf(createPhasorAt(hz, 48_000)(samples)) + 1e-9);

const powerDb = (samples: ArrayLike<number>): number =>
  10 * Math.log10(Array.from(samples).reduce((sum, sample) => sum + sample * sample, 0) / samples.length + 1e-12);

/** Half a second from the middle: whole periods of every multiple of 2 Hz. */
const middle = (samples: Float32Array): Float32Array => samples.subarray(12_000, 36_000);

const rates = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 47_999, 88_200, 96_000, 192_000];

describe('a resampler', () => {
  it.each(rates)('from %d Hz keeps what speech is made of, and adds nothing that is not 60 dB below it', (fromHz) => {
    const spoken = [100, 300, 1000, 3000, 3400].map((hz) => ({ hz, amplitude: 0.15 }));
    const output = middle(resampled(tones(1, fromHz, spoken), fromHz));
    const rest = Float64Array.from(output);
    for (const { hz } of spoken) {
      expect(levelDb(output, hz)).toBeCloseTo(20 * Math.log10(0.15), 1);
      const tone = createPhasorAt(hz, 48_000)(output);
      for (let index = 0; index < rest.length; index++) {
        const angle = (2 * Math.PI * hz * index) / 48_000;
        rest[index] = (rest[index] ?? 0) - tone.real * Math.cos(angle) + tone.imaginary * Math.sin(angle);
      }
    }
    expect(powerDb(rest)).toBeLessThan(powerDb(output) - 60);
  });

  it.each([96_000, 192_000])('from %d Hz folds nothing down from above 24 kHz', (fromHz) => {
    for (const hz of [25_000, 30_000, 44_000]) {
      const output = middle(resampled(tones(1, fromHz, [{ hz, amplitude: 0.5 }]), fromHz));
      expect(powerDb(output)).toBeLessThan(-70);
    }
  });

  it.each(rates)('from %d Hz lasts as long as what it is given, and is on time, in pieces of any length', (fromHz) => {
    const begin = Math.floor(fromHz / 2);
    const step = new Float32Array(fromHz).fill(0.5, begin);
    const whole = resampled(step, fromHz, fromHz);
    expect(whole).toHaveLength(48_000);
    expect(resampled(step, fromHz, 97)).toEqual(whole);
    const rises = whole.findIndex((sample) => sample > 0.25);
    // The next sample after it, within what the nearest phase is off by.
    expect(Math.abs(rises - ((begin - 0.5) * 48_000) / fromHz)).toBeLessThan(1.01);
  });

  it('leaves 48 kHz as it is', () => {
    const samples = tones(0.1, 48_000, [{ hz: 997, amplitude: 1 }]);
    expect(resampled(samples, 48_000)).toEqual(samples);
  });
});

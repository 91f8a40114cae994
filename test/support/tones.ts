/** Finds known tones in what was heard. */
import { createFit, toDb } from '../../src/cli/caller/levels.js';

/** One tone found in a signal. `levelDb` is that of its peak amplitude against full scale. */
export type FoundTone = { readonly hz: number; readonly amplitude: number; readonly levelDb: number };

export type ToneMeter = (samples: Int16Array) => readonly FoundTone[];

/**
 * Amplitudes of tones of known frequency in `count` samples, by least squares over all of them at once: unlike a
 * Goertzel filter each, close tones do not leak into one another, and the length need not fit their periods.
 */
export function createToneMeter(frequenciesHz: readonly number[], rateHz: number, count: number): ToneMeter {
  const wave = (hz: number, shape: (angle: number) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, index) => shape((2 * Math.PI * hz * index) / rateHz));
  const weightsOf = createFit(frequenciesHz.flatMap((hz) => [wave(hz, Math.cos), wave(hz, Math.sin)]));
  return (samples) => {
    const weights = weightsOf(samples);
    return frequenciesHz.map((hz, index) => {
      const amplitude = Math.hypot(weights[index * 2] ?? 0, weights[index * 2 + 1] ?? 0);
      return { hz, amplitude, levelDb: toDb((amplitude / 32_768) ** 2) };
    });
  };
}

export const measureTones = (samples: Int16Array, rateHz: number, frequenciesHz: readonly number[]) =>
  createToneMeter(frequenciesHz, rateHz, samples.length)(samples);

/** A swing as a complex amplitude: how wide, and where in its turn it was at the first sample. */
export type Phasor = { readonly real: number; readonly imaginary: number };

export const amplitudeOf = ({ real, imaginary }: Phasor): number => Math.hypot(real, imaginary);

/** Samples of a wave that are computed once and then turned on, piece by piece. */
const pieceSamples = 4096;

/**
 * Measures what swings at `hz`. When the samples hold whole periods of `hz` and of everything else that is there,
 * nothing else leaks in, however many they are.
 */
export function createPhasorAt(hz: number, rateHz: number): (samples: ArrayLike<number>) => Phasor {
  const step = (2 * Math.PI * hz) / rateHz;
  const cosine = Float64Array.from({ length: pieceSamples }, (_, index) => Math.cos(step * index));
  const sine = Float64Array.from({ length: pieceSamples }, (_, index) => Math.sin(step * index));
  return (samples) => {
    let [real, imaginary] = [0, 0];
    for (let from = 0; from < samples.length; from += pieceSamples) {
      const count = Math.min(pieceSamples, samples.length - from);
      let [along, across] = [0, 0];
      for (let index = 0; index < count; index++) {
        const sample = samples[from + index] ?? 0;
        along += sample * (cosine[index] ?? 0);
        across -= sample * (sine[index] ?? 0);
      }
      const [turnReal, turnImaginary] = [Math.cos(step * from), -Math.sin(step * from)];
      real += along * turnReal - across * turnImaginary;
      imaginary += along * turnImaginary + across * turnReal;
    }
    return { real: (2 * real) / samples.length, imaginary: (2 * imaginary) / samples.length };
  };
}

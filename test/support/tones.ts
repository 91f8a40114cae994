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

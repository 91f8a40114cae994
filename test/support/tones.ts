import { leastSquares, toDb } from '../../src/cli/caller/levels.js';

/** One tone found in a signal. `levelDb` is that of its peak amplitude against full scale. */
export type FoundTone = { readonly hz: number; readonly amplitude: number; readonly levelDb: number };

/**
 * Amplitudes of tones of known frequency, by least squares over all of them at once: unlike a Goertzel filter each,
 * close tones do not leak into one another and the length need not fit their periods.
 */
export function measureTones(samples: Int16Array, rateHz: number, frequenciesHz: readonly number[]): FoundTone[] {
  const basis = frequenciesHz.flatMap((hz) => {
    const step = (2 * Math.PI * hz) / rateHz;
    return [
      Float64Array.from(samples, (_, index) => Math.cos(step * index)),
      Float64Array.from(samples, (_, index) => Math.sin(step * index)),
    ];
  });
  const weights = leastSquares(basis, samples);
  return frequenciesHz.map((hz, index) => {
    const amplitude = Math.hypot(weights[index * 2] ?? 0, weights[index * 2 + 1] ?? 0);
    return { hz, amplitude, levelDb: toDb((amplitude / 32_768) ** 2) };
  });
}

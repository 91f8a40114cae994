/**
 * Chooses tones that can be told from what G.711 makes of one another. Its steps turn a pure tone into odd harmonics
 * without end, folded at half the rate; of tones that are merely spaced, some lie where one 50 dB down falls. So each
 * is put where no strong harmonic of the others is.
 */
import { decodeG711, encodeG711, type G711Law } from '../../src/client/g711.js';

const rateHz = 8000;
const lowestHz = 330;
const highestHz = 3230;

export type ToneSet = {
  /** How each leg's tone is coded on its way in; null where it travels as it is. */
  readonly laws: readonly (G711Law | null)[];
  /** Peak of every tone, in units of a 16-bit sample. */
  readonly amplitude: number;
  /** Samples at 8 kHz over which the tones will be measured; a power of two. */
  readonly windowSamples: number;
  /** Power of all harmonics that fall in the place of one tone, against that tone. */
  readonly pollutionDbMax: number;
};

/** Of a whole number of periods in a window, where it is heard after sampling: 0 to half the window. */
function folded(periods: number, windowSamples: number): number {
  const rest = periods % windowSamples;
  return Math.min(rest, windowSamples - rest);
}

/** In-place discrete Fourier transform, radix 2; the length is a power of two. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const count = real.length;
  for (let index = 1, mirror = 0; index < count; index++) {
    let bit = count >> 1;
    for (; mirror & bit; bit >>= 1) mirror ^= bit;
    mirror ^= bit;
    if (index < mirror) {
      for (const part of [real, imaginary]) [part[index], part[mirror]] = [part[mirror] ?? 0, part[index] ?? 0];
    }
  }
  for (let half = 1; half < count; half *= 2) {
    for (let offset = 0; offset < half; offset++) {
      const [cosine, sine] = [Math.cos((Math.PI * offset) / half), Math.sin((Math.PI * offset) / half)];
      for (let low = offset; low < count; low += half * 2) {
        const high = low + half;
        const [a, b, c, d] = [real[low] ?? 0, imaginary[low] ?? 0, real[high] ?? 0, imaginary[high] ?? 0];
        const [turnedReal, turnedImaginary] = [c * cosine + d * sine, d * cosine - c * sine];
        real[low] = a + turnedReal;
        imaginary[low] = b + turnedImaginary;
        real[high] = a - turnedReal;
        imaginary[high] = b - turnedImaginary;
      }
    }
  }
}

/**
 * Power of each harmonic of a coded tone against the tone's own; the index is the order. A tone of an odd number of
 * periods meets every phase in a window once, so those of one period stand for those of all.
 */
function harmonicsOf(law: G711Law, amplitude: number, windowSamples: number): Float64Array {
  const period = Int16Array.from({ length: windowSamples }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * index) / windowSamples)),
  );
  const real = Float64Array.from(decodeG711(law, encodeG711(law, period)));
  const imaginary = new Float64Array(windowSamples);
  transform(real, imaginary);
  return real
    .subarray(0, windowSamples / 2)
    .map((value, order) => (2 * Math.hypot(value, imaginary[order] ?? 0)) / windowSamples / amplitude)
    .map((share) => share ** 2);
}

/** Frequencies in Hz, ascending, one for each law: the first that will do from its share of the band on. */
export function chooseTones({ laws, amplitude, windowSamples, pollutionDbMax }: ToneSet): readonly number[] {
  const pollutionMax = 10 ** (pollutionDbMax / 10);
  const harmonics = {
    pcmu: harmonicsOf('pcmu', amplitude, windowSamples),
    pcma: harmonicsOf('pcma', amplitude, windowSamples),
  };
  const pollution = new Float64Array(windowSamples / 2 + 1);
  const chosen: number[] = [];

  const pollute = (law: G711Law, periods: number, sign: 1 | -1): void => {
    for (let order = 3; order < windowSamples / 2; order += 2) {
      const place = folded(order * periods, windowSamples);
      // What folds back on itself is a part of the tone.
      if (place !== periods) pollution[place] = (pollution[place] ?? 0) + sign * (harmonics[law][order] ?? 0);
    }
  };
  const isClean = (periods: number): boolean => (pollution[periods] ?? 0) <= pollutionMax;

  laws.forEach((law, index) => {
    // Not evenly either: sums and differences of evenly spaced tones fall on such tones again.
    const scatter = 0.2 + 0.6 * ((index * index * 0.618_034) % 1);
    const nominalHz = lowestHz + (highestHz - lowestHz) * ((index + scatter) / laws.length);
    let periods = Math.ceil((nominalHz * windowSamples) / rateHz);
    for (; ; periods++) {
      if (!isClean(periods)) continue;
      if (law === null) break;
      pollute(law, periods, 1);
      if (chosen.every(isClean)) break;
      pollute(law, periods, -1);
    }
    chosen.push(periods);
  });
  return chosen.map((periods) => (periods * rateHz) / windowSamples);
}

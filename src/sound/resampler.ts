/**
 * From any rate to 48 kHz: a windowed sinc, one phase of it for each place an output sample can have between two of
 * the input. Images and aliases lie 80 dB down but for a band of 4 % of the rate around the edge.
 */
import { assert } from '../base/assert.js';

export const soundRateHz = 48_000;

/** Zero crossings on each side of the sinc, at the lower of both rates. */
const crossings = 32;
/** Shape of the window (Kaiser): 80 dB. */
const windowShape = 8;
const windowPeak = bessel(windowShape);
/** Where it passes half of the amplitude, as a share of half of the lower rate. */
const edge = 0.95;
/** Rates whose ratio to 48 kHz has more phases than this take the nearest: timing is off by 1/8192 of a sample. */
const phasesMax = 4096;

export class Resampler {
  readonly #fromHz: number;
  readonly #half: number;
  readonly #phases: number;
  readonly #taps: Float32Array;
  /** Input from `half` samples before the place of the next output, as far as it came. */
  #input: Float32Array;
  /** Samples of output so far, and of input that is no longer in `#input`. */
  #produced = 0;
  #dropped: number;
  #received = 0;

  /** Hz, at least 1. */
  constructor(fromHz: number) {
    assert(Number.isInteger(fromHz) && fromHz > 0, 'a rate in whole Hz');
    this.#fromHz = fromHz;
    const stretch = Math.max(1, fromHz / soundRateHz);
    this.#half = Math.ceil(crossings * stretch);
    this.#phases = Math.min(phasesMax, soundRateHz / greatestCommonDivisor(fromHz, soundRateHz));
    this.#taps = tapsOf(this.#phases, this.#half, edge / stretch);
    this.#input = new Float32Array(this.#half);
    this.#dropped = -this.#half;
  }

  /** All output that the input so far allows. */
  push(samples: Float32Array): Float32Array {
    this.#received += samples.length;
    if (this.#fromHz === soundRateHz) return samples;
    return this.#resample(samples);
  }

  /** What is still to come, so that the output lasts as long as the input. */
  end(): Float32Array {
    if (this.#fromHz === soundRateHz) return new Float32Array();
    const total = Math.round((this.#received * soundRateHz) / this.#fromHz);
    const left = total - this.#produced;
    return this.#resample(new Float32Array(this.#half + 1)).subarray(0, Math.max(0, left));
  }

  #resample(samples: Float32Array): Float32Array {
    const input = new Float32Array(this.#input.length + samples.length);
    input.set(this.#input);
    input.set(samples, this.#input.length);
    const width = 2 * this.#half;
    const end = this.#dropped + input.length;
    // Output n lies at n * from / 48000; its taps reach `half` samples to either side.
    const ready = Math.ceil(((end - this.#half) * soundRateHz) / this.#fromHz);
    const output = new Float32Array(Math.max(0, ready - this.#produced));
    let count = 0;
    for (; count < output.length; count++) {
      const place = (this.#produced + count) * this.#fromHz;
      const whole = Math.floor(place / soundRateHz);
      const phase = Math.floor(((place - whole * soundRateHz) * this.#phases) / soundRateHz);
      const from = whole - this.#half + 1 - this.#dropped;
      if (from + width > input.length) break;
      output[count] = this.#dot(input, from, phase * width, width);
    }
    this.#produced += count;
    const next = Math.floor((this.#produced * this.#fromHz) / soundRateHz) - this.#half + 1;
    const unused = Math.min(input.length, Math.max(0, next - this.#dropped));
    this.#input = input.slice(unused);
    this.#dropped += unused;
    return output.subarray(0, count);
  }

  #dot(input: Float32Array, from: number, tap: number, width: number): number {
    const taps = this.#taps;
    let sum = 0;
    for (let index = 0; index < width; index++) sum += (input[from + index] ?? 0) * (taps[tap + index] ?? 0);
    return sum;
  }
}

/** Each phase has a sum of 1, so that what does not change comes out as it went in. */
function tapsOf(phases: number, half: number, cutoff: number): Float32Array {
  const width = 2 * half;
  const taps = new Float32Array(phases * width);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let index = 0; index < width; index++) {
      const distance = index - (half - 1) - phase / phases;
      const tap = sinc(cutoff * distance) * kaiser(distance / half);
      taps[phase * width + index] = tap;
      sum += tap;
    }
    for (let index = 0; index < width; index++) {
      const at = phase * width + index;
      taps[at] = (taps[at] ?? 0) / sum;
    }
  }
  return taps;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kaiser = (x: number): number => (Math.abs(x) > 1 ? 0 : bessel(windowShape * Math.sqrt(1 - x * x)) / windowPeak);

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

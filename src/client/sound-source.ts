/** Where what a call says comes from: something whole, or something that comes as it comes; as frames of the call. */
import { readFile } from 'node:fs/promises';
import { frameSamples } from './coding.js';
import { resample } from './resample.js';
import { parseWav, pcmSamples, type Sound } from './wav.js';

/**
 * Samples of one channel at the rate of the call: 16-bit ones, or bytes of such, little-endian. A Node stream and a
 * web stream of bytes are one.
 */
export type SoundStream = AsyncIterable<Int16Array | Uint8Array>;

/** The path of a mono 16-bit WAV file of any rate, a sound of any rate, or a stream at the rate of the call. */
export type SoundSource = string | URL | Sound | SoundStream;

const isStream = (source: SoundSource): source is SoundStream =>
  typeof source === 'object' && Symbol.asyncIterator in source;

export function isSound(source: SoundSource): source is Sound {
  return typeof source === 'object' && 'samples' in source;
}

/** Whole sounds are read; streams are left as they are. Rejects when a file cannot be read, or is none. */
export async function open(source: SoundSource): Promise<Sound | SoundStream> {
  if (typeof source !== 'string' && !(source instanceof URL)) return source;
  return parseWav(await readFile(source), String(source));
}

/** One frame after the other; null: none yet; `end` when there are no more. */
export type FrameSource = {
  readonly next: () => Int16Array | null | 'end';
  /** Nothing more is wanted. */
  readonly stop: () => void;
};

/** `whenMore` is called when there is something again after there was none. Streams that fail end, and throw. */
export function framesOf(
  sound: Sound | SoundStream,
  rateHz: number,
  whenMore: () => void,
  whenFailed: (error: unknown) => void,
): FrameSource {
  if (isStream(sound)) return new StreamFrames(sound, rateHz, whenMore, whenFailed);
  const samples = resample(sound.samples, sound.rateHz, rateHz);
  const count = frameSamples(rateHz);
  let at = 0;
  return {
    next() {
      if (at >= samples.length) return 'end';
      const frame = new Int16Array(count);
      frame.set(samples.subarray(at, at + count));
      at += count;
      return frame;
    },
    stop() {},
  };
}

/** Of a stream this much is kept ahead: it is asked for more when there is less. */
export const streamedMsMax = 1000;

/** Reads on while less than a second is kept. */
class StreamFrames implements FrameSource {
  readonly #frameSamples: number;
  readonly #keptMax: number;
  readonly #whenMore: () => void;
  #pieces: Int16Array[] = [];
  #kept = 0;
  #halfSample: number | null = null;
  #isOver = false;
  #isStopped = false;
  #wasDry = true;
  #wake: () => void = () => {};

  constructor(stream: SoundStream, rateHz: number, whenMore: () => void, whenFailed: (error: unknown) => void) {
    this.#frameSamples = frameSamples(rateHz);
    this.#keptMax = (rateHz * streamedMsMax) / 1000;
    this.#whenMore = whenMore;
    void this.#read(stream).catch(whenFailed);
  }

  next(): Int16Array | null | 'end' {
    if (this.#kept === 0 && this.#isOver) return 'end';
    if (this.#kept < this.#frameSamples && !this.#isOver) {
      this.#wasDry = true;
      return null;
    }
    const frame = new Int16Array(this.#frameSamples);
    let filled = 0;
    for (let piece = this.#pieces[0]; piece !== undefined && filled < frame.length; piece = this.#pieces[0]) {
      const part = piece.subarray(0, frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    this.#kept -= filled;
    this.#wake();
    return frame;
  }

  stop(): void {
    this.#isStopped = true;
    this.#isOver = true;
    this.#pieces = [];
    this.#kept = 0;
    this.#wake();
  }

  async #read(stream: SoundStream): Promise<void> {
    try {
      for await (const piece of stream) {
        if (this.#isStopped) return;
        this.#keep(piece instanceof Int16Array ? piece : this.#samplesOf(piece));
        while (this.#kept >= this.#keptMax && !this.#isStopped) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        if (this.#isStopped) return;
      }
    } catch (error) {
      this.stop();
      throw error;
    }
    this.#isOver = true;
    this.#whenMore();
  }

  #keep(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#pieces.push(samples);
    this.#kept += samples.length;
    if (!this.#wasDry || this.#kept < this.#frameSamples) return;
    this.#wasDry = false;
    this.#whenMore();
  }

  /** A sample may be in two pieces. */
  #samplesOf(piece: Uint8Array): Int16Array {
    const bytes = this.#halfSample === null ? piece : Buffer.concat([Uint8Array.of(this.#halfSample), piece]);
    this.#halfSample = bytes.length % 2 === 0 ? null : (bytes.at(-1) ?? null);
    return pcmSamples(bytes);
  }
}

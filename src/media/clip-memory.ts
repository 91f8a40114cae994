/**
 * The memory of a clip, from the side that writes it: any JavaScript thread, the only one for this clip. What lies
 * where is said in engine-layout-players.ts; the engine plays it (docs/arena.md).
 */
import { assert } from '../base/assert.js';
import { clipHead, clipKinds, clipMagic, clipRateHz, layoutVersion } from './engine-layout.js';
import { placeBlock } from './engine-layout-offsets.js';

const head = placeBlock(clipHead);

/** An hour: the most a clip holds at a time. */
export const clipSamplesMax = clipRateHz * 3600;

/**
 * Frames of 20 ms a stream must be able to hold: the one that is played, what the engine's filters look back to, and
 * the one being written.
 */
export const streamSamplesMin = 4096;

const wordOf = (name: string): number => {
  const field = head.fields.find((candidate) => candidate.name === name);
  assert(field !== undefined, `a clip head has ${name}`);
  return field.offset / 4;
};
const words = {
  capacity: wordOf('capacity_samples'),
  kind: wordOf('kind'),
  withdrawn: wordOf('withdrawn'),
  written: wordOf('written'),
  ended: wordOf('ended'),
  read: wordOf('read'),
} as const;

/** Memory of a clip that is written once from the front. REQUIRES: 0 to clipSamplesMax. */
export function wholeClip(capacitySamples: number): SharedArrayBuffer {
  return clipMemory(capacitySamples, clipKinds.whole);
}

/** Memory of a clip without known end: a ring. REQUIRES: a power of two from streamSamplesMin to clipSamplesMax. */
export function streamClip(capacitySamples: number): SharedArrayBuffer {
  assert(Number.isInteger(Math.log2(capacitySamples)), 'a ring is a power of two');
  assert(capacitySamples >= streamSamplesMin, 'a ring holds a few frames');
  return clipMemory(capacitySamples, clipKinds.stream);
}

function clipMemory(capacitySamples: number, kind: number): SharedArrayBuffer {
  assert(Number.isInteger(capacitySamples) && capacitySamples >= 0, 'samples are counted');
  assert(capacitySamples <= clipSamplesMax, 'a clip is bounded');
  const memory = new SharedArrayBuffer(head.bytes + capacitySamples * 2);
  const fixed = new Uint32Array(memory, 0, head.bytes / 4);
  fixed[wordOf('magic')] = clipMagic;
  fixed[wordOf('version')] = layoutVersion;
  fixed[words.capacity] = capacitySamples;
  fixed[words.kind] = kind;
  return memory;
}

/** Tells all who play the clip, and the one who writes it, that it is given up. Control thread. */
export function withdrawClip(memory: SharedArrayBuffer): void {
  Atomics.store(new Uint32Array(memory, 0, head.bytes / 4), words.withdrawn, 1);
}

/** Writes a clip: 48 kHz, one channel. One writer for a clip, in whatever thread. */
export class ClipWriter {
  readonly #head: Uint32Array<SharedArrayBuffer>;
  readonly #samples: Int16Array<SharedArrayBuffer>;
  readonly #isStream: boolean;
  #written: number;

  /** REQUIRES: memory of wholeClip or streamClip. */
  constructor(memory: SharedArrayBuffer) {
    this.#head = new Uint32Array(memory, 0, head.bytes / 4);
    this.#samples = new Int16Array(memory, head.bytes, this.#head[words.capacity] ?? 0);
    this.#isStream = this.#head[words.kind] === clipKinds.stream;
    this.#written = Atomics.load(this.#head, words.written);
  }

  /** Takes as many from the front of `samples` as there is room for, and says how many. */
  write(samples: Int16Array): number {
    assert(!this.hasEnded(), 'nothing follows the end');
    const taken = Math.min(samples.length, this.room());
    const at = this.#isStream ? this.#written % this.#samples.length : this.#written;
    const first = Math.min(taken, this.#samples.length - at);
    this.#samples.set(samples.subarray(0, first), at);
    this.#samples.set(samples.subarray(first, taken), 0);
    this.#written = (this.#written + taken) >>> 0;
    Atomics.store(this.#head, words.written, this.#written);
    return taken;
  }

  /** Samples that could be written now; of a stream it grows as it is played. */
  room(): number {
    const behind = this.#isStream ? Atomics.load(this.#head, words.read) : 0;
    return this.#samples.length - ((this.#written - behind) >>> 0);
  }

  /** No more will be written: what is there is all of it, and may be looped. */
  end(): void {
    Atomics.store(this.#head, words.ended, 1);
  }

  hasEnded(): boolean {
    return Atomics.load(this.#head, words.ended) === 1;
  }

  /** Nobody will hear what is written from now on. */
  isWithdrawn(): boolean {
    return Atomics.load(this.#head, words.withdrawn) === 1;
  }
}

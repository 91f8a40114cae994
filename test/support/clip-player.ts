/** Plays the memory of a clip as the engine does, but as fast as it is written. */
import { assert } from '../../src/base/assert.js';
import { clipHead, clipKinds } from '../../src/media/engine-layout.js';
import { placeBlock } from '../../src/media/engine-layout-offsets.js';

const head = placeBlock(clipHead);
const wordOf = (name: string): number => {
  const field = head.fields.find((candidate) => candidate.name === name);
  assert(field !== undefined, `a clip head has ${name}`);
  return field.offset / 4;
};
const words = {
  capacity: wordOf('capacity_samples'),
  kind: wordOf('kind'),
  written: wordOf('written'),
  ended: wordOf('ended'),
  read: wordOf('read'),
};

export class ClipPlayer {
  readonly #head: Uint32Array<SharedArrayBuffer>;
  readonly #samples: Int16Array<SharedArrayBuffer>;
  #read = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#head = new Uint32Array(memory, 0, head.bytes / 4);
    this.#samples = new Int16Array(memory, head.bytes, this.#head[words.capacity] ?? 0);
  }

  /** All that was written since, at most `count`. */
  play(count = Number.POSITIVE_INFINITY): Int16Array {
    const written = Atomics.load(this.#head, words.written);
    const ready = Math.min(count, (written - this.#read) >>> 0);
    const capacity = this.#samples.length;
    const heard = Int16Array.from({ length: ready }, (_, index) => this.#samples[(this.#read + index) % capacity] ?? 0);
    this.#read = (this.#read + ready) >>> 0;
    if (this.#head[words.kind] === clipKinds.stream) Atomics.store(this.#head, words.read, this.#read);
    return heard;
  }

  hasEnded(): boolean {
    return Atomics.load(this.#head, words.ended) === 1 && this.#read === Atomics.load(this.#head, words.written);
  }
}

export function concatenated(pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

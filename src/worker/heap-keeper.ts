/** What jobs leave behind in a thread's heap, collected before V8 would. */

export type Heap = {
  /** Taken by what lives and by what nobody has collected yet. */
  readonly usedBytes: () => number;
  readonly collect: () => Promise<void>;
};

/** A thread's heap may hold so much that is left behind. */
export const leftBytesMax = 4 * 2 ** 20;

/**
 * V8 marks a heap when it has grown to two and a half times what lived: jobs that come now and then take half an hour
 * to that, and the memory of the process rises all the while.
 */
export class HeapKeeper {
  readonly #heap: Heap;
  #livingBytes: number;
  #running = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#livingBytes = heap.usedBytes();
  }

  /** Runs a job, and collects behind it what is left by then, when no other runs: what those hold is not left. */
  async after<T>(job: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await job();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const usedBytes = this.#heap.usedBytes();
    // Less, when V8 has collected by itself.
    this.#livingBytes = Math.min(this.#livingBytes, usedBytes);
    if (usedBytes - this.#livingBytes <= leftBytesMax) return;
    // Where it is refused, V8 goes on doing it when it likes.
    await this.#heap.collect().catch(() => {});
    this.#livingBytes = this.#heap.usedBytes();
  }
}

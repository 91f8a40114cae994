/** Where a caller's words come from: whatever is to be said next, one 20 ms frame at a time, silence between. */

export type Voice = {
  /** Exactly `count` samples; null when there is nothing to say and a silent frame is as good. */
  next(count: number): Int16Array | null;
};

type Words = {
  readonly samples: Int16Array;
  at: number;
  readonly whenStarted: () => void;
  readonly whenDone: () => void;
};

/** Says what it is told to, in order, each once. */
export class Speech implements Voice {
  readonly #queue: Words[] = [];

  /** `started` resolves when the first sample is taken, `done` when the last one is. */
  say(samples: Int16Array): { readonly started: Promise<void>; readonly done: Promise<void> } {
    let whenStarted = (): void => {};
    const started = new Promise<void>((resolve) => {
      whenStarted = resolve;
    });
    const done = new Promise<void>((resolve) => {
      this.#queue.push({ samples, at: 0, whenStarted, whenDone: resolve });
    });
    return { started, done };
  }

  next(count: number): Int16Array | null {
    if (this.#queue.length === 0) return null;
    const frame = new Int16Array(count);
    let filled = 0;
    for (let words = this.#queue[0]; words !== undefined && filled < count; words = this.#queue[0]) {
      if (words.at === 0) words.whenStarted();
      const piece = words.samples.subarray(words.at, words.at + count - filled);
      frame.set(piece, filled);
      filled += piece.length;
      words.at += piece.length;
      if (words.at < words.samples.length) break;
      words.whenDone();
      this.#queue.shift();
    }
    return frame;
  }
}

/** A pure tone for ever; `amplitude` is the peak, in units of a 16-bit sample. */
export class Tone implements Voice {
  readonly #step: number;
  readonly #amplitude: number;
  #index = 0;

  constructor(tone: { readonly hz: number; readonly amplitude: number; readonly rateHz: number }) {
    this.#step = (2 * Math.PI * tone.hz) / tone.rateHz;
    this.#amplitude = tone.amplitude;
  }

  next(count: number): Int16Array {
    return Int16Array.from({ length: count }, () => Math.round(this.#amplitude * Math.sin(this.#step * this.#index++)));
  }
}

/** Where a caller's words come from: whatever is to be said next, one 20 ms frame at a time, silence between. */

export type Voice = {
  /** Exactly `count` samples; null when there is nothing to say and a silent frame is as good. */
  next(count: number): Int16Array | null;
};

/** Says what it is told to, in order, each once. */
export class Speech implements Voice {
  #queue: { readonly samples: Int16Array; at: number; readonly done: () => void }[] = [];

  /** Resolves when the last sample has been taken. */
  say(samples: Int16Array): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push({ samples, at: 0, done: resolve });
    });
  }

  next(count: number): Int16Array | null {
    if (this.#queue.length === 0) return null;
    const frame = new Int16Array(count);
    let filled = 0;
    for (let part = this.#queue[0]; part !== undefined && filled < count; part = this.#queue[0]) {
      const piece = part.samples.subarray(part.at, part.at + count - filled);
      frame.set(piece, filled);
      filled += piece.length;
      part.at += piece.length;
      if (part.at < part.samples.length) break;
      part.done();
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

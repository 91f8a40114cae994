/** Whether this process was held up: who was cannot say what it heard when. */
import { every, monotonicNowMs } from '../../src/cli/caller/monotonic.js';

/** Longer than that, and a measurement of some ten milliseconds says nothing. */
export const heldUpMs = 30;

export class Pulse {
  #lastMs = monotonicNowMs();
  #longestMs = 0;
  readonly stop = every(5, () => {
    const nowMs = monotonicNowMs();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  });

  /** How long it was held up at most, since it was asked last. */
  longestMs(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }
}

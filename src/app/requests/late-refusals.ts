/**
 * A refusal is cheap but not free: who goes on asking is answered late, so that what clients keep open waits for it
 * (calls of a connection, connections of an address) and a flood becomes as slow as its refusals.
 */
import type { Clock } from '../../base/ports.js';

/** Refusals a second that are answered at once: a quarter of what is allowed, and never fewer. */
export const refusalsPerSecondMin = 50;
/** So much of them may come together. */
const refusalsAtOnceMs = 1000;
/** No refusal waits longer. */
export const refusalMsMax = 5000;
/** Accounts and addresses that are remembered. */
export const refusedMax = 10_000;

export class LateRefusals {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** When the next refusal is due, by account or address; the one used longest ago first. */
  readonly #dueMs = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** After how many ms one more refusal is to be said to `who`, which may ask so often a second. */
  answerAfterMs(who: string, perSecond: number): number {
    const nowMs = this.#clock.monotonic();
    const stepMs = 1000 / Math.max(refusalsPerSecondMin, perSecond / 4);
    const dueMs = Math.min(Math.max(this.#dueMs.get(who) ?? 0, nowMs) + stepMs, nowMs + refusalMsMax);
    this.#dueMs.delete(who);
    this.#dueMs.set(who, dueMs);
    if (this.#dueMs.size > refusedMax) {
      const [oldest] = this.#dueMs.keys();
      if (oldest !== undefined) this.#dueMs.delete(oldest);
    }
    return dueMs - nowMs <= refusalsAtOnceMs ? 0 : Math.ceil(dueMs - nowMs);
  }
}

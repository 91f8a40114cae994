/** Time that passes only when a test says so. */
import { type EpochMs, epochMs, type MonotonicMs, monotonicMs } from '../../src/base/brands.js';
import type { Cancel, Clock } from '../../src/base/ports.js';

type Timer = { readonly dueMs: number; readonly action: () => void };

export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;

  /** `startMs` is the first reading of the wall clock. */
  constructor(startMs = 1_712_255_535_000) {
    this.#startMs = startMs;
  }

  now(): EpochMs {
    return epochMs(this.#startMs + this.#elapsedMs);
  }

  monotonic(): MonotonicMs {
    return monotonicMs(this.#elapsedMs);
  }

  after(delayMs: number, action: () => void): Cancel {
    const timer = { dueMs: this.#elapsedMs + delayMs, action };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers not yet due. */
  pending(): number {
    return this.#timers.size;
  }

  /** Runs what becomes due, in the order of time, and lets promises settle after each. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    for (;;) {
      await settled();
      const next = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > untilMs) break;
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.action();
    }
    this.#elapsedMs = untilMs;
    await settled();
  }
}

/** Resolves when every promise that can settle without time has. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * How many requests somebody may make: a bucket for each, filled at a steady rate, so that a burst is let through and
 * a flood of one is no affair of the others. In the time of the clock it is given.
 */
import type { Clock } from '../base/ports.js';

export type Allowed = {
  /** Requests a second in the long run; 0: as many as anybody likes. */
  readonly perSecond: number;
  /** That may come at once, after a pause. */
  readonly burst: number;
};

type Bucket = { tokens: number; atMs: number };

export class Allowance<Key extends string> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #allowedOf: (key: Key) => Allowed;
  readonly #keysMax: number;
  /** The one that was used longest ago first. */
  readonly #buckets = new Map<Key, Bucket>();

  /** Of more than `keysMax` those used longest ago are forgotten. Left out: their number is bounded by itself. */
  constructor(
    clock: Pick<Clock, 'monotonic'>,
    allowedOf: (key: Key) => Allowed,
    keysMax: number = Number.POSITIVE_INFINITY,
  ) {
    this.#clock = clock;
    this.#allowedOf = allowedOf;
    this.#keysMax = keysMax;
  }

  /** 0 when the request may be made, which is counted; else in how many seconds the next may, 1 or more. */
  take(key: Key): number {
    const waitSeconds = this.waitSeconds(key);
    const bucket = this.#buckets.get(key);
    if (waitSeconds === 0 && bucket !== undefined) bucket.tokens -= 1;
    return waitSeconds;
  }

  /** As `take`, and nothing is counted. */
  waitSeconds(key: Key): number {
    const { perSecond, burst } = this.#allowedOf(key);
    if (perSecond === 0) return 0;
    const nowMs = this.#clock.monotonic();
    const { tokens, atMs } = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    const filled = Math.min(burst, tokens + ((nowMs - atMs) / 1000) * perSecond);
    this.#keep(key, { tokens: filled, atMs: nowMs });
    return filled >= 1 ? 0 : Math.max(1, Math.ceil((1 - filled) / perSecond));
  }

  /** How many are known. */
  size(): number {
    return this.#buckets.size;
  }

  #keep(key: Key, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= this.#keysMax) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/**
 * How many requests an account may make: a bucket for each, filled at a steady rate, so that a burst is let through and
 * a flood of one account is no affair of the others. In the time of the clock it is given.
 */
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';

export type Allowed = {
  /** Requests a second in the long run; 0: as many as anybody likes. */
  readonly perSecond: number;
  /** That may come at once, after a pause. */
  readonly burst: number;
};

export class Allowance {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #allowedOf: (accountSid: AccountSid) => Allowed;
  /** One for each account that is configured at most. */
  readonly #buckets = new Map<AccountSid, { tokens: number; atMs: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>, allowedOf: (accountSid: AccountSid) => Allowed) {
    this.#clock = clock;
    this.#allowedOf = allowedOf;
  }

  /** 0 when the request may be made, which is counted; else in how many seconds the next may, 1 or more. */
  take(accountSid: AccountSid): number {
    const { perSecond, burst } = this.#allowedOf(accountSid);
    if (perSecond === 0) return 0;
    const nowMs = this.#clock.monotonic();
    const bucket = this.#buckets.get(accountSid) ?? { tokens: burst, atMs: nowMs };
    this.#buckets.set(accountSid, bucket);
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
  }
}

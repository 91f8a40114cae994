/**
 * How many callbacks of an account are sent: a burst at once, and then so many a second. Those that are too many get a
 * time each, one after the other, so that they come back at the rate at which they may go.
 */
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { Allowance, type Allowed } from '../allowance.js';

export class AccountPace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #allowedOf: (accountSid: AccountSid) => Allowed;
  readonly #allowance: Allowance<AccountSid>;
  /** When the next that is too many may come back, by account; one for each that is configured at most. */
  readonly #nextMs = new Map<AccountSid, number>();

  constructor(clock: Pick<Clock, 'monotonic'>, allowedOf: (accountSid: AccountSid) => Allowed) {
    this.#clock = clock;
    this.#allowedOf = allowedOf;
    this.#allowance = new Allowance(clock, allowedOf);
  }

  /** 0: it may be sent, which is counted; else after how many ms to ask again. */
  waitMs(accountSid: AccountSid): number {
    if (this.#allowance.take(accountSid) === 0) return 0;
    const nowMs = this.#clock.monotonic();
    const stepMs = 1000 / this.#allowedOf(accountSid).perSecond;
    const atMs = Math.max(this.#nextMs.get(accountSid) ?? 0, nowMs) + stepMs;
    this.#nextMs.set(accountSid, atMs);
    return atMs - nowMs;
  }
}

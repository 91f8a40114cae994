/**
 * How much an account may ask of the API: so many requests a second on both faces together, and over gRPC so many calls
 * and streams at once. Whoever asks without an account is counted by address.
 */
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { Allowance, type Allowed } from '../allowance.js';
import { networkOf } from '../failed-logins.js';
import type { Metrics } from '../metrics.js';
import { LateRefusals } from './late-refusals.js';
import type { ApiFace } from './request-metrics.js';

/** Addresses without an account that are remembered. */
export const visitorsMax = 10_000;
/** Calls of one account that may be under way over gRPC, streams left out. */
export const callsAtOnceMax = 1000;

export type RequestLimitsParts = {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly metrics: Metrics;
  readonly allowedOf: (accountSid: AccountSid) => Allowed;
  /** Of one address without an account. */
  readonly visitorsAllowed: () => Allowed;
  /** Null: as many as there is room for. */
  readonly streamsMaxOf: (accountSid: AccountSid) => number | null;
};

/** Code 20429. */
export type TooMany = {
  /** That it may make in the long run. */
  readonly perSecond: number;
  /** In how many seconds the next may come, 1 or more. */
  readonly retryAfterSeconds: number;
  /** After how many ms this is to be said. */
  readonly answerAfterMs: number;
};

/** What of an account is counted while it lasts. */
export type Lasting = 'calls' | 'streams';

/** Code 16021: so many are under way. */
export type TooManyAtOnce = { readonly what: Lasting; readonly max: number };

export class RequestLimits {
  readonly #parts: RequestLimitsParts;
  readonly #accounts: Allowance<AccountSid>;
  readonly #visitors: Allowance<string>;
  readonly #late: LateRefusals;
  /** How many there are; none is left out. */
  readonly #lasting = { calls: new Map<AccountSid, number>(), streams: new Map<AccountSid, number>() };

  constructor(parts: RequestLimitsParts) {
    this.#parts = parts;
    this.#late = new LateRefusals(parts.clock);
    this.#accounts = new Allowance(parts.clock, parts.allowedOf);
    this.#visitors = new Allowance(parts.clock, parts.visitorsAllowed, visitorsMax);
  }

  /** Null: it may, which is counted. */
  ofAccount(face: ApiFace, accountSid: AccountSid): TooMany | null {
    const retryAfterSeconds = this.#accounts.take(accountSid);
    if (retryAfterSeconds === 0) return null;
    this.#parts.metrics.count('parley_account_limits_reached_total', { account: accountSid, limit: 'requests' });
    return this.#refused(face, accountSid, retryAfterSeconds, this.#parts.allowedOf(accountSid));
  }

  /** As `ofAccount`, for whoever needs none. */
  ofVisitor(face: ApiFace, address: string): TooMany | null {
    const network = networkOf(address);
    const retryAfterSeconds = this.#visitors.take(network);
    if (retryAfterSeconds === 0) return null;
    return this.#refused(face, network, retryAfterSeconds, this.#parts.visitorsAllowed());
  }

  /** One more begins: `end` is to be called once when it is over. */
  begin(accountSid: AccountSid, what: Lasting): TooManyAtOnce | null {
    const max = what === 'calls' ? callsAtOnceMax : this.#parts.streamsMaxOf(accountSid);
    const count = this.#lasting[what].get(accountSid) ?? 0;
    if (max !== null && count >= max) {
      const limit = what === 'calls' ? 'rpcs' : what;
      this.#parts.metrics.count('parley_account_limits_reached_total', { account: accountSid, limit });
      return { what, max };
    }
    this.#lasting[what].set(accountSid, count + 1);
    return null;
  }

  end(accountSid: AccountSid, what: Lasting): void {
    const count = (this.#lasting[what].get(accountSid) ?? 1) - 1;
    if (count > 0) this.#lasting[what].set(accountSid, count);
    else this.#lasting[what].delete(accountSid);
  }

  #refused(face: ApiFace, who: string, retryAfterSeconds: number, { perSecond }: Allowed): TooMany {
    const { metrics } = this.#parts;
    metrics.count('parley_api_rate_limited_total', { face });
    const answerAfterMs = this.#late.answerAfterMs(who, perSecond);
    if (answerAfterMs > 0) metrics.count('parley_api_refusals_postponed_total', { face });
    return { perSecond, retryAfterSeconds, answerAfterMs };
  }
}

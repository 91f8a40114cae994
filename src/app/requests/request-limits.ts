/**
 * How much an account may ask of the API: so many requests a second on both faces together, and over gRPC so many calls
 * and streams at once. Whoever asks without an account is counted by address.
 *
 * A refusal is cheap but not free: who goes on asking is answered late, so that what clients keep open waits for it
 * (calls of a connection, connections of an address) and the flood becomes as slow as its refusals.
 */
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { Allowance, type Allowed } from '../allowance.js';
import { networkOf } from '../failed-logins.js';
import type { Metrics } from '../metrics.js';
import type { ApiFace } from './request-metrics.js';

/** Refusals a second that are answered at once: a quarter of what is allowed, and never fewer. */
export const refusalsPerSecondMin = 50;
/** So much of them may come together. */
const refusalsAtOnceMs = 1000;
/** No refusal waits longer. */
export const refusalMsMax = 5000;
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
  /** When the next refusal is due, by account or address; the one used longest ago first. */
  readonly #refusalsDueMs = new Map<string, number>();
  /** How many there are; none is left out. */
  readonly #lasting = { calls: new Map<AccountSid, number>(), streams: new Map<AccountSid, number>() };

  constructor(parts: RequestLimitsParts) {
    this.#parts = parts;
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
    const answerAfterMs = this.#answerAfterMs(who, perSecond);
    if (answerAfterMs > 0) metrics.count('parley_api_refusals_postponed_total', { face });
    return { perSecond, retryAfterSeconds, answerAfterMs };
  }

  #answerAfterMs(who: string, perSecond: number): number {
    const nowMs = this.#parts.clock.monotonic();
    const stepMs = 1000 / Math.max(refusalsPerSecondMin, perSecond / 4);
    const dueMs = Math.min(Math.max(this.#refusalsDueMs.get(who) ?? 0, nowMs) + stepMs, nowMs + refusalMsMax);
    this.#refusalsDueMs.delete(who);
    this.#refusalsDueMs.set(who, dueMs);
    if (this.#refusalsDueMs.size > visitorsMax) {
      const [oldest] = this.#refusalsDueMs.keys();
      if (oldest !== undefined) this.#refusalsDueMs.delete(oldest);
    }
    return dueMs - nowMs <= refusalsAtOnceMs ? 0 : Math.ceil(dueMs - nowMs);
  }
}

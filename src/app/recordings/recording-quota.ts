/** The recordings of each account that run, and those about to. */
import type { AccountSid, RecordingSid } from '../../base/brands.js';
import { type AccountLimitReached, Holdings } from '../account-limits.js';
import type { Metrics } from '../metrics.js';

export class RecordingQuota {
  /** Null: as many as there are recorders. */
  readonly #maxOf: (accountSid: AccountSid) => number | null;
  readonly #metrics: Metrics;
  readonly #running = new Holdings<RecordingSid>();

  constructor(maxOf: (accountSid: AccountSid) => number | null, metrics: Metrics) {
    this.#maxOf = maxOf;
    this.#metrics = metrics;
  }

  /** Why another must not begin, which is counted; null: it may. */
  refusal(accountSid: AccountSid): AccountLimitReached | null {
    const max = this.#maxOf(accountSid);
    if (max === null || this.#running.count(accountSid) < max) return null;
    this.#metrics.count('parley_account_limits_reached_total', { account: accountSid, limit: 'recordings' });
    return { kind: 'account-limit', what: 'recordings', max };
  }

  take(accountSid: AccountSid, sid: RecordingSid): void {
    this.#running.add(accountSid, sid);
  }

  /** It runs no more, or never did. */
  release(accountSid: AccountSid, sid: RecordingSid): void {
    this.#running.remove(accountSid, sid);
  }
}

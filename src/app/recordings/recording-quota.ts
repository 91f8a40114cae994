/** The recordings of each account that run, and those about to. */
import type { AccountSid, RecordingSid } from '../../base/brands.js';
import { type AccountLimitReached, Holdings } from '../account-limits.js';

export class RecordingQuota {
  /** Null: as many as there are recorders. */
  readonly #maxOf: (accountSid: AccountSid) => number | null;
  readonly #running = new Holdings<RecordingSid>();

  constructor(maxOf: (accountSid: AccountSid) => number | null) {
    this.#maxOf = maxOf;
  }

  /** Why another must not begin; null: it may. */
  refusal(accountSid: AccountSid): AccountLimitReached | null {
    const max = this.#maxOf(accountSid);
    return max === null || this.#running.count(accountSid) < max
      ? null
      : { kind: 'account-limit', what: 'recordings', max };
  }

  take(accountSid: AccountSid, sid: RecordingSid): void {
    this.#running.add(accountSid, sid);
  }

  /** It runs no more, or never did. */
  release(accountSid: AccountSid, sid: RecordingSid): void {
    this.#running.remove(accountSid, sid);
  }
}

/**
 * Which accounts have series of their own in the metrics: as many as the configuration allows, in its order. The others
 * are counted together, so that the number of series is bounded whatever the number of accounts is.
 */
import type { AccountSid } from '../../base/brands.js';

/** Label values of metrics that are counted for each account: by sid when it is counted, by name when it is shown. */
export const accountNames = 'names of accounts';

/** Those without a series of their own. */
export const otherAccounts = 'other';

type NamedAccount = { readonly sid: AccountSid; readonly name: string };

export class AccountSeries {
  readonly #max: number;
  /** Who has a series keeps it: one that came and went would look as if the counter had been set back. */
  readonly #nameOf = new Map<AccountSid, string>();
  #names: readonly string[] = [otherAccounts];

  /** `max`: accounts with series of their own; 0: none. */
  constructor(max: number) {
    this.#max = max;
  }

  /** At the start, and after each change of the accounts. Accounts of one name share a series. */
  configure(accounts: readonly NamedAccount[]): void {
    for (const { sid, name } of accounts) {
      if (this.#nameOf.has(sid) || this.#nameOf.size < this.#max) this.#nameOf.set(sid, name);
    }
    this.#names = [...new Set([...this.#nameOf.values(), otherAccounts])];
  }

  nameOf(accountSid: string): string {
    return this.#nameOf.get(accountSid as AccountSid) ?? otherAccounts;
  }

  names(): readonly string[] {
    return this.#names;
  }
}

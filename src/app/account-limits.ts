/** What an account may have at once and may ask for, so that no customer takes what others need (DESIGN §7). */
import type { AccountSid } from '../base/brands.js';
import type { Allowed } from './allowance.js';

export type AccountLimits = {
  /** Conferences at once, those coming to be included; null, here and below: as many as there is room for. */
  readonly conferencesMax: number | null;
  /** Calls at once, those being dialed included. */
  readonly callsMax: number | null;
  /** Documents asked for. */
  readonly documents: Allowed;
  /** Callbacks sent. */
  readonly callbacks: Allowed;
};

export type AccountLimitsOf = (accountSid: AccountSid) => AccountLimits;

const freely: Allowed = { perSecond: 0, burst: 0 };

export const noLimits: AccountLimits = {
  conferencesMax: null,
  callsMax: null,
  documents: freely,
  callbacks: freely,
};

/** Code 16021: it has as many as it may. */
export type AccountLimitReached = {
  readonly kind: 'account-limit';
  readonly what: 'conferences' | 'calls' | 'recordings';
  readonly max: number;
};

/** What of an account is there at once, each under a name of its own. */
export class Holdings<Key extends string> {
  readonly #of = new Map<AccountSid, Set<Key>>();

  count(accountSid: AccountSid): number {
    return this.#of.get(accountSid)?.size ?? 0;
  }

  add(accountSid: AccountSid, key: Key): void {
    const held = this.#of.get(accountSid) ?? new Set();
    this.#of.set(accountSid, held);
    held.add(key);
  }

  /** What is not there is none the less gone. */
  remove(accountSid: AccountSid, key: Key): void {
    const held = this.#of.get(accountSid);
    held?.delete(key);
    if (held?.size === 0) this.#of.delete(accountSid);
  }
}

/**
 * Who makes calls for an account: call-control services that are subscribed, each in its turn, and where there are none
 * the account's own URL. What nobody has taken up yet is given to another when its originator goes away.
 */
import type { AccountSid, CallSid } from '../../base/brands.js';
import type { Trace } from '../../base/trace.js';
import type { CallOutcome } from '../../callbacks/call-progress.js';
import type { Origination } from './origination.js';

/** What an originator is told, and what it came of: left out, a trace begins. */
export type Order = { readonly trace?: Trace } & (
  | Originate
  /** Nobody waits for it any more: hang up. */
  | { readonly kind: 'withdraw'; readonly origination: Origination; readonly outcome: CallOutcome }
);

/** Make this call, and report what comes of it. It may be asked for more than once. */
type Originate = { readonly kind: 'originate'; readonly origination: Origination };

export type TellOriginator = (order: Order) => void;

type Subscriber = { readonly accountSid: AccountSid; readonly tell: TellOriginator };

/** Streams of one account. */
export const originatorsMax = 64;

export class Originators {
  readonly #byUrl: (order: Order) => boolean;
  /** The one that was given something longest ago first. */
  readonly #subscribers = new Map<AccountSid, Set<Subscriber>>();
  /** Null: the URL of the account was asked. */
  readonly #given = new Map<CallSid, Subscriber | null>();
  #count = 0;

  /** `byUrl`: tells the URL of the account; false when it has none. */
  constructor(byUrl: (order: Order) => boolean) {
    this.#byUrl = byUrl;
  }

  count(): number {
    return this.#count;
  }

  hasStream(accountSid: AccountSid): boolean {
    return (this.#subscribers.get(accountSid)?.size ?? 0) > 0;
  }

  /** Null when the account has as many as it may. `orphaned`: calls that were given to it when it goes away. */
  add(
    accountSid: AccountSid,
    tell: TellOriginator,
    orphaned: (calls: readonly CallSid[]) => void,
  ): (() => void) | null {
    const all = this.#subscribers.get(accountSid) ?? new Set();
    if (all.size >= originatorsMax) return null;
    const subscriber: Subscriber = { accountSid, tell };
    this.#subscribers.set(accountSid, all.add(subscriber));
    this.#count += 1;
    return () => {
      if (!all.delete(subscriber)) return;
      this.#count -= 1;
      const calls = [...this.#given].flatMap(([callSid, given]) => (given === subscriber ? [callSid] : []));
      for (const callSid of calls) this.#given.delete(callSid);
      orphaned(calls);
    };
  }

  /** False when there is nobody to make it now. */
  give(origination: Origination, trace?: Trace): boolean {
    const { accountSid, callSid } = origination;
    const order: Order = { kind: 'originate', origination, ...(trace === undefined ? {} : { trace }) };
    const all = this.#subscribers.get(accountSid) ?? new Set();
    const [next] = all;
    if (next === undefined) {
      const isAsked = this.#byUrl(order);
      if (isAsked) this.#given.set(callSid, null);
      return isAsked;
    }
    all.delete(next);
    all.add(next);
    this.#given.set(callSid, next);
    next.tell(order);
    return true;
  }

  isGiven(callSid: CallSid): boolean {
    return this.#given.has(callSid);
  }

  /** Whoever makes it need not go on; nobody is told where nobody was asked. */
  withdraw(origination: Origination, outcome: CallOutcome, trace?: Trace): void {
    const order: Order = { kind: 'withdraw', origination, outcome, ...(trace === undefined ? {} : { trace }) };
    const given = this.#given.get(origination.callSid);
    if (given === null) this.#byUrl(order);
    else given?.tell(order);
    this.forget(origination.callSid);
  }

  forget(callSid: CallSid): void {
    this.#given.delete(callSid);
  }
}

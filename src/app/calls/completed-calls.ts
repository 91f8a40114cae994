/**
 * Calls that are over, the oldest forgotten first. A daemon keeps nothing else of its conferences for so long, and so a
 * call has no key but its own sid.
 */
import type { AccountSid, CallSid } from '../../base/brands.js';
import type { CallView } from '../application.js';

export const completedCallsMax = 10_000;

export class CompletedCalls {
  readonly #ofAccount = new Map<AccountSid, Map<CallSid, CallView>>();
  /** In the order of ending, as a ring: those that were dialled again since, too. */
  readonly #views: CallView[] = [];
  readonly #accounts: AccountSid[] = [];
  #next = 0;

  /** False when another was forgotten for it. */
  add(accountSid: AccountSid, view: CallView): boolean {
    const forgets = this.#forgetAt(this.#next);
    this.#views[this.#next] = view;
    this.#accounts[this.#next] = accountSid;
    this.#next = (this.#next + 1) % completedCallsMax;
    const calls = this.#ofAccount.get(accountSid);
    if (calls === undefined) this.#ofAccount.set(accountSid, new Map([[view.callSid, view]]));
    else calls.set(view.callSid, view);
    return !forgets;
  }

  /** It is dialled again. */
  remove(accountSid: AccountSid, callSid: CallSid): void {
    const calls = this.#ofAccount.get(accountSid);
    calls?.delete(callSid);
    if (calls?.size === 0) this.#ofAccount.delete(accountSid);
  }

  view(accountSid: AccountSid, callSid: CallSid): CallView | null {
    return this.#ofAccount.get(accountSid)?.get(callSid) ?? null;
  }

  ofAccount(accountSid: AccountSid): Iterable<CallView> {
    return this.#ofAccount.get(accountSid)?.values() ?? [];
  }

  #forgetAt(place: number): boolean {
    const [view, accountSid] = [this.#views[place], this.#accounts[place]];
    if (view === undefined || accountSid === undefined || this.view(accountSid, view.callSid) !== view) return false;
    this.remove(accountSid, view.callSid);
    return true;
  }
}

/** The rpcs under way, each with what it was let in by: when that opens nothing any more, they end. */
import type { AccountSid } from '../../base/brands.js';

type Standing = {
  readonly accountSid: AccountSid;
  /** What would be let in now. */
  readonly opens: () => AccountSid | null;
  readonly end: () => void;
};

/** Bounded by the streams that connections may have. */
export class StandingCalls {
  readonly #calls = new Set<Standing>();

  /** Returns what is to be called when it is over. */
  add(call: Standing): () => void {
    this.#calls.add(call);
    return () => this.#calls.delete(call);
  }

  /** Accounts have changed: those who would not be let in now, or elsewhere, are sent away. */
  lookAgain(): void {
    for (const call of [...this.#calls]) {
      if (call.opens() === call.accountSid) continue;
      this.#calls.delete(call);
      call.end();
    }
  }
}

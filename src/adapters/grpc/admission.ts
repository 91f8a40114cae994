/** Who may call now: what a call is refused for, and what it counts as, is settled from its head. */
import type { FailedLogins } from '../../app/failed-logins.js';
import type { Lasting, RequestLimits } from '../../app/requests/request-limits.js';
import { isOpenToAll, unauthenticated } from './authentication.js';
import type { ComingCall } from './coming-call.js';
import type { Failure } from './failure.js';
import { tooMany, tooManyAtOnce, tooManyFailed } from './too-many.js';

type Asking = Pick<ComingCall, 'path' | 'isUnary' | 'accountSid' | 'from'>;

export type Refusal = {
  readonly failure: Failure;
  /** After how many ms it is to be said. */
  readonly afterMs: number;
};

export class Admission {
  readonly #logins: FailedLogins | null;
  readonly #limits: RequestLimits | null;

  /** `logins`: null counts no wrong credentials. `limits`: null lets everybody ask as much as he likes. */
  constructor(logins: FailedLogins | null, limits: RequestLimits | null) {
    this.#logins = logins;
    this.#limits = limits;
  }

  /** Null: it may come in, which is counted, and `leave` is to be called once when it is over. */
  refusalOf(call: Asking): Refusal | null {
    const { path, accountSid, from } = call;
    if (accountSid === null) return isOpenToAll(path) ? this.#ofVisitor(from) : this.#ofStranger(from);
    const refused = this.#limits?.ofAccount('grpc', accountSid) ?? null;
    if (refused !== null) return { failure: tooMany(refused), afterMs: refused.answerAfterMs };
    const full = this.#limits?.begin(accountSid, lastingOf(call)) ?? null;
    return full === null ? null : { failure: tooManyAtOnce(full), afterMs: 0 };
  }

  leave(call: Asking): void {
    if (call.accountSid !== null) this.#limits?.end(call.accountSid, lastingOf(call));
  }

  #ofVisitor(from: string): Refusal | null {
    const refused = this.#limits?.ofVisitor('grpc', from) ?? null;
    return refused === null ? null : { failure: tooMany(refused), afterMs: refused.answerAfterMs };
  }

  /** A token names no account, so that right ones never wait. */
  #ofStranger(from: string): Refusal {
    const waitSeconds = this.#logins?.failed({ from, named: null }) ?? 0;
    if (this.#logins === null || waitSeconds === 0) return { failure: unauthenticated, afterMs: 0 };
    return { failure: tooManyFailed(waitSeconds), afterMs: this.#logins.answerAfterMs(from) };
  }
}

const lastingOf = ({ isUnary }: Asking): Lasting => (isUnary ? 'calls' : 'streams');

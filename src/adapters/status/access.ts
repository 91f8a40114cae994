/**
 * Who asks for what is live: a bearer token in a header, never a cookie, so that no page of another site can ask in the
 * name of whoever has this one open. Where no token is asked for (loopback, one account) the host that is asked for
 * must be an address or `localhost`: a name that somebody else's DNS leads here would make their page this one.
 */
import { createHash } from 'node:crypto';
import { Allowance } from '../../app/allowance.js';
import { type FailedLogins, networkOf } from '../../app/failed-logins.js';
import type { Metrics } from '../../app/metrics.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';

/** Requests of one address; a page makes about ten when it is opened. */
export const requestsAllowed = { perSecond: 20, burst: 200 } as const;
/** Addresses that are remembered. */
const addressesMax = 10_000;

export type Refused = { readonly status: number; readonly message: string; readonly retryAfterSeconds?: number };

export type Asking = {
  /** As sent; null: not at all. */
  readonly authorization: string | null;
  readonly from: string;
  readonly host: string;
  readonly origin: string | null;
  /** `Sec-Fetch-Site`; null for what is no browser, or an old one. */
  readonly site: string | null;
};

export type Asker = {
  /** Null: a visitor. */
  readonly accountSid: AccountSid | null;
  readonly isOperator: boolean;
  readonly isStillLetIn: () => boolean;
  /** The first digits of the digest of the token that was shown; null without one. */
  readonly tokenDigits: string | null;
};

export type AccessParts = {
  /** As `Accounts.opened`: null is the absence of a token. */
  readonly opened: (token: string | null) => AccountSid | null;
  readonly isOperator: (accountSid: AccountSid) => boolean;
  readonly failedLogins: FailedLogins;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

const addressOrLocal = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const tooMany = (retryAfterSeconds: number): Refused => ({
  status: 429,
  message: `Too many requests. Try again in ${retryAfterSeconds} s.`,
  retryAfterSeconds,
});
const tooManyFailed = (retryAfterSeconds: number): Refused => ({
  status: 429,
  message: `Too many wrong tokens. Try again in ${retryAfterSeconds} s.`,
  retryAfterSeconds,
});

export class Access {
  readonly #parts: AccessParts;
  readonly #requests: Allowance<string>;

  constructor(parts: AccessParts) {
    this.#parts = parts;
    this.#requests = new Allowance(parts.clock, () => requestsAllowed, addressesMax);
  }

  /** Null: it may be looked at; of whatever kind it is. */
  limited(from: string): Refused | null {
    const waitSeconds = this.#requests.take(networkOf(from));
    if (waitSeconds === 0) return null;
    this.#parts.metrics.count('parley_status_refused_total', { why: 'rate' });
    return tooMany(waitSeconds);
  }

  asker({ authorization, from, host, origin, site }: Asking): Result<Asker, Refused> {
    if ((site !== null && site !== 'same-origin' && site !== 'none') || !isOfHost(origin, host)) {
      return err({ status: 403, message: 'Pages of other sites cannot ask.' });
    }
    const { opened, isOperator } = this.#parts;
    const [, token = null] = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '') ?? [];
    const accountSid = authorization === null || token !== null ? opened(token) : null;
    if (accountSid === null && authorization !== null) {
      const waitSeconds = this.#parts.failedLogins.failed({ from, named: null });
      return err(waitSeconds > 0 ? tooManyFailed(waitSeconds) : { status: 401, message: 'No account has this token.' });
    }
    if (accountSid !== null && opened(null) === accountSid && !addressOrLocal.test(host)) {
      return err({ status: 403, message: 'Without tokens, ask by address or as localhost.' });
    }
    return ok({
      accountSid,
      isOperator: accountSid !== null && isOperator(accountSid),
      isStillLetIn: () => opened(token) === accountSid,
      tokenDigits: token === null ? null : digitsOf(token),
    });
  }
}

/** Tells tokens of an account apart, and gives none of them away. */
const digitsOf = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 8);

/** Browsers say where a page that sends something came from. */
function isOfHost(origin: string | null, host: string): boolean {
  if (origin === null) return true;
  const [, named] = /^https?:\/\/(.+)$/i.exec(origin) ?? [];
  return named?.toLowerCase() === host.toLowerCase();
}

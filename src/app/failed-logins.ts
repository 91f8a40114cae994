/**
 * Wrong credentials cost time: so many are answered at once, and then one now and then, for each address and the
 * account it names, and for each address whatever it names. An address and account that have used that up are let in by
 * nothing, a right token neither: else each try would still tell whether it was one. Right tokens of other accounts,
 * or that name none, are never kept waiting, so that nobody locks out those behind the same proxy.
 */
import type { AccountSid } from '../base/brands.js';
import type { Clock } from '../base/ports.js';
import { Allowance, type Allowed } from './allowance.js';
import type { Metrics } from './metrics.js';
import { LateRefusals } from './requests/late-refusals.js';

/** Of one address for one account. */
export const ofPair: Allowed = { perSecond: 1 / 6, burst: 10 };
/** Of one address in all. */
export const ofAddress: Allowed = { perSecond: 1, burst: 100 };
/** Addresses, and pairs, that are remembered. */
export const failedLoginsMax = 10_000;

/** Who tries: the address, and the account that is named; null: none is. */
export type Login = { readonly from: string; readonly named: AccountSid | null };

export class FailedLogins {
  readonly #metrics: Metrics;
  readonly #pairs: Allowance<string>;
  readonly #addresses: Allowance<string>;
  readonly #late: LateRefusals;

  constructor(clock: Pick<Clock, 'monotonic'>, metrics: Metrics) {
    this.#metrics = metrics;
    this.#pairs = new Allowance(clock, () => ofPair, failedLoginsMax);
    this.#addresses = new Allowance(clock, () => ofAddress, failedLoginsMax);
    this.#late = new LateRefusals(clock);
  }

  /** 0: the credentials may be looked at; else in how many seconds they may. */
  waitSeconds({ from, named }: Login): number {
    const waitSeconds = named === null ? 0 : this.#pairs.waitSeconds(pairOf(from, named));
    if (waitSeconds > 0) this.#count('limited');
    return waitSeconds;
  }

  /** They were wrong. 0: that may be said; else in how many seconds it is worth while to come again. */
  failed({ from, named }: Login): number {
    const waits = [this.#addresses.take(networkOf(from)), named === null ? 0 : this.#pairs.take(pairOf(from, named))];
    const waitSeconds = Math.max(...waits);
    this.#count(waitSeconds === 0 ? 'refused' : 'limited');
    return waitSeconds;
  }

  /** Who is to come again later and does not wait for it is told so after as many ms. */
  answerAfterMs(from: string): number {
    return this.#late.answerAfterMs(networkOf(from), ofAddress.perSecond);
  }

  #count(answer: 'refused' | 'limited'): void {
    this.#metrics.count('parley_failed_logins_total', { answer });
  }
}

const pairOf = (from: string, named: AccountSid): string => `${networkOf(from)} ${named}`;

/** An IPv4 address, or of IPv6 what one customer has: the first 64 bits. */
export function networkOf(address: string): string {
  const [, mapped] = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const behind = (tail ?? '').split(':').filter((group) => group !== '');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length);
  const whole = [...groups, ...Array.from({ length: missing }, () => '0'), ...behind];
  return `${whole.slice(0, 4).join(':')}::/64`;
}

/**
 * How long participants of each account were in conferences. It is added up as they come and go and whenever somebody
 * asks, so that the metric grows while they are in and not only when they leave.
 */
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import type { Metrics } from '../metrics.js';

type Presence = { participants: number; countedUntilMs: number };

export class ParticipantTime {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #metrics: Metrics;
  /** Accounts of which somebody is in. */
  readonly #of = new Map<AccountSid, Presence>();

  constructor(clock: Pick<Clock, 'monotonic'>, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  came(account: AccountSid): void {
    const presence = this.#of.get(account) ?? { participants: 0, countedUntilMs: 0 };
    this.#of.set(account, presence);
    this.#count(account, presence);
    presence.participants += 1;
  }

  /** REQUIRES: it came. */
  went(account: AccountSid): void {
    const presence = this.#of.get(account);
    if (presence === undefined) return;
    this.#count(account, presence);
    presence.participants -= 1;
    if (presence.participants === 0) this.#of.delete(account);
  }

  /** Up to now. */
  measure(): void {
    for (const [account, presence] of this.#of) this.#count(account, presence);
  }

  #count(account: AccountSid, presence: Presence): void {
    const nowMs = this.#clock.monotonic();
    const seconds = (presence.participants * (nowMs - presence.countedUntilMs)) / 1000;
    presence.countedUntilMs = nowMs;
    if (seconds > 0) this.#metrics.count('parley_account_participant_seconds_total', { account }, seconds);
  }
}

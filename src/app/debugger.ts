/**
 * What was odd or wrong about documents and what they name, account by account: for whoever wrote them to look up. The
 * newest are kept, in memory; the log has all of them.
 */
import type { AccountSid, CallSid, ConferenceSid, EpochMs } from '../base/brands.js';
import type { Clock, Logger } from '../base/ports.js';
import type { WebTarget } from '../conference/state.js';
import type { Finding } from '../cxml/finding.js';
import type { Metrics } from './metrics.js';

/** The oldest of the account are forgotten first. */
export const findingsPerAccountMax = 1000;

export type NotedFinding = {
  /** Grows with every finding of the account. */
  readonly number: number;
  readonly atMs: EpochMs;
  /** The call that it befell; null: all of a conference. */
  readonly callSid: CallSid | null;
  /** The conference in which it was to be heard; null for a document that a call runs. */
  readonly conferenceSid: ConferenceSid | null;
  readonly finding: Finding;
  /** Where the document came from, or what could not be had; null for a document that was handed over. */
  readonly source: WebTarget | null;
};

/** All that is said must be true of each. */
export type FindingFilter = {
  readonly callSid?: CallSid;
  readonly level?: Finding['level'];
  readonly fromMs?: EpochMs;
  readonly untilMs?: EpochMs;
};

const matches = ({ callSid, finding, atMs }: NotedFinding, filter: FindingFilter): boolean =>
  (filter.callSid === undefined || callSid === filter.callSid) &&
  (filter.level === undefined || finding.level === filter.level) &&
  (filter.fromMs === undefined || atMs >= filter.fromMs) &&
  (filter.untilMs === undefined || atMs <= filter.untilMs);

export type FindingPage = {
  /** Newest first. */
  readonly entries: readonly NotedFinding[];
  /** Where the next page begins; null when this was the last. */
  readonly next: number | null;
};

export class Debugger {
  readonly #metrics: Metrics;
  /** Oldest first, and how many there ever were. */
  readonly #kept = new Map<AccountSid, { readonly entries: NotedFinding[]; count: number }>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  note(accountSid: AccountSid, noted: Omit<NotedFinding, 'number'>): void {
    const kept = this.#kept.get(accountSid) ?? { entries: [], count: 0 };
    this.#kept.set(accountSid, kept);
    kept.count += 1;
    kept.entries.push({ ...noted, number: kept.count });
    if (kept.entries.length <= findingsPerAccountMax) return;
    kept.entries.shift();
    this.#metrics.count('parley_findings_forgotten_total', {});
  }

  /** At most `limit`, those before the number `before`; null: from the newest. */
  list(accountSid: AccountSid, before: number | null, limit: number, filter: FindingFilter = {}): FindingPage {
    const older = (this.#kept.get(accountSid)?.entries ?? []).filter(
      (noted) => (before === null || noted.number < before) && matches(noted, filter),
    );
    const entries = older.slice(-limit).reverse();
    const last = entries.at(-1);
    return { entries, next: last !== undefined && older.length > entries.length ? last.number : null };
  }
}

export type FindingParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly debug: Debugger;
};

/** In the log, in the metrics, and where its account may look it up. */
export function noteFinding(
  { clock, debug, logger, metrics }: FindingParts,
  { accountSid, ...noted }: Omit<NotedFinding, 'number' | 'atMs'> & { readonly accountSid: AccountSid },
): void {
  const { code, level, where, message } = noted.finding;
  const { callSid, conferenceSid } = noted;
  metrics.count('parley_document_findings_total', { level });
  logger.warn('document-finding', { accountSid, callSid, conferenceSid, code, level, where, message });
  debug.note(accountSid, { ...noted, atMs: clock.now() });
}

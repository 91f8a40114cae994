/**
 * How many requests a receiver is given at once. It begins with a few and gets more as it answers, so that a receiver
 * that answers at once is served over few connections, and one that hangs holds few of the places that all share.
 */
import type { WebhookOutcome } from './webhook.js';

export type Pace = {
  /** Its last answer came within a second; only then may it have of what is kept for those. */
  readonly isQuick: boolean;
  /** Requests at once; its whole part counts. */
  readonly window: number;
};

/** Of one receiver: what it begins with and never falls below, and the most. */
export type PaceLimits = { readonly first: number; readonly most: number };

export const unproven = ({ first }: PaceLimits): Pace => ({ isQuick: false, window: first });

export const quickMs = 1000;

/** Who answers within this needs no more connections to be served faster. */
const briskMs = 100;

/** What a receiver answers that has too much to do (RFC 6585 §4, RFC 9110 §15.6.4). */
const overloadStatuses: readonly number[] = [429, 503];

/** A request came back. One that was never made says nothing. */
export function paceAfter(pace: Pace, outcome: WebhookOutcome, { first, most }: PaceLimits): Pace {
  if (outcome.kind === 'failed' && outcome.reason === 'refused-by-policy') return pace;
  const { window } = pace;
  const { tookMs } = outcome;
  if (outcome.kind === 'failed' || overloadStatuses.includes(outcome.status)) {
    return { isQuick: outcome.kind === 'answered' && tookMs < quickMs, window: Math.max(first, window / 2) };
  }
  const step = tookMs < briskMs ? 1 / window : 1;
  return { isQuick: tookMs < quickMs, window: Math.min(most, window + step) };
}

/**
 * Whether a receiver is to be tried at all. After a few requests in a row that did not reach it, nothing is sent to it
 * for a while; then one request is let through to see, and it opens for all or closes for longer. Any answer, be it a
 * 500, shows that it is there: what it thinks of a callback is the callback's own affair.
 */
import { assertNever } from '../base/assert.js';
import type { WebhookOutcome } from './webhook.js';

export type Breaker =
  | { readonly kind: 'closed'; readonly failures: number }
  /** `openings`: how often it opened in a row. */
  | { readonly kind: 'open'; readonly openings: number; readonly untilMs: number }
  | { readonly kind: 'half-open'; readonly openings: number };

export const closedBreaker: Breaker = { kind: 'closed', failures: 0 };

/** Requests in a row that did not reach the receiver. */
export const failuresMax = 5;

const openMsMin = 1000;
const openMsMax = 60_000;

/** What may be sent now: everything, one request to see whether it is back, nothing. */
export type Permission = 'all' | 'one' | 'none';

/** `nowMs` is of a clock that never steps. */
export function permission(breaker: Breaker, nowMs: number): Permission {
  switch (breaker.kind) {
    case 'closed':
      return 'all';
    case 'open':
      return nowMs >= breaker.untilMs ? 'one' : 'none';
    case 'half-open':
      return 'none';
    default:
      return assertNever(breaker);
  }
}

/** A request goes out. */
export const afterSending = (breaker: Breaker): Breaker =>
  breaker.kind === 'open' ? { kind: 'half-open', openings: breaker.openings } : breaker;

export type Heard = {
  readonly outcome: WebhookOutcome;
  readonly nowMs: number;
  /** Uniform in [0, 1): receivers that went away together are not all tried at once. */
  readonly fraction: number;
};

/** A request came back. One sent before it opened and failing after adds nothing. */
export function afterOutcome(breaker: Breaker, { outcome, nowMs, fraction }: Heard): Breaker {
  if (isThere(outcome)) return closedBreaker;
  if (outcome.kind === 'failed' && outcome.reason === 'refused-by-policy') return unseen(breaker, nowMs);
  switch (breaker.kind) {
    case 'closed': {
      const failures = breaker.failures + 1;
      return failures < failuresMax ? { kind: 'closed', failures } : opened(1, nowMs, fraction);
    }
    case 'open':
      return breaker;
    case 'half-open':
      return opened(breaker.openings + 1, nowMs, fraction);
    default:
      return assertNever(breaker);
  }
}

/** The policy let nothing out, so nothing was seen: where one request was to see, the next may at once. */
const unseen = (breaker: Breaker, nowMs: number): Breaker =>
  breaker.kind === 'half-open' ? { kind: 'open', openings: breaker.openings, untilMs: nowMs } : breaker;

function opened(openings: number, nowMs: number, fraction: number): Breaker {
  const openMs = Math.min(openMsMax, openMsMin * 2 ** Math.min(openings - 1, 16));
  return { kind: 'open', openings, untilMs: nowMs + openMs * (0.75 + fraction / 2) };
}

function isThere(outcome: WebhookOutcome): boolean {
  if (outcome.kind === 'answered') return true;
  switch (outcome.reason) {
    case 'too-many-redirects':
    case 'response-too-large':
    // It has shown a certificate. Whether that is good is a matter of whom the account trusts, and not of others.
    case 'tls':
      return true;
    case 'connect':
    case 'timeout':
    case 'dns':
    case 'protocol':
    case 'refused-by-policy':
      return false;
    default:
      return assertNever(outcome.reason);
  }
}

/**
 * What to do after one try to deliver a notice (CONTRACT §3.3, §6.2). The vendors give up after three; Parley goes on
 * to a horizon of hours, for a receiver that is down comes back, and gives up after three only what the receiver
 * itself has refused. Who says `rc` in the URL gets that many tries and no more.
 */
import { assert, assertNever } from '../base/assert.js';
import type { DeliveryOverrides, RetryToken } from './overrides.js';
import type { WebhookOutcome } from './webhook.js';

/** After the first: three tries in all, where the receiver refuses. */
export const retriesWhenRefused = 2;

/** Before the second try, doubled before each one after it up to the most. */
export const backOffMs = 1000;
export const backOffMsMax = 300_000;

/** Answers of 400 to 499 that ask for another try. */
const askAgainStatuses = [408, 425, 429];

export type Attempt = {
  /** Tries made so far, this one included: 1 or more. */
  readonly attempts: number;
  /** Since it was committed. */
  readonly ageMs: number;
  /** How old it may become; 0: three tries, as the vendors do. */
  readonly horizonMs: number;
  readonly outcome: WebhookOutcome;
  readonly overrides: DeliveryOverrides;
  /** Uniform in [0, 1): spreads the tries of callbacks that failed together. */
  readonly fraction: number;
};

export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give-up' };

/** The wait before the next try lies between half and one and a half times the back-off. */
export function judge({ attempts, ageMs, horizonMs, outcome, overrides, fraction }: Attempt): Verdict {
  assert(attempts >= 1, 'a try was made');
  if (isDelivered(outcome)) return { kind: 'delivered' };
  if (!mayRetry(outcome, overrides.retryOn)) return { kind: 'give-up' };
  const delayMs = Math.round(Math.min(backOffMsMax, backOffMs * 2 ** Math.min(attempts - 1, 32)) * (0.5 + fraction));
  const hasNumber = overrides.retries !== null || horizonMs === 0 || isRefused(outcome);
  const goesOn = hasNumber ? attempts <= (overrides.retries ?? retriesWhenRefused) : ageMs + delayMs <= horizonMs;
  return goesOn ? { kind: 'retry', delayMs } : { kind: 'give-up' };
}

/** Before a document is asked for again, doubled each time: somebody waits for it with nothing to hear. */
const documentBackOffMs = 100;

/**
 * Until a request for a document or audio is made once more; null: it is not. Nobody asks twice unless the URL says
 * `rc` (CONTRACT §6.2). `attempts`: made so far, 1 or more.
 */
export function documentRetryMs(
  attempts: number,
  outcome: WebhookOutcome,
  { retries, retryOn }: DeliveryOverrides,
): number | null {
  assert(attempts >= 1, 'a try was made');
  const isAnswer = isDelivered(outcome) || (outcome.kind === 'answered' && outcome.status === 304);
  if (isAnswer || attempts > (retries ?? 0) || !mayRetry(outcome, retryOn)) return null;
  return documentBackOffMs * 2 ** (attempts - 1);
}

/** The receiver is there and will not have it, or answers in a way that is no answer. */
const isRefused = (outcome: WebhookOutcome): boolean =>
  outcome.kind === 'answered'
    ? outcome.status < 500 && !askAgainStatuses.includes(outcome.status)
    : outcome.reason === 'too-many-redirects' || outcome.reason === 'response-too-large';

/** The body says nothing; redirects were followed already. */
const isDelivered = (outcome: WebhookOutcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;

function mayRetry(outcome: WebhookOutcome, retryOn: ReadonlySet<RetryToken> | null): boolean {
  if (outcome.kind === 'failed' && outcome.reason === 'refused-by-policy') return false;
  if (retryOn === null || retryOn.has('all')) return true;
  const token = tokenOf(outcome);
  return token !== null && retryOn.has(token);
}

/** Null: a failure that only `all` covers. */
function tokenOf(outcome: WebhookOutcome): RetryToken | null {
  if (outcome.kind === 'answered') {
    if (outcome.status >= 500) return '5xx';
    return outcome.status >= 400 ? '4xx' : null;
  }
  switch (outcome.reason) {
    case 'connect':
    case 'dns':
    case 'tls':
      return 'ct';
    case 'timeout':
      return 'rt';
    case 'too-many-redirects':
    case 'response-too-large':
    case 'protocol':
    case 'refused-by-policy':
      return null;
    default:
      return assertNever(outcome.reason);
  }
}

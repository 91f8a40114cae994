/** What to do after one try to deliver a callback (CONTRACT §3.3, §6.2). */
import { assert, assertNever } from '../base/assert.js';
import type { DeliveryOverrides, RetryToken } from './overrides.js';
import type { WebhookOutcome } from './webhook.js';

/** After the first: three tries in all. */
export const retriesDefault = 2;

/** Before the second try, doubled before each one after it. */
export const backOffMs = 1000;

export type Attempt = {
  /** Tries made so far, this one included: 1 or more. */
  readonly attempts: number;
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
export function judge({ attempts, outcome, overrides, fraction }: Attempt): Verdict {
  assert(attempts >= 1, 'a try was made');
  if (isDelivered(outcome)) return { kind: 'delivered' };
  const retries = overrides.retries ?? retriesDefault;
  if (attempts > retries || !mayRetry(outcome, overrides.retryOn)) return { kind: 'give-up' };
  return { kind: 'retry', delayMs: Math.round(backOffMs * 2 ** (attempts - 1) * (0.5 + fraction)) };
}

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

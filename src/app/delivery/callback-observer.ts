/** What is counted and logged of every try to deliver a callback. */
import type { Logger } from '../../base/ports.js';
import { type Callback, kindOfCallback } from '../../callbacks/webhook.js';
import type { Metrics } from '../metrics.js';
import { answerKind } from './delivery-metrics.js';
import type { DispatcherObserver } from './dispatcher.js';

const outcomes = { delivered: 'delivered', retry: 'retried', 'give-up': 'dropped' } as const;

/**
 * Each try is counted; one that was the last in vain is logged, for somebody may want to know why, and `onGivenUp`
 * hears of what was to be told of a conference.
 */
export const callbackObserver =
  (metrics: Metrics, logger: Logger, onGivenUp: (callback: Callback) => void): DispatcherObserver =>
  ({ callback, attempts, ageMs, outcome, verdict, receiver }) => {
    const kind = kindOfCallback(callback);
    const answer = answerKind(outcome);
    metrics.count('parley_callback_attempts_total', { kind, outcome: outcomes[verdict.kind], answer });
    metrics.observe('parley_callback_attempt_duration_seconds', { kind, receiver }, outcome.tookMs / 1000);
    if (verdict.kind === 'delivered') {
      metrics.observe('parley_callback_delivery_duration_seconds', { kind, receiver }, ageMs / 1000);
    }
    const { id, accountSid, conferenceSid, traceparent } = callback;
    if (verdict.kind !== 'retry') {
      metrics.count('parley_account_callbacks_total', { account: accountSid, outcome: outcomes[verdict.kind] });
    }
    if (verdict.kind !== 'give-up') return;
    logger.warn('callback-dropped', { id, kind, accountSid, conferenceSid, traceparent, attempts, outcome });
    if (kind === 'status' || kind === 'end') onGivenUp(callback);
  };

/** Metrics of what is told to applications and of what is on disk: part of the table of `metrics.ts`. */
import { callbackKinds, type WebhookOutcome } from '../../callbacks/webhook.js';
import { receiverKinds } from './receivers.js';

export const durationBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** What came of a request: the hundreds of its status, or why there was none. */
export const answerKinds = [
  ...(['2xx', '3xx', '4xx', '5xx'] as const),
  ...(['connect', 'timeout', 'tls', 'dns', 'protocol', 'too-many-redirects'] as const),
  ...(['response-too-large', 'refused-by-policy'] as const),
] as const;

export type AnswerKind = (typeof answerKinds)[number];

export function answerKind(outcome: WebhookOutcome): AnswerKind {
  if (outcome.kind === 'failed') return outcome.reason;
  const { status } = outcome;
  return status < 300 ? '2xx' : status < 400 ? '3xx' : status < 500 ? '4xx' : '5xx';
}

export const deliveryMetrics = {
  parley_callback_attempts_total: {
    type: 'counter',
    help:
      'Attempts to deliver a callback, by what it tells of (a conference, its end, a recording, a call) and by what ' +
      'came of them: dropped means given up, for the dead letters.',
    labels: { kind: callbackKinds, outcome: ['delivered', 'retried', 'dropped'], answer: answerKinds },
  },
  parley_callback_attempt_duration_seconds: {
    type: 'histogram',
    help: 'How long attempts to deliver a callback took, by what it tells of and how its receiver had answered before.',
    labels: { kind: callbackKinds, receiver: receiverKinds },
    buckets: durationBuckets,
  },
  parley_callbacks_overflow_total: {
    type: 'counter',
    help: 'Callbacks given up or forgotten because their account had too many waiting or given up.',
    labels: {},
  },
  parley_callbacks_queued: {
    type: 'gauge',
    help: 'Callbacks in the outbox, those in flight included.',
    labels: {},
  },
  parley_callbacks_oldest_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest callback in the outbox; 0 when there is none.',
    labels: {},
  },
  parley_callbacks_dead: {
    type: 'gauge',
    help: 'Callbacks that were given up and are kept to be looked at or sent once more.',
    labels: {},
  },
  parley_callback_delivery_duration_seconds: {
    type: 'histogram',
    help:
      'From a callback being committed to its receiver having taken it, by what it tells of and how its receiver had ' +
      'answered before.',
    labels: { kind: callbackKinds, receiver: receiverKinds },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600, 86_400],
  },
  parley_callback_receivers: {
    type: 'gauge',
    help:
      'Receivers of callbacks: quick ones answered within a second, unproven ones did not yet, and unreachable ones ' +
      'are tried by one request now and then (their breaker is open or half open).',
    labels: { receiver: receiverKinds },
  },
} as const;

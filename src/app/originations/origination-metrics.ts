/** Metrics of calls that the platform makes for Parley: part of the table of `metrics.ts`. */
import { callOutcomes } from '../../callbacks/call-progress.js';

export const originationMetrics = {
  parley_originations_total: {
    type: 'counter',
    help: 'Calls that the platform was asked to make, by how they ended; completed ones were answered and let in.',
    labels: { outcome: callOutcomes },
  },
  parley_originations_refused_total: {
    type: 'counter',
    help: 'Requests for a participant that were refused: nobody makes calls, too many are made, or another reason.',
    labels: { reason: ['no-originator', 'too-many', 'other'] },
  },
  parley_originations_open: {
    type: 'gauge',
    help: 'Calls that the platform is making, by how far they are; joined ones are, or were, in their conference.',
    labels: { status: ['queued', 'ringing', 'answered', 'joined'] },
  },
  parley_originators: {
    type: 'gauge',
    help: 'Streams of CallService.Originations: call-control services that make calls.',
    labels: {},
  },
  parley_origination_answer_seconds: {
    type: 'histogram',
    help: 'From the request for a participant to its party answering.',
    labels: {},
    buckets: [0.5, 1, 2.5, 5, 10, 15, 20, 30, 45, 60, 120, 300, 600],
  },
} as const;

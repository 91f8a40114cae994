/** What is counted of the store: part of the table of `metrics.ts`. */
import { durationBuckets } from './delivery/delivery-metrics.js';

/** What is asked of the store, by who waits for it. */
export const storeOperations = [
  /** Of a conference: whoever sent the command waits. */
  'commit',
  'commit-recordings',
  'commit-origination',
  /** Of callbacks to deliver, and of what came of them: deliveries wait. */
  'outbox-take',
  'outbox-settle',
  /** Whoever asks for a list or a resource waits. */
  'read',
  /** Nobody waits. */
  'upkeep',
] as const;
export type StoreOperation = (typeof storeOperations)[number];

export const storeMetrics = {
  parley_store_healthy: {
    type: 'gauge',
    help: '1 while what is committed is written; 0 while the disk is full or broken, and no conference is begun.',
    labels: {},
  },
  parley_store_batch_requests: {
    type: 'histogram',
    help: 'Requests that the store answered in one transaction.',
    labels: {},
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
  },
  parley_store_request_duration_seconds: {
    type: 'histogram',
    help: 'From a request to the store to its answer: for a commit, until it is on the disk.',
    labels: { operation: storeOperations },
    buckets: durationBuckets,
  },
} as const;

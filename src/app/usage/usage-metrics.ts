/** What accounts use, for whoever shares out a daemon or writes bills: part of the table of `metrics.ts`. */
import { accountNames as account } from './account-series.js';

export const usageMetrics = {
  parley_account_participant_seconds_total: {
    type: 'counter',
    help: 'Time that participants of the account were in conferences; its rate is how many are.',
    labels: { account },
  },
  parley_account_calls_total: {
    type: 'counter',
    help: 'Calls of the account that began.',
    labels: { account },
  },
  parley_account_conferences_total: {
    type: 'counter',
    help: 'Conferences of the account that came to be.',
    labels: { account },
  },
  parley_account_callbacks_total: {
    type: 'counter',
    help: 'Callbacks of the account that are done: delivered, or given up.',
    labels: { account, outcome: ['delivered', 'dropped'] },
  },
  parley_account_documents_total: {
    type: 'counter',
    help: 'Documents that were asked for on behalf of the account.',
    labels: { account },
  },
  parley_account_recordings_total: {
    type: 'counter',
    help: 'Recordings of the account that are completed.',
    labels: { account },
  },
  parley_account_recording_bytes_total: {
    type: 'counter',
    help: 'Size of the files that were kept of them when they were completed.',
    labels: { account },
  },
  parley_account_requests_total: {
    type: 'counter',
    help: 'Requests of the account over REST, and calls over gRPC; a stream counts when it ends.',
    labels: { account, face: ['rest', 'grpc'] },
  },
  parley_account_limits_reached_total: {
    type: 'counter',
    help: 'What the account was refused, or of callbacks had to wait with, because it had as much as it may.',
    labels: {
      account,
      limit: ['conferences', 'calls', 'recordings', 'documents', 'callbacks', 'requests', 'rpcs', 'streams'],
    },
  },
} as const;

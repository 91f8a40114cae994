import { chosenAccounts, type Panel, type Row, rate } from './panel.js';

/** The largest of a moment; the others are not drawn. */
const shownMax = 12;

const byAccount = (metric: string, more: readonly string[] = []): Panel['queries'] => {
  const labels = ['account', ...more];
  return [
    {
      expr: `topk(${shownMax}, sum by (${labels.join(', ')}) (${rate(metric, chosenAccounts)}) > 0)`,
      legend: labels.map((label) => `{{${label}}}`).join(' '),
    },
  ];
};

const names = '`other`: those beyond `PARLEY_METRICS_ACCOUNTS_MAX` of the configuration together.';

export const usage: Row = {
  title: 'Who uses it?',
  panels: [
    {
      title: 'Participants by account',
      about: `How many are in conferences, on average over the interval. ${names}`,
      ...{ kind: 'stacked', unit: 'short', width: 6 },
      queries: byAccount('parley_account_participant_seconds_total'),
    },
    {
      title: 'Calls by account',
      about: 'Calls that began each second. Many that are short cost the control plane more than few that are long.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: byAccount('parley_account_calls_total'),
    },
    {
      title: 'Conferences by account',
      about: 'Conferences that came to be each second.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: byAccount('parley_account_conferences_total'),
    },
    {
      title: 'Requests by account',
      about: 'Each second over REST and gRPC: who polls, and who floods.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: byAccount('parley_account_requests_total', ['face']),
    },
    {
      title: 'Callbacks by account',
      about: 'Each second delivered, or given up.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: byAccount('parley_account_callbacks_total', ['outcome']),
    },
    {
      title: 'Documents by account',
      about: 'Documents asked for each second.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: byAccount('parley_account_documents_total'),
    },
    {
      title: 'Recordings by account',
      about:
        'Bytes of files kept each second; how much is kept is bounded by `PARLEY_RECORDING_MEGABYTES_PER_ACCOUNT`.',
      ...{ kind: 'stacked', unit: 'Bps', width: 6 },
      queries: byAccount('parley_account_recording_bytes_total'),
    },
    {
      title: 'Limits reached, by account',
      about:
        'What accounts were refused each second, or of callbacks had to wait with: they ask for more than they may.',
      ...{ kind: 'stacked', unit: 'ops', width: 6 },
      queries: byAccount('parley_account_limits_reached_total', ['limit']),
    },
  ],
};

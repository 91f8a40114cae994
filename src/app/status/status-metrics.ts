/** What is counted of the status page. */
export const statusMetrics = {
  parley_status_viewers: {
    type: 'gauge',
    help: 'Status pages that are open and follow what goes on.',
    labels: {},
  },
  parley_status_refused_total: {
    type: 'counter',
    help: 'Requests of status pages refused: as many pages follow as may, or they came too fast.',
    labels: { why: ['viewers', 'rate'] },
  },
  parley_status_turns_skipped_total: {
    type: 'counter',
    help: 'Turns that an open status page was not sent because it had not read those before.',
    labels: {},
  },
} as const;

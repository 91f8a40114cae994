/** What is counted at the doors: connections, requests and readers that are more, or slower, than may be. */

/** What listens. */
export const listeners = ['grpc', 'http', 'rest'] as const;
export type Listener = (typeof listeners)[number];

/** The faces of the API, which have one limit together. */
export const apiFaces = ['grpc', 'rest'] as const;
export type ApiFace = (typeof apiFaces)[number];

export const requestMetrics = {
  parley_api_rate_limited_total: {
    type: 'counter',
    help: 'Requests refused because their account, or address without an account, had made too many.',
    labels: { face: apiFaces },
  },
  parley_api_refusals_postponed_total: {
    type: 'counter',
    help: 'Those of them that were answered late, because there were too many of them, too.',
    labels: { face: apiFaces },
  },
  parley_connections: {
    type: 'gauge',
    help: 'Connections of clients that are open.',
    labels: { listener: listeners },
  },
  parley_connections_refused_total: {
    type: 'counter',
    help: 'Connections closed at once: as many are open as may be in all, or from one address.',
    labels: { listener: listeners, why: ['all', 'address'] },
  },
  parley_connections_cut_total: {
    type: 'counter',
    help: 'Connections of gRPC closed because they sent more pings than may be.',
    labels: { why: ['pings'] },
  },
  parley_rpcs_cut_total: {
    type: 'counter',
    help: 'gRPC calls ended by this side: a reader took nothing for too long, or a call lasted longer than one may.',
    labels: { why: ['slow-reader', 'too-long'] },
  },
} as const;

/** What is counted of the configuration being read anew. */

/** What may speak TLS. */
export const tlsListeners = ['grpc', 'http', 'rest'] as const;
export type TlsListener = (typeof tlsListeners)[number];

export const configMetrics = {
  parley_config_reloads_total: {
    type: 'counter',
    help: 'Times the configuration was read anew while the daemon ran: applied whole, or refused whole.',
    labels: { outcome: ['applied', 'refused'] },
  },
  parley_tls_reloads_total: {
    type: 'counter',
    help: 'Certificates whose files changed while the daemon ran: taken, or refused for what is wrong with them.',
    labels: { listener: tlsListeners, outcome: ['applied', 'refused'] },
  },
  parley_tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help:
      'When the first certificate of a listener expires, those of the authorities of its clients among them, in ' +
      'seconds since 1970; 0: it speaks no TLS.',
    labels: { listener: tlsListeners },
  },
} as const;

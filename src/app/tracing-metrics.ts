/** What is counted of traces: part of the table of `metrics.ts`. */

export const tracingMetrics = {
  parley_trace_spans_total: {
    type: 'counter',
    help: 'Spans by what came of them: sent to the collector, not taken by it, or dropped as too many waited.',
    labels: { outcome: ['sent', 'not-taken', 'queue-full'] },
  },
} as const;

/** Expressions of the dashboard as Grafana sends them, with everything chosen. */

/** `interval`: what stands for `$__rate_interval`, as `1m`. */
export const everything = (expr: string, interval: string): string =>
  expr.replaceAll('$__rate_interval', interval).replaceAll(/\$(instance|shard|account)\b/g, '.*');

/** Metrics that an expression speaks of, histograms by their own name. */
export const metricsIn = (expr: string): readonly string[] =>
  [...expr.matchAll(/\b(?:parley|nodejs|process)_[a-z0-9_]+/g)].map(([name]) =>
    name.replace(/_(bucket|count|sum)$/, ''),
  );

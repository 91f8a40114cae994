/** A log nobody reads, randomness that repeats, and metrics that can be looked up. */
import type { LabelsOf, MetricName, Metrics } from '../../src/app/metrics.js';
import type { Logger, Random } from '../../src/base/ports.js';

export type Logged = { readonly level: string; readonly event: string };

export function recordingLogger(): Logger & { readonly lines: Logged[] } {
  const lines: Logged[] = [];
  const at = (level: string) => (event: string) => {
    lines.push({ level, event });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Different bytes each time, the same in each run. */
export function countingRandom(): Random {
  let next = 1;
  return {
    bytes: (count) =>
      Uint8Array.from({ length: count }, () => {
        next = (Math.imul(next, 1_103_515_245) + 12_345) >>> 0;
        return next >>> 24;
      }),
    fraction: () => 0.5,
  };
}

export function recordingMetrics(): Metrics & { value(name: MetricName, labels?: LabelsOf<MetricName>): number } {
  const values = new Map<string, number>();
  const key = (name: string, labels: object): string => `${name} ${JSON.stringify(labels)}`;
  return {
    count: (name, labels, by = 1) => values.set(key(name, labels), (values.get(key(name, labels)) ?? 0) + by),
    set: (name, labels, value) => values.set(key(name, labels), value),
    observe: (name, labels) => values.set(key(name, labels), (values.get(key(name, labels)) ?? 0) + 1),
    value: (name, labels = {}) => values.get(key(name, labels)) ?? 0,
  };
}

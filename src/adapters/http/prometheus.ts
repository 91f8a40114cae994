/** The declared metrics (app/metrics.ts) as a Prometheus registry. Only this folder knows prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { shardMetrics } from '../../app/health/shard-metrics.js';
import { metrics as declared, type Metrics } from '../../app/metrics.js';
import { assert } from '../../base/assert.js';
import type { ShardView } from '../../media/engine-port.js';
import { ShardHistogram } from './shard-histogram.js';

export interface Prometheus {
  readonly metrics: Metrics;
  readonly contentType: string;
  /** Everything in the text format. */
  text(): Promise<string>;
}

/** `shards` is asked for at each scrape. */
export function createPrometheus(shards: () => readonly ShardView[]): Prometheus {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  collectDefaultMetrics({ register: registry });
  for (const [name, metric] of Object.entries(declared)) {
    const common = { name, help: metric.help, labelNames: Object.keys(metric.labels), registers: [registry] };
    if (metric.type === 'counter') counters.set(name, withEverySeries(new Counter(common), metric.labels));
    if (metric.type === 'gauge') gauges.set(name, withEverySeries(new Gauge(common), metric.labels));
    if (metric.type === 'histogram') histograms.set(name, new Histogram({ ...common, buckets: [...metric.buckets] }));
  }
  registerShardMetrics(registry, shards);
  return {
    metrics: {
      count: (name, labels, by = 1) => of(counters, name).inc({ ...labels }, by),
      set: (name, labels, value) => of(gauges, name).set({ ...labels }, value),
      observe: (name, labels, value) => of(histograms, name).observe({ ...labels }, value),
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

/** All series begin at zero, or the first thing ever counted would not show as an increase. */
function withEverySeries<M extends Counter | Gauge>(metric: M, labels: Readonly<Record<string, readonly string[]>>): M {
  const series = Object.entries(labels).reduce<readonly Readonly<Record<string, string>>[]>(
    (sets, [label, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
    [{}],
  );
  for (const set of series) metric.inc(set, 0);
  return metric;
}

function of<T>(table: ReadonlyMap<string, T>, name: string): T {
  const metric = table.get(name);
  assert(metric !== undefined, `metric ${name} is declared`);
  return metric;
}

/** The engine has counted already: each scrape shows its words, nothing is added up here. */
function registerShardMetrics(registry: Registry, shards: () => readonly ShardView[]): void {
  for (const metric of shardMetrics) {
    const { name, help, stat, scale } = metric;
    const common = { name, help, labelNames: ['shard'], registers: [registry] };
    const values = (): readonly { shard: string; value: number }[] =>
      shards().map((shard) => ({ shard: String(shard.shard), value: Number(shard.stats[stat]) * scale }));
    if (metric.type === 'counter') {
      new Counter({
        ...common,
        collect() {
          this.reset();
          for (const { shard, value } of values()) this.inc({ shard }, value);
        },
      });
    }
    if (metric.type === 'gauge') {
      new Gauge({
        ...common,
        collect() {
          for (const { shard, value } of values()) this.set({ shard }, value);
        },
      });
    }
    if (metric.type === 'histogram') new ShardHistogram(registry, metric, shards);
  }
}

/** The declared metrics (app/metrics.ts) as a Prometheus registry. Only this folder knows prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { shardMetrics } from '../../app/health/shard-metrics.js';
import { metrics as declared, type Metrics } from '../../app/metrics.js';
import { AccountSeries, accountNames } from '../../app/usage/account-series.js';
import { assert } from '../../base/assert.js';
import type { ShardView } from '../../media/engine-port.js';
import { expositionOf } from './exposition.js';
import { registerOpenFiles } from './open-files.js';
import { ShardHistogram } from './shard-histogram.js';
import { shardLabels } from './shard-labels.js';

export interface Prometheus {
  readonly metrics: Metrics;
  readonly contentType: string;
  /** Everything in the text format. */
  text(): Promise<string>;
}

/** `shards` is asked for once in each scrape. `accounts`: who has series of its own; left out: nobody. */
export function createPrometheus(shards: () => readonly ShardView[], accounts = new AccountSeries(0)): Prometheus {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  collectDefaultMetrics({ register: registry });
  registerOpenFiles(registry);
  const ofAccounts: (readonly [Counter, ClosedLabels])[] = [];
  for (const [name, { labels, ...metric }] of Object.entries(declared)) {
    const common = { name, help: metric.help, labelNames: Object.keys(labels), registers: [registry] };
    if (metric.type === 'counter') {
      const counter = new Counter(common);
      counters.set(name, counter);
      if (isOfAccounts(labels)) ofAccounts.push([counter, closed(labels)]);
      else addSeries(counter, labels);
    }
    if (metric.type === 'gauge') gauges.set(name, addSeries(new Gauge(common), closed(labels)));
    if (metric.type === 'histogram') histograms.set(name, new Histogram({ ...common, buckets: [...metric.buckets] }));
  }
  // Every metric of the shards is of the same moment, and their words are read once.
  let scraped: readonly ShardView[] = [];
  registerShardMetrics(registry, () => scraped);
  let named: readonly string[] = [];
  const addAccounts = (): void => {
    const fresh = accounts.names().filter((name) => !named.includes(name));
    named = accounts.names();
    if (fresh.length > 0) for (const [counter, labels] of ofAccounts) addSeries(counter, { account: fresh, ...labels });
  };
  return {
    metrics: {
      count: (name, labels: Readonly<Record<string, string>>, by = 1) => {
        const { account } = labels;
        const shown = account === undefined ? { ...labels } : { ...labels, account: accounts.nameOf(account) };
        of(counters, name).inc(shown, by);
      },
      set: (name, labels, value) => of(gauges, name).set({ ...labels }, value),
      observe: (name, labels, value) => of(histograms, name).observe({ ...labels }, value),
    },
    contentType: registry.contentType,
    text() {
      addAccounts();
      scraped = shards();
      return expositionOf(registry);
    },
  };
}

type ClosedLabels = Readonly<Record<string, readonly string[]>>;

const isOfAccounts = (labels: object): labels is { readonly account: typeof accountNames } => 'account' in labels;

/** Those whose values are known beforehand. */
const closed = (labels: Readonly<Record<string, readonly string[] | typeof accountNames>>): ClosedLabels =>
  Object.fromEntries(
    Object.entries(labels).flatMap(([label, values]) => (values === accountNames ? [] : [[label, values]])),
  );

/** All series begin at zero, or the first thing ever counted would not show as an increase. */
function addSeries<M extends Counter | Gauge>(metric: M, labels: ClosedLabels): M {
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
    const values = (): readonly { labels: { shard: string }; value: number }[] =>
      shards().map(({ shard, stats }) => ({ labels: shardLabels(shard), value: Number(stats[stat]) * scale }));
    if (metric.type === 'counter') {
      new Counter({
        ...common,
        collect() {
          this.reset();
          for (const { labels, value } of values()) this.inc(labels, value);
        },
      });
    }
    if (metric.type === 'gauge') {
      new Gauge({
        ...common,
        collect() {
          for (const { labels, value } of values()) this.set(labels, value);
        },
      });
    }
    if (metric.type === 'histogram') new ShardHistogram(registry, metric, shards);
  }
}

/** The declared metrics (app/metrics.ts) as a Prometheus registry. Only this folder knows prom-client. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type ShardMetric, shardMetrics, tickBucketsSeconds } from '../../app/health/shard-metrics.js';
import { metrics as declared, type Metrics } from '../../app/metrics.js';
import { AccountSeries, accountNames } from '../../app/usage/account-series.js';
import { assert } from '../../base/assert.js';
import type { ShardView } from '../../media/engine-port.js';
import { expositionOf } from './exposition.js';
import { registered } from './family.js';
import { Histogram } from './histogram.js';
import { loopLookMs, postponeLoopLag } from './loop-lag.js';
import { registerOpenFiles } from './open-files.js';
import { Series } from './series.js';

export interface Prometheus {
  readonly metrics: Metrics;
  readonly contentType: string;
  /** Everything in the text format, UTF-8. */
  text(): Promise<Buffer>;
}

/** `shards` is asked for once in each scrape. `accounts`: who has series of its own; left out: nobody. */
export function createPrometheus(shards: () => readonly ShardView[], accounts = new AccountSeries(0)): Prometheus {
  const registry = new Registry();
  const [series, histograms] = [new Map<string, Series>(), new Map<string, Histogram>()];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: loopLookMs });
  postponeLoopLag(registry);
  registerOpenFiles(registry);
  const ofAccounts: (readonly [Series, ClosedLabels])[] = [];
  for (const [name, { labels, ...metric }] of Object.entries(declared)) {
    const head = { name, ...metric, labelNames: Object.keys(labels) };
    if (metric.type === 'histogram') {
      histograms.set(name, registered(registry, new Histogram(head, metric.buckets)));
      continue;
    }
    const added = registered(registry, new Series(head));
    series.set(name, added);
    if (isOfAccounts(labels)) ofAccounts.push([added, closed(labels)]);
    else begin(added, labels);
  }
  const showShards = shardMetrics.map((metric) => registerShardMetric(registry, metric));
  const exposition = expositionOf(registry);
  let named: readonly string[] = [];
  const addAccounts = (): void => {
    const fresh = accounts.names().filter((name) => !named.includes(name));
    named = accounts.names();
    if (fresh.length > 0) for (const [counter, labels] of ofAccounts) begin(counter, { account: fresh, ...labels });
  };
  return {
    metrics: {
      count: (name, labels: Readonly<Record<string, string>>, by = 1) => {
        const { account } = labels;
        const shown = account === undefined ? labels : { ...labels, account: accounts.nameOf(account) };
        of(series, name).increase(shown, by);
      },
      set: (name, labels, value) => of(series, name).set(labels, value),
      observe: (name, labels, value) => of(histograms, name).observe(labels, value),
    },
    contentType: registry.contentType,
    text() {
      addAccounts();
      // Every metric of the shards is of the same moment, and their words are read once.
      for (const { shard, stats } of shards()) for (const show of showShards) show(String(shard), stats);
      return exposition();
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
function begin(series: Series, labels: ClosedLabels): void {
  const sets = Object.entries(labels).reduce<readonly Readonly<Record<string, string>>[]>(
    (known, [label, values]) => known.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
    [{}],
  );
  for (const set of sets) series.increase(set, 0);
}

function of<T>(table: ReadonlyMap<string, T>, name: string): T {
  const metric = table.get(name);
  assert(metric !== undefined, `metric ${name} is declared`);
  return metric;
}

type ShowShard = (shard: string, stats: ShardView['stats']) => void;

/** The engine has counted already: each scrape shows its words, nothing is added up here. */
function registerShardMetric(registry: Registry, metric: ShardMetric): ShowShard {
  const { name, type, help, stat, scale, sumStat = '', by } = metric;
  const head = { name, type, help, labelNames: ['shard', ...(by === undefined ? [] : [by.label])] };
  if (type !== 'histogram') {
    const series = registered(registry, new Series(head));
    return (shard, stats) => series.set({ shard }, Number(stats[stat]) * scale);
  }
  const histogram = registered(registry, new Histogram(head, tickBucketsSeconds));
  const buckets = tickBucketsSeconds.length + 1;
  return (shard, stats) => {
    const [counts, sums] = [wordsOf(stats[stat]), wordsOf(stats[sumStat])];
    for (const [index, value] of (by?.values ?? ['']).entries()) {
      const labels = by === undefined ? { shard } : { shard, [by.label]: value };
      const between = counts.slice(index * buckets, (index + 1) * buckets);
      histogram.show(labels, { counts: between, sum: (sums[index] ?? 0) * scale });
    }
  };
}

const wordsOf = (words: number | readonly number[] | undefined): readonly number[] =>
  typeof words === 'object' ? words : [words ?? 0];

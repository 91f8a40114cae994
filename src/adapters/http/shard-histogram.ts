/** A histogram whose buckets were counted elsewhere: prom-client only writes them down. */
import { Histogram, type Registry } from 'prom-client';
import { type ShardMetric, tickBucketsSeconds } from '../../app/health/shard-metrics.js';
import type { ShardView } from '../../media/engine-port.js';
import type { Labels, Sample } from './exposition.js';
import { shardLabels } from './shard-labels.js';

export class ShardHistogram extends Histogram {
  readonly #metric: ShardMetric;
  readonly #shards: () => readonly ShardView[];

  constructor(registry: Registry, metric: ShardMetric, shards: () => readonly ShardView[]) {
    const { name, help } = metric;
    const labelNames = ['shard', ...(metric.by === undefined ? [] : [metric.by.label])];
    super({ name, help, labelNames, buckets: [...tickBucketsSeconds], registers: [registry] });
    this.#metric = metric;
    this.#shards = shards;
  }

  /** Where prom-client takes the values of a histogram from; its types do not show it. */
  async getForPromString() {
    const { name, help } = this.#metric;
    return { name, help, type: 'histogram', values: this.#shards().flatMap((shard) => this.#valuesOf(shard)) };
  }

  #valuesOf({ shard, stats }: ShardView): readonly Sample[] {
    const { stat, sumStat = '', by } = this.#metric;
    const [counts, sums] = [wordsOf(stats[stat]), wordsOf(stats[sumStat])];
    if (by === undefined) return this.#samples(shardLabels(shard), counts, sums[0] ?? 0);
    const buckets = tickBucketsSeconds.length + 1;
    return by.values.flatMap((value, index) =>
      this.#samples(
        shardLabels(shard, by.label, value),
        counts.slice(index * buckets, (index + 1) * buckets),
        sums[index] ?? 0,
      ),
    );
  }

  /** Prometheus wants each bucket to count everything up to its edge; the stats block counts between edges. */
  #samples(sharedLabels: Labels, buckets: readonly number[], sum: number): readonly Sample[] {
    const { name, scale } = this.#metric;
    let count = 0;
    const cumulative = buckets.map((bucket, index) => {
      count += bucket;
      const le = tickBucketsSeconds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count };
    });
    return [
      ...cumulative,
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum * scale },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
    ];
  }
}

const wordsOf = (words: number | readonly number[] | undefined): readonly number[] =>
  typeof words === 'object' ? words : [words ?? 0];

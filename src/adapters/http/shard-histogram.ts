/** A histogram whose buckets were counted elsewhere: prom-client only writes them down. */
import { Histogram, type Registry } from 'prom-client';
import { type ShardMetric, tickBucketsSeconds } from '../../app/health/shard-metrics.js';
import type { ShardView } from '../../media/engine-port.js';

type Sample = {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
};

export class ShardHistogram extends Histogram<'shard'> {
  readonly #metric: ShardMetric;
  readonly #shards: () => readonly ShardView[];

  constructor(registry: Registry, metric: ShardMetric, shards: () => readonly ShardView[]) {
    const { name, help } = metric;
    super({ name, help, labelNames: ['shard'], buckets: [...tickBucketsSeconds], registers: [registry] });
    this.#metric = metric;
    this.#shards = shards;
  }

  /** Where prom-client takes the values of a histogram from; its types do not show it. */
  async getForPromString() {
    const { name, help } = this.#metric;
    return { name, help, type: 'histogram', values: this.#shards().flatMap((shard) => this.#valuesOf(shard)) };
  }

  /** Prometheus wants each bucket to count everything up to its edge; the stats block counts between edges. */
  #valuesOf({ shard, stats }: ShardView): readonly Sample[] {
    const { name, stat, sumStat = '', scale } = this.#metric;
    const words = stats[stat];
    const buckets = typeof words === 'object' ? words : [];
    const labels = { shard: String(shard) };
    let count = 0;
    const cumulative = buckets.map((bucket, index) => {
      count += bucket;
      const le = tickBucketsSeconds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...cumulative,
      { metricName: `${name}_sum`, labels, value: Number(stats[sumStat]) * scale },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

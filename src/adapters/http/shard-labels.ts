/** Labels of what shards count: one object for each set, so that its text is made once (`exposition.ts`). */
import type { ShardId } from '../../media/engine-port.js';

type ShardLabels = { readonly shard: string } & Readonly<Record<string, string>>;

/** As many as there are shards, and values of the labels beside. */
const known = new Map<string, ShardLabels>();

/** `label`: one beside `shard`, and its value. */
export function shardLabels(shard: ShardId, label = '', value = ''): ShardLabels {
  const key = `${shard} ${label} ${value}`;
  const labels = known.get(key) ?? { shard: String(shard), ...(label === '' ? {} : { [label]: value }) };
  known.set(key, labels);
  return labels;
}

/** How much more the daemon could take, by slots and by tick time. */
import type { ShardView } from '../media/engine-port.js';

export type LegCapacity = { readonly legs: number; readonly legsMax: number; readonly legsFree: number };

/** `tickLoadMax` is the share of a tick beyond which a shard takes no newcomer. */
export function legCapacity(shards: readonly ShardView[], tickLoadMax: number): LegCapacity {
  const alive = shards.filter((shard) => shard.alive);
  const sum = (of: (shard: ShardView) => number): number => alive.reduce((total, shard) => total + of(shard), 0);
  return {
    legs: sum(({ legs }) => legs),
    legsMax: sum(({ legsMax }) => legsMax),
    legsFree: sum((shard) => legsFree(shard, tickLoadMax)),
  };
}

function legsFree(shard: ShardView, tickLoadMax: number): number {
  if (!shard.takesNewcomers) return 0;
  const byTime = Math.floor((tickLoadMax - shard.expectedLoad) / shard.legLoad);
  return Math.max(0, Math.min(shard.legsMax - shard.legs, byTime));
}

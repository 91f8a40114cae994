/** How much more the daemon could take, by slots and by measured tick time. */
import type { ShardView } from '../media/engine-port.js';

/** What a leg costs until enough are measured: 5.5 µs of a 20 ms frame's work (ENGINE-STUDY §5.4), as a share. */
const legLoadAssumed = 5.5 / 20_000;

/** With fewer legs than this the measured load says more about the shard than about its legs. */
const legsMeasuredMin = 50;

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

function legsFree({ legs, legsMax, tickLoad, takesNewcomers }: ShardView, tickLoadMax: number): number {
  if (!takesNewcomers) return 0;
  const legLoad = legs < legsMeasuredMin ? legLoadAssumed : Math.max(tickLoad / legs, legLoadAssumed / 10);
  const byTime = Math.floor((tickLoadMax - tickLoad) / legLoad);
  return Math.max(0, Math.min(legsMax - legs, byTime));
}

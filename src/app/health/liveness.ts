/** Is audio being mixed? The engines' tick counters must move; whoever else is busy does not matter. */
import type { Cancel, Clock } from '../../base/ports.js';
import type { EnginePort, ShardId } from '../../media/engine-port.js';
import { beatMs } from './beat.js';

/** Ticks come every 5 ms; machines pause for tens of milliseconds now and then. */
const stalledAfterMs = 3000;

export interface Liveness {
  start(): void;
  stop(): void;
  /** Living shards whose ticks have not moved for three seconds. */
  stalled(): readonly ShardId[];
}

export function createLiveness(engine: Pick<EnginePort, 'shards'>, clock: Clock): Liveness {
  const seen = new Map<ShardId, { readonly ticks: number; readonly atMs: number }>();
  let cancel: Cancel = () => {};
  const look = (): void => {
    const atMs = clock.monotonic();
    for (const { shard, alive, stats } of engine.shards()) {
      const ticks = Number(stats.ticks);
      if (!alive) seen.delete(shard);
      else if (seen.get(shard)?.ticks !== ticks) seen.set(shard, { ticks, atMs });
    }
    cancel = clock.after(beatMs, look);
  };
  return {
    start: look,
    stop: () => cancel(),
    stalled() {
      const nowMs = clock.monotonic();
      return [...seen].filter(([, { atMs }]) => nowMs - atMs > stalledAfterMs).map(([shard]) => shard);
    },
  };
}

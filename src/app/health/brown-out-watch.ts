/** Watches the ticks of every shard, and takes and undoes the steps of brown-out that they call for. */
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import type { EnginePort, ShardId, ShardView } from '../../media/engine-port.js';
import type { Metrics } from '../metrics.js';
import {
  brownOutSteps,
  brownOutWindowMs,
  effortOn,
  isTaken,
  type Ladder,
  ladderAtRest,
  stepLadder,
  type TickCounts,
  type TickWindow,
  tickCounts,
  tickWindow,
} from './brown-out.js';
import type { RoomRateSaving } from './room-rate-saving.js';

export type BrownOutWatchParts = {
  readonly engine: Pick<EnginePort, 'shards' | 'apply' | 'admitNewcomers'>;
  readonly rateSaving: Pick<RoomRateSaving, 'save'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export interface BrownOutWatch {
  start(): void;
  stop(): void;
}

type Watched = { readonly counts: TickCounts; readonly ladder: Ladder };

export function createBrownOutWatch(parts: BrownOutWatchParts): BrownOutWatch {
  const { engine, rateSaving, clock, metrics, logger } = parts;
  const watched = new Map<ShardId, Watched>();
  let cancel: Cancel = () => {};

  const tell = (shard: ShardId, before: Ladder, after: Ladder, { load, longShare }: TickWindow): boolean => {
    // A full ring takes the command with a later window.
    if (!engine.apply(shard, [{ kind: 'limit-effort', effort: effortOn(after.rung) }]).ok) return false;
    rateSaving.save(shard, isTaken(after.rung, 'room-rate'));
    engine.admitNewcomers(shard, !isTaken(after.rung, 'joins'));
    const isMore = after.rung > before.rung;
    const step = brownOutSteps[Math.min(before.rung, after.rung)];
    if (step === undefined) return true;
    metrics.count('parley_brown_out_changes_total', { step, change: isMore ? 'taken' : 'undone' });
    const facts = { shard, step, load, longShare };
    if (isMore) logger.warn('brown-out-step-taken', facts);
    else logger.info('brown-out-step-undone', facts);
    return true;
  };
  const lookAt = ({ shard, stats }: ShardView): void => {
    const counts = tickCounts(stats);
    const { ladder: before, counts: since } = watched.get(shard) ?? { ladder: ladderAtRest, counts };
    const window = tickWindow(since, counts);
    const after = window === null ? before : stepLadder(before, window);
    const isTold = window === null || after.rung === before.rung || tell(shard, before, after, window);
    watched.set(shard, { counts, ladder: isTold ? after : before });
  };
  const look = (): void => {
    for (const view of engine.shards()) {
      if (view.alive) lookAt(view);
      else watched.delete(view.shard);
    }
    for (const step of brownOutSteps) {
      const shards = [...watched.values()].filter(({ ladder }) => isTaken(ladder.rung, step)).length;
      metrics.set('parley_brown_out_shards', { step }, shards);
    }
    cancel = clock.after(brownOutWindowMs, look);
  };
  return { start: look, stop: () => cancel() };
}

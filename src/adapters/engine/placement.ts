/** Which shard a new conference goes to (DESIGN §5.10). */
import { err, ok, type Result } from '../../base/result.js';
import type { EngineRefusal, ShardId, ShardView } from '../../media/engine-port.js';

/** Loads that differ by less are the same: then the fewer legs decide. */
const loadStep = 0.02;

/** The living shard with the least tick load, measured and to be expected, that has a room and a leg to give. */
export function placeConference(shards: readonly ShardView[], tickLoadMax: number): Result<ShardId, EngineRefusal> {
  const alive = shards.filter((shard) => shard.alive);
  if (alive.length === 0) return err({ kind: 'engine-unavailable' });
  const withTime = alive.filter(({ expectedLoad, takesNewcomers }) => takesNewcomers && expectedLoad < tickLoadMax);
  if (withTime.length === 0) return err({ kind: 'engine-full', what: 'tick-time' });
  const withRooms = withTime.filter((shard) => shard.rooms < shard.roomsMax);
  if (withRooms.length === 0) return err({ kind: 'engine-full', what: 'rooms' });
  const best = withRooms.filter((shard) => shard.legs < shard.legsMax).sort(bySpareTime)[0];
  return best === undefined ? err({ kind: 'engine-full', what: 'legs' }) : ok(best.shard);
}

/** For a sort: who has most time to give comes first. */
export const bySpareTime = (a: ShardView, b: ShardView): number =>
  step(a) - step(b) || a.legs - b.legs || a.rooms - b.rooms || a.shard - b.shard;

const step = (shard: ShardView): number => Math.floor(shard.expectedLoad / loadStep);

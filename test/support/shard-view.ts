/** A shard as seen from outside: idle and roomy but for `wishes`. */
import type { ShardId, ShardView } from '../../src/media/engine-port.js';

export const shardView = (id: number, wishes: Partial<ShardView> = {}): ShardView => ({
  shard: id as ShardId,
  alive: true,
  legs: 0,
  legsMax: 10,
  rooms: 0,
  roomsMax: 10,
  lanes: 0,
  lanesMax: 10,
  players: 0,
  playersMax: 10,
  recorders: 0,
  recordersMax: 10,
  tickLoad: 0,
  expectedLoad: wishes.tickLoad ?? 0,
  legLoad: 0.001,
  takesNewcomers: true,
  realtimeScheduling: true,
  cpuSeconds: 0,
  stats: { ticks: 0 },
  ...wishes,
});

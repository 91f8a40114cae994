/** What memory a shard takes, item by item: by its limits alone, all of it at the start (docs/arena.md). */
import { assert } from '../../base/assert.js';
import { type MemoryPartName, memoryParts } from '../../media/engine-layout.js';
import type { Arena, ArenaLimits } from './arena.js';

/** Recorders of a shard at a time: each has a ring of some 200 KiB, and two open files. */
const recordersPerShardMax = 1024;

/** Bytes. */
export type ShardMemory = Readonly<Record<MemoryPartName, number>>;

/** What is needed of the addon. */
export interface MemoryAddon {
  shardMemory(arena: Uint8Array): readonly number[];
}

export type ShardLimits = Omit<ArenaLimits, 'commandRecords' | 'eventRecords'>;

/** What a configuration gives a shard. */
export function shardLimits(config: {
  readonly legsPerShard: number;
  readonly roomsPerShard: number;
  readonly lanesPerShard: number;
  readonly opusLegsPerShard: number;
}): ShardLimits {
  return {
    legsMax: config.legsPerShard,
    roomsMax: config.roomsPerShard,
    lanesMax: config.lanesPerShard,
    opusLegsMax: config.opusLegsPerShard,
    // For each leg one of its own, and for each room one that all in it hear.
    playersMax: config.legsPerShard + config.roomsPerShard,
    // Each leg its own and each room one, within what files a process may have open.
    recordersMax: Math.min(config.legsPerShard + config.roomsPerShard, recordersPerShardMax),
  };
}

/**
 * The limits of an arena with rings that hold more than one change of a full shard takes: each leg closed, opened, its
 * voice set, routed, a player of it closed and another opened. Each command makes at most one event, each leg three in
 * 20 ms, its keys included, and each player or recorder one in its life: an event ring of twice as many cannot overflow
 * between polls.
 */
export function withRings(limits: ShardLimits): ArenaLimits {
  const commandRecords = 2 ** Math.ceil(Math.log2(limits.legsMax * 6 + 64));
  return { ...limits, commandRecords, eventRecords: commandRecords * 2 };
}

export function shardMemory(addon: MemoryAddon, arena: Arena): ShardMemory {
  const bytes = addon.shardMemory(arena.bytes);
  const entries = Object.entries(memoryParts).map(([part, index]) => {
    const size = bytes[index];
    assert(size !== undefined, `the addon tells of ${part}`);
    return [part, size] as const;
  });
  return Object.fromEntries(entries) as ShardMemory;
}

export const memoryEntries = (memory: ShardMemory): readonly (readonly [MemoryPartName, number])[] =>
  Object.entries(memory) as [MemoryPartName, number][];

export const memoryBytes = (memory: ShardMemory): number => Object.values(memory).reduce((sum, bytes) => sum + bytes);

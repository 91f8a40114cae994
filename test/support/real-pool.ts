/** Shards on threads of their own with the real addon, ready, on ports of the kernel's choice. */
import { createEnginePool, type EnginePool, type EnginePoolOptions } from '../../src/adapters/engine/engine-pool.js';
import { openEventBell } from '../../src/adapters/engine/event-bell.js';
import { createShardThreads } from '../../src/adapters/engine/shard-threads.js';
import { systemClock as clock } from '../../src/adapters/system/clock.js';
import { systemRandom as random } from '../../src/adapters/system/random.js';
import { loadAddon } from '../../src/addon/addon.js';
import { recordingLogger } from './silent.js';

/** Of the shards, where the system permits it: as a daemon has it unless it is told otherwise. */
const realtimePriority = 20;

export type PoolSize = Pick<EnginePoolOptions, 'shards' | 'limits'> & {
  /** Legs of a room from which on those who talk most are mixed, as in a daemon; left out: 64. */
  readonly rankedAbove?: number;
};

/** Whoever starts it stops it. */
export async function startRealPool({ rankedAbove = 64, ...size }: PoolSize): Promise<EnginePool> {
  const addon = loadAddon();
  const pool = createEnginePool({
    options: {
      ...size,
      realtimePriority,
      tickLoadMax: 1,
      bindHost: '127.0.0.1',
      advertisedHost: '127.0.0.1',
      rtpPorts: { first: 0, last: 0 },
      speech: { startMs: 200, stopMs: 500 },
      ranking: { above: rankedAbove, talkersMax: 6 },
      relatchMs: 2000,
    },
    addon,
    threads: createShardThreads(size.shards),
    openBell: (onRing) => openEventBell(addon, onRing),
    ...{ clock, random, logger: recordingLogger() },
  });
  await pool.start();
  return pool;
}

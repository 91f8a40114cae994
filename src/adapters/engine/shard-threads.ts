/** The threads of the shards: a Piscina pool with as many threads as tasks, none of which ends before it is told to. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { ShardTask } from '../../addon/addon.js';
import type { ShardThreads } from './engine-pool.js';

/** Compiled, also when the rest runs from source: worker threads load JavaScript. */
const workerFile = fileURLToPath(new URL('../../../dist/worker/shard.js', import.meta.url));

export function createShardThreads(count: number): ShardThreads {
  const pool = new Piscina<ShardTask, void>({
    filename: workerFile,
    name: 'runShardTask',
    minThreads: count,
    maxThreads: count,
    concurrentTasksPerWorker: 1,
    recordTiming: false,
  });
  return {
    run: (arena, options) => pool.run({ arena, options }),
    destroy: () => pool.destroy(),
  };
}

/** The endless task of a shard: loads the addon and stays in native code until the control block says stop. */
import { loadAddon, type ShardTask } from '../addon/addon.js';

/** Blocks its thread. Throws when the arena is not of the addon's layout. */
export function runShardTask(task: ShardTask): void {
  loadAddon().runShard(task.arena, task.options);
}

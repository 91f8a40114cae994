/** Telephones keep time whatever else a machine does; the callers of a test are threads among others. */
import { spawnSync } from 'node:child_process';

/** Below the engine's own threads (docs/configuration.md), above everything ordinary. */
const priority = 1;

/** `chrt` is of util-linux, which every Debian has. Where it is missing or refused, things stay as they are. */
function schedule(processes: readonly number[], policy: '--fifo' | '--other'): void {
  const level = policy === '--fifo' ? priority : 0;
  for (const pid of processes) spawnSync('chrt', [policy, '--pid', String(level), String(pid)], { stdio: 'ignore' });
}

/** For all its life, and for the threads that it will start. */
export const keepTime = (pid: number): void => schedule([pid], '--fifo');

/**
 * Does `work` with the main threads of this process and of `others` under real-time scheduling, where the system
 * permits it: callers that are held up are not heard, and then nothing can be said of what was mixed.
 */
export async function keepingTime<T>(others: readonly number[], work: () => Promise<T>): Promise<T> {
  const processes = [process.pid, ...others];
  schedule(processes, '--fifo');
  try {
    return await work();
  } finally {
    schedule(processes, '--other');
  }
}

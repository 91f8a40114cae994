/** Telephones keep time whatever else a machine does; the callers of a test are threads among others. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

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

/** All processes that this one has started, and those that they have (proc(5): the parent is field 4 of stat). */
export function descendants(): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  return [...parents.keys()].filter(isOurs);
}

/** Empty when it has ended since it was listed. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

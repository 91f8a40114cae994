import { readFileSync } from 'node:fs';

const msPerTick = 10;

/** What a hypervisor has taken from this machine's cores since it started, in ms (proc_stat(5): steal). */
export function stolenMs(): number {
  const [, , , , , , , , steal = '0'] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9);
  return Number(steal) * msPerTick;
}

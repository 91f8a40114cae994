/** The machine's randomness. */
import { randomFillSync } from 'node:crypto';
import type { Random } from '../../base/ports.js';

/** Asked for together: a sid or a trace is a few bytes, and each request of the generator costs microseconds. */
const poolBytes = 4096;

const pool = new Uint8Array(poolBytes);
let used = poolBytes;

function bytes(count: number): Uint8Array {
  if (count > poolBytes) return randomFillSync(new Uint8Array(count));
  if (used + count > poolBytes) {
    randomFillSync(pool);
    used = 0;
  }
  const taken = pool.slice(used, used + count);
  // What was given out is not kept here.
  pool.fill(0, used, used + count);
  used += count;
  return taken;
}

export const systemRandom: Random = { bytes, fraction: () => Math.random() };

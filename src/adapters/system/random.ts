/** The machine's randomness. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../../base/ports.js';

export const systemRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  fraction: () => Math.random(),
};

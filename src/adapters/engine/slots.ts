/**
 * Free lists with generations. The slot that has been free longest is used next, and each use has a new generation,
 * so that a late record about an earlier use is recognised.
 */
import { assert } from '../../base/assert.js';

export type Slot = { readonly slot: number; readonly generation: number };

export interface Slots {
  /** Null when all are taken. */
  take(): Slot | null;
  give(slot: Slot): void;
  taken(): number;
  /** Is this use of the slot the one going on? */
  isCurrent(slot: Slot): boolean;
}

export function createSlots(count: number): Slots {
  // A ring of the free slots, first in first out.
  const free = Uint32Array.from({ length: count }, (_, slot) => slot);
  const generations = new Uint32Array(count);
  const inUse = new Uint8Array(count);
  let first = 0;
  let taken = 0;
  return {
    take() {
      if (taken === count) return null;
      const slot = free[first % count] ?? 0;
      first = (first + 1) % count;
      taken += 1;
      inUse[slot] = 1;
      const generation = ((generations[slot] ?? 0) + 1) >>> 0;
      generations[slot] = generation;
      return { slot, generation };
    },
    give(given) {
      assert(this.isCurrent(given), 'a slot is given back once');
      inUse[given.slot] = 0;
      taken -= 1;
      free[(first + (count - taken - 1)) % count] = given.slot;
    },
    taken: () => taken,
    isCurrent: (slot) => inUse[slot.slot] === 1 && generations[slot.slot] === slot.generation,
  };
}

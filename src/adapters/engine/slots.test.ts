import { describe, expect, it } from 'vitest';
import { createSlots, type Slot } from './slots.js';

const taken = (slot: Slot | null): Slot => slot ?? expect.fail('a slot was free');

describe('createSlots', () => {
  it('gives each slot once and then none', () => {
    const slots = createSlots(3);
    expect([slots.take()?.slot, slots.take()?.slot, slots.take()?.slot, slots.take()]).toEqual([0, 1, 2, null]);
    expect(slots.taken()).toBe(3);
  });

  it('uses the slot that was free longest, with a new generation', () => {
    const slots = createSlots(3);
    const first = taken(slots.take());
    slots.give(first);
    expect([slots.take()?.slot, slots.take()?.slot]).toEqual([1, 2]);
    const again = taken(slots.take());
    expect(again).toEqual({ slot: first.slot, generation: first.generation + 1 });
    expect([slots.isCurrent(first), slots.isCurrent(again)]).toEqual([false, true]);
  });

  it('is never confused by any order of giving', () => {
    const slots = createSlots(4);
    const held: Slot[] = [];
    for (let step = 0; step < 200; step += 1) {
      const slot = step % 3 === 2 ? null : slots.take();
      if (slot !== null) {
        expect(held.some((other) => other.slot === slot.slot)).toBe(false);
        held.push(slot);
      } else if (held.length > 0) {
        slots.give(taken(held.splice((step * 7) % held.length, 1)[0] ?? null));
      }
      expect(slots.taken()).toBe(held.length);
    }
  });

  it('takes nothing back twice', () => {
    const slots = createSlots(1);
    const slot = taken(slots.take());
    slots.give(slot);
    expect(() => slots.give(slot)).toThrow('given back once');
  });
});

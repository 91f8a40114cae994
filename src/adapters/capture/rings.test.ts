import { describe, expect, it } from 'vitest';
import { Rings, ringsKeptMax } from './rings.js';

describe('rings of recordings', () => {
  it('are used again by recordings of their rate and channels', () => {
    const rings = new Rings();
    const [mono, stereo] = [rings.take(8000, 1), rings.take(8000, 2)];
    rings.giveBack(mono, 8000, 1);
    rings.giveBack(stereo, 8000, 2);
    expect(rings.take(16_000, 1)).not.toBe(mono);
    expect(rings.take(8000, 2)).toBe(stereo);
    expect(rings.take(8000, 1)).toBe(mono);
    expect(rings.take(8000, 1)).not.toBe(mono);
  });

  it('are kept in a number that is bounded', () => {
    const rings = new Rings();
    const taken = new Set(Array.from({ length: ringsKeptMax + 1 }, () => rings.take(8000, 1)));
    for (const memory of taken) rings.giveBack(memory, 8000, 1);
    const again = [...taken].map(() => rings.take(8000, 1));
    expect(again.filter((memory) => taken.has(memory))).toHaveLength(ringsKeptMax);
  });
});

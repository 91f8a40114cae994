import { describe, expect, it } from 'vitest';
import { collectGarbage } from './collect-garbage.js';

describe('collectGarbage', () => {
  it('gives back what nobody holds any more', () => {
    let held: number[][] | null = Array.from({ length: 200 }, (_, at) => new Array<number>(10_000).fill(at + 0.5));
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    expect(held).toHaveLength(200);
    held = null;
    collectGarbage();
    expect(before - process.memoryUsage().heapUsed).toBeGreaterThan(10e6);
  });
});

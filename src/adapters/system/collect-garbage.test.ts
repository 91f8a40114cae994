import { describe, expect, it } from 'vitest';
import { collectGarbage, collectWhenTold, tellThreadsToCollect } from './collect-garbage.js';

const tenMegabytes = 10e6;

describe('collectGarbage', () => {
  it('gives back what nobody holds any more', async () => {
    let held: number[][] | null = Array.from({ length: 200 }, (_, at) => new Array<number>(10_000).fill(at + 0.5));
    await collectGarbage();
    const before = process.memoryUsage().heapUsed;
    expect(held).toHaveLength(200);
    held = null;
    await collectGarbage();
    expect(before - process.memoryUsage().heapUsed).toBeGreaterThan(tenMegabytes);
  });

  it('is done by whoever listens, after what it lets go of', async () => {
    let held: number[][] | null = Array.from({ length: 200 }, (_, at) => new Array<number>(10_000).fill(at + 0.5));
    const before = process.memoryUsage().heapUsed;
    expect(held).toHaveLength(200);
    collectWhenTold(() => {
      held = null;
    });
    tellThreadsToCollect();
    await expect.poll(() => before - process.memoryUsage().heapUsed).toBeGreaterThan(tenMegabytes);
  });
});

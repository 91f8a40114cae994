import { Session } from 'node:inspector/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectGarbage, collectWhenTold, tellThreadsToCollect } from './collect-garbage.js';

const tenMegabytes = 10e6;

describe('collectGarbage', () => {
  afterEach(() => vi.restoreAllMocks());

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

  it('ends no thread that was told to when it is refused', async () => {
    const refused = new Error('no');
    const post = vi.spyOn(Session.prototype, 'post').mockRejectedValue(refused);
    const disconnect = vi.spyOn(Session.prototype, 'disconnect');
    await expect(collectGarbage()).rejects.toBe(refused);
    collectWhenTold();
    tellThreadsToCollect();
    await expect.poll(() => post.mock.calls.length).toBeGreaterThan(1);
    // What is not caught by then fails the run.
    await expect.poll(() => disconnect.mock.calls.length).toBe(post.mock.calls.length);
  });
});

import { describe, expect, it } from 'vitest';
import { HeapKeeper, leftBytesMax } from './heap-keeper.js';

/** A heap in which 1,000 bytes live. */
function heapOf(refuses = false) {
  const heap = { used: 1000, collections: 0 };
  const keeper = new HeapKeeper({
    usedBytes: () => heap.used,
    async collect() {
      heap.collections += 1;
      if (refuses) throw new Error('no');
      heap.used = 1000;
    },
  });
  const leave = (bytes: number) =>
    keeper.after(async () => {
      heap.used += bytes;
      return 'done';
    });
  return { heap, keeper, leave };
}

describe('HeapKeeper', () => {
  it('collects once more is left behind than may be, and then again', async () => {
    const { heap, leave } = heapOf();
    expect(await leave(leftBytesMax)).toBe('done');
    expect(heap.collections).toBe(0);
    await leave(1);
    expect(heap.collections).toBe(1);
    await leave(leftBytesMax);
    expect(heap.collections).toBe(1);
    await leave(1);
    expect(heap.collections).toBe(2);
  });

  it('measures from the least that there was, when V8 has collected by itself', async () => {
    const { heap, leave } = heapOf();
    await leave(leftBytesMax);
    heap.used = 500;
    await leave(0);
    await leave(leftBytesMax);
    expect(heap.collections).toBe(0);
    await leave(1);
    expect(heap.collections).toBe(1);
  });

  it('waits for the last of those that run together', async () => {
    const { heap, keeper, leave } = heapOf();
    let end = (): void => {};
    const long = keeper.after(() => new Promise<void>((resolve) => (end = resolve)));
    await leave(leftBytesMax + 1);
    expect(heap.collections).toBe(0);
    end();
    await long;
    expect(heap.collections).toBe(1);
  });

  it('collects behind a job that failed, which fails as it did', async () => {
    const { heap, keeper } = heapOf();
    const failed = new Error('no such file');
    const job = keeper.after(async () => {
      heap.used += leftBytesMax + 1;
      throw failed;
    });
    await expect(job).rejects.toBe(failed);
    expect(heap.collections).toBe(1);
  });

  it('lets a job end as it does where nothing is collected, and asks for each growth once', async () => {
    const { heap, leave } = heapOf(true);
    expect(await leave(leftBytesMax + 1)).toBe('done');
    expect(await leave(1)).toBe('done');
    expect(heap.collections).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.js';

describe('BoundedQueue', () => {
  it('gives what it has before its end, and its failure after', async () => {
    const queue = new BoundedQueue<number>(3);
    queue.push(1);
    queue.end(new Error('broken'));
    queue.push(2);
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toThrow('broken');
  });

  it('wakes who waits', async () => {
    const queue = new BoundedQueue<number>(3);
    const waiting = queue.next();
    queue.push(1);
    expect(await waiting).toEqual({ done: false, value: 1 });
    const last = queue.next();
    queue.end();
    expect((await last).done).toBe(true);
  });

  it('forgets the oldest, and says which', () => {
    const dropped: number[] = [];
    const queue = new BoundedQueue<number>(2, (item) => dropped.push(item));
    for (let item = 0; item < 5; item += 1) queue.push(item);
    expect(dropped).toEqual([0, 1, 2]);
  });

  it('tells when its reader has had enough', async () => {
    let returned = 0;
    const queue = new BoundedQueue<number>(
      2,
      () => {},
      () => {
        returned += 1;
      },
    );
    queue.push(1);
    for await (const _ of queue) break;
    expect(returned).toBe(1);
    expect((await queue.next()).done).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { settled } from '../../../test/support/virtual-clock.js';
import { commandsQueuedMax, createCommandQueue, type Together } from './command-queue.js';

function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('createCommandQueue', () => {
  it('begins a job when the one before it has finished', async () => {
    const queue = createCommandQueue();
    const first = gate();
    const seen: string[] = [];
    void queue.add(async () => {
      seen.push('first begins');
      await first.opened;
      seen.push('first ends');
    });
    const second = queue.add(async () => seen.push('second'));
    await settled();
    expect([seen, queue.length()]).toEqual([['first begins'], 2]);
    first.open();
    await second;
    expect(seen).toEqual(['first begins', 'first ends', 'second']);
    expect(queue.length()).toBe(0);
  });

  it('goes on after a job that failed, which only its own caller hears of', async () => {
    const queue = createCommandQueue();
    const failed = queue.add(async () => {
      throw new Error('disk full');
    });
    const next = queue.add(async () => 'done');
    await expect(failed).rejects.toThrow('disk full');
    expect(await next).toBe('done');
  });

  it('refuses what is too much, but never what must not be lost', async () => {
    const queue = createCommandQueue();
    const first = gate();
    const jobs = Array.from({ length: commandsQueuedMax }, () => queue.add(() => first.opened));
    expect(jobs.every((job) => job !== null)).toBe(true);
    expect(queue.add(async () => 'refused')).toBeNull();
    const kept = queue.addAlways(async () => 'kept');
    first.open();
    expect(await kept).toBe('kept');
    expect(await queue.add(async () => 'again')).toBe('again');
  });

  describe('of jobs that may run together', () => {
    const ranTogether = () => {
      const runs: number[][] = [];
      const together: Together<number, string> = {
        fits: (items, next) => items.length < 3 && next >= 0,
        run: async (items) => {
          runs.push([...items]);
          return items.map((item) => `done ${item}`);
        },
      };
      return { runs, together };
    };

    it('runs those that wait side by side as one, each with its own answer', async () => {
      const queue = createCommandQueue();
      const { runs, together } = ranTogether();
      const first = gate();
      void queue.add(() => first.opened);
      const answers = [1, 2, 3, 4].map((item) => queue.addTogether(together, item));
      expect(queue.length()).toBe(5);
      first.open();
      expect(await Promise.all(answers)).toEqual(['done 1', 'done 2', 'done 3', 'done 4']);
      expect(runs).toEqual([[1, 2, 3], [4]]);
      expect(queue.length()).toBe(0);
    });

    it('keeps the order: what was added between parts them, and so does one that does not fit', async () => {
      const queue = createCommandQueue();
      const { runs, together } = ranTogether();
      const jobs = [
        queue.addTogether(together, 1),
        queue.add(async () => runs.push([])),
        queue.addTogether(together, 2),
        queue.addTogether(together, -3),
        queue.addTogether(together, 4),
      ];
      await Promise.all(jobs);
      expect(runs).toEqual([[1], [], [2], [-3, 4]]);
    });

    it('takes nobody in once it has begun', async () => {
      const queue = createCommandQueue();
      const { runs, together } = ranTogether();
      const first = queue.addTogether(together, 1);
      await first;
      await queue.addTogether(together, 2);
      expect(runs).toEqual([[1], [2]]);
    });
  });
});

import { describe, expect, it } from 'vitest';
import { settled } from '../../test/support/virtual-clock.js';
import { commandsQueuedMax, createCommandQueue } from './command-queue.js';

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
});

import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Callback } from '../../callbacks/webhook.js';
import { MemoryOutbox } from './memory-outbox.js';

/** `a1` is the first callback of conference a. */
const callbackOf = (id: string, account = 'acc'): Callback => ({
  id,
  accountSid: accountSidOf(account),
  conferenceSid: conferenceSidOf(id.slice(0, 1)),
  target: { url: 'https://h.test/', method: 'POST' },
  parameters: new Map(),
});

function outboxWith(ids: readonly string[], callbacksPerAccountMax = 100) {
  const clock = new VirtualClock();
  const overflowed: string[] = [];
  const outbox = new MemoryOutbox({ clock, callbacksPerAccountMax, onOverflow: (sid) => overflowed.push(sid) });
  outbox.append(ids.map((id) => callbackOf(id)));
  const take = (limit = 100) => outbox.take(limit).map(({ callback, attempts }) => `${callback.id}:${attempts}`);
  return { clock, outbox, overflowed, take };
}

describe('MemoryOutbox', () => {
  it('gives the oldest of each conference, and none behind it', () => {
    const { take, outbox } = outboxWith(['a1', 'b1', 'a2', 'b2']);
    expect(take()).toEqual(['a1:0', 'b1:0']);
    expect(take()).toEqual([]);
    outbox.finish('b1');
    expect(take()).toEqual(['b2:0']);
    outbox.finish('a1');
    expect(take()).toEqual(['a2:0']);
  });

  it('gives no more than asked for, those ready longest first', () => {
    const { take, outbox } = outboxWith(['a1', 'b1', 'c1', 'a2']);
    expect(take(1)).toEqual(['a1:0']);
    outbox.finish('a1');
    expect(take(2)).toEqual(['b1:0', 'c1:0']);
    expect(take(2)).toEqual(['a2:0']);
  });

  it('holds a conference back until its callback is due again, and counts the tries', async () => {
    const { take, outbox, clock } = outboxWith(['a1', 'a2']);
    take();
    outbox.retry('a1', clock.now() + 1000);
    await clock.advance(999);
    expect(take()).toEqual([]);
    await clock.advance(1);
    expect(take()).toEqual(['a1:1']);
    outbox.retry('a1', clock.now() - 5);
    await clock.advance(0);
    expect(take()).toEqual(['a1:2']);
    outbox.finish('a1');
    expect(take()).toEqual(['a2:0']);
  });

  it('counts what is queued, taken and waiting alike', async () => {
    const { take, outbox, clock } = outboxWith(['a1', 'a2', 'b1']);
    expect(outbox.depth()).toBe(3);
    take();
    outbox.retry('b1', clock.now() + 10);
    expect(outbox.depth()).toBe(3);
    outbox.finish('a1');
    expect(outbox.depth()).toBe(2);
  });

  it('says when something can be taken, and only then', async () => {
    const { take, outbox, clock } = outboxWith([]);
    let told = 0;
    outbox.onAvailable(() => {
      told += 1;
    });
    outbox.append([]);
    expect(told).toBe(0);
    outbox.append([callbackOf('a1'), callbackOf('a2'), callbackOf('b1')]);
    expect(told).toBe(1);
    take();
    outbox.append([callbackOf('a3')]);
    expect(told).toBe(1);
    outbox.retry('b1', clock.now() + 10);
    expect(told).toBe(1);
    await clock.advance(10);
    expect(told).toBe(2);
    outbox.finish('a1');
    expect(told).toBe(3);
  });

  it('takes no more than its bound from one account, and goes on for others', () => {
    const { take, outbox, overflowed } = outboxWith(['a1', 'a2', 'b1'], 2);
    expect(overflowed).toEqual([accountSidOf('acc')]);
    outbox.append([callbackOf('x1', 'other')]);
    expect(outbox.depth()).toBe(3);
    expect(take()).toEqual(['a1:0', 'x1:0']);
    outbox.finish('a1');
    outbox.append([callbackOf('c1')]);
    expect(take()).toEqual(['a2:0', 'c1:0']);
  });

  it('does not know callbacks that nobody took', () => {
    const { outbox } = outboxWith(['a1']);
    expect(() => outbox.finish('a1')).toThrow(/taken/);
    expect(() => outbox.retry('z9', 0)).toThrow(/taken/);
  });
});

import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { TakeRequest } from '../../app/ports.js';
import type { Callback } from '../../callbacks/webhook.js';
import { MemoryOutbox } from './memory-outbox.js';

/** `a1` is the first callback of conference a. */
const callbackOf = (id: string, account = 'acc', url = 'https://h.test/'): Callback => ({
  id,
  accountSid: accountSidOf(account),
  conferenceSid: conferenceSidOf(id.slice(0, 1)),
  target: { url, method: 'POST' },
  parameters: new Map(),
});

function outboxWith(ids: readonly string[], callbacksPerAccountMax = 100) {
  const clock = new VirtualClock();
  const overflowed: string[] = [];
  const outbox = new MemoryOutbox({ clock, callbacksPerAccountMax, onOverflow: (sid) => overflowed.push(sid) });
  outbox.append(ids.map((id) => callbackOf(id)));
  const take = async (limit = 100, wishes: Partial<TakeRequest> = {}) => {
    const { entries } = await outbox.take({ limit, perReceiver: limit, shares: new Map(), ...wishes });
    return entries.map(({ callback, attempts }) => `${callback.id}:${attempts}`);
  };
  return { clock, outbox, overflowed, take };
}

describe('MemoryOutbox', () => {
  it('gives the oldest of each conference, and none behind it', async () => {
    const { take, outbox } = outboxWith(['a1', 'b1', 'a2', 'b2']);
    expect(await take()).toEqual(['a1:0', 'b1:0']);
    expect(await take()).toEqual([]);
    outbox.delivered('b1');
    expect(await take()).toEqual(['b2:0']);
    outbox.delivered('a1');
    expect(await take()).toEqual(['a2:0']);
  });

  it('gives no more than asked for, those ready longest first', async () => {
    const { take, outbox } = outboxWith(['a1', 'b1', 'c1', 'a2']);
    expect(await take(1)).toEqual(['a1:0']);
    outbox.delivered('a1');
    expect(await take(2)).toEqual(['b1:0', 'c1:0']);
    expect(await take(2)).toEqual(['a2:0']);
  });

  it('holds a conference back until its callback is due again, and counts the tries', async () => {
    const { take, outbox, clock } = outboxWith(['a1', 'a2']);
    await take();
    outbox.retry('a1', 1, clock.now() + 1000);
    await clock.advance(999);
    expect(await take()).toEqual([]);
    await clock.advance(1);
    expect(await take()).toEqual(['a1:1']);
    outbox.retry('a1', 2, clock.now() - 5);
    await clock.advance(0);
    expect(await take()).toEqual(['a1:2']);
    outbox.delivered('a1');
    expect(await take()).toEqual(['a2:0']);
  });

  it('gives each receiver its share, and nothing of those that are held', async () => {
    const { take, outbox } = outboxWith(['a1', 'b1', 'c1']);
    outbox.append([callbackOf('x1', 'acc', 'https://other.test/'), callbackOf('y1', 'acc', 'https://third.test/')]);
    expect(await take(100, { perReceiver: 2, shares: new Map([['https://third.test', 0]]) })).toEqual([
      'a1:0',
      'b1:0',
      'x1:0',
    ]);
    expect(await take(100)).toEqual(['c1:0', 'y1:0']);
  });

  it('counts what is queued, taken and waiting alike', async () => {
    const { take, outbox, clock } = outboxWith(['a1', 'a2', 'b1']);
    expect(outbox.depth()).toBe(3);
    await take();
    outbox.retry('b1', 1, clock.now() + 10);
    expect(outbox.depth()).toBe(3);
    outbox.delivered('a1');
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
    await take();
    outbox.append([callbackOf('a3')]);
    expect(told).toBe(1);
    outbox.retry('b1', 1, clock.now() + 10);
    expect(told).toBe(1);
    await clock.advance(10);
    expect(told).toBe(2);
    outbox.delivered('a1');
    expect(told).toBe(3);
  });

  it('takes no more than its bound from one account, and goes on for others', async () => {
    const { take, outbox, overflowed } = outboxWith(['a1', 'a2', 'b1'], 2);
    expect(overflowed).toEqual([accountSidOf('acc')]);
    outbox.append([callbackOf('x1', 'other')]);
    expect(outbox.depth()).toBe(3);
    expect(await take()).toEqual(['a1:0', 'x1:0']);
    outbox.delivered('a1');
    outbox.append([callbackOf('c1')]);
    expect(await take()).toEqual(['a2:0', 'c1:0']);
  });

  it('does not know callbacks that nobody took', async () => {
    const { outbox } = outboxWith(['a1']);
    expect(() => outbox.delivered('a1')).toThrow(/taken/);
    expect(() => outbox.retry('z9', 1, 0)).toThrow(/taken/);
  });
});

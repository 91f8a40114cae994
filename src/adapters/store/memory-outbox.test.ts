import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { TakeRequest } from '../../app/ports.js';
import type { Callback } from '../../callbacks/webhook.js';
import { MemoryOutbox, memoryDeadLettersMax } from './memory-outbox.js';

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

describe('MemoryOutbox for an operator', () => {
  const acc = accountSidOf('acc');
  const listed = async (outbox: MemoryOutbox, list: 'queued' | 'dead', account = acc) => {
    const page = await outbox.listCallbacks(account, list);
    return page.value.entries.map(({ callback, attempts, reason }) => `${callback.id}:${attempts}:${reason}`);
  };

  it('keeps what was given up and what came on top, and sends it once more', async () => {
    const { take, outbox } = outboxWith(['a1', 'a2', 'b1', 'c1'], 3);
    await take();
    outbox.giveUp('a1', 3, '410');
    expect(await listed(outbox, 'dead')).toEqual(['c1:0:too-many-queued', 'a1:3:410']);
    expect(await listed(outbox, 'dead', accountSidOf('other'))).toEqual([]);
    expect(await outbox.replayCallbacks(acc, ['a1'])).toMatchObject({ value: 1 });
    expect(await listed(outbox, 'dead')).toEqual(['c1:0:too-many-queued']);
    expect(await take()).toEqual(['a2:0']);
    outbox.delivered('a2');
    expect(await take()).toEqual(['a1:0']);
    expect(await outbox.dropCallbacks(acc, 'dead', null)).toMatchObject({ value: 1 });
    expect(await listed(outbox, 'dead')).toEqual([]);
  });

  it('keeps no more dead letters than it may', async () => {
    const ids = Array.from({ length: memoryDeadLettersMax + 2 }, (_, index) => String.fromCharCode(0x4e00 + index));
    const { take, outbox, overflowed } = outboxWith(ids, 10_000);
    await take(10_000);
    for (const id of ids) outbox.giveUp(id, 1, '410');
    const dead = await listed(outbox, 'dead');
    expect([dead.length, dead[0], overflowed.length]).toEqual([memoryDeadLettersMax, `${ids[2]}:1:410`, 2]);
  });

  it('drops what waits, also for its next try, and leaves what is under way', async () => {
    const { take, outbox, clock } = outboxWith(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
    await take(2);
    outbox.retry('b1', 1, clock.now() + 1000);
    expect(await outbox.dropCallbacks(acc, 'queued', ['a1', 'a2', 'b1', 'c1', 'z9'])).toMatchObject({ value: 3 });
    expect(await listed(outbox, 'queued')).toEqual(['a1:0:null', 'a3:0:null', 'b2:0:null']);
    expect(outbox.depth()).toBe(3);
    expect(await take()).toEqual(['b2:0']);
    await clock.advance(1000);
    expect(await take()).toEqual([]);
    outbox.delivered('a1');
    expect(await take()).toEqual(['a3:0']);
    outbox.delivered('b2');
    outbox.delivered('a3');
    expect([outbox.depth(), await take()]).toEqual([0, []]);
  });
});

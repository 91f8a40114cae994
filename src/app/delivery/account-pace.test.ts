import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { callbackOf, dispatching, free, ok } from '../../../test/support/dispatching.js';

describe('the pace of an account', () => {
  it('sends of an account as many as it may, in the order of each conference, while others have theirs', async () => {
    let postponed = 0;
    const { clock, outbox, reports, answer, start, append, underWay } = dispatching(
      {},
      {
        allowedOf: (account) => (account === accountSidOf('acc') ? { perSecond: 10, burst: 2 } : free),
        onPostponed: () => {
          postponed += 1;
        },
      },
    );
    await start();
    const ofOther = ['v1', 'w1', 'x1', 'y1'].map((id) => ({ ...callbackOf(id), accountSid: accountSidOf('other') }));
    await append(...['a1', 'a2', 'b1', 'c1', 'd1'].map((id) => callbackOf(id)), ...ofOther);
    // One of each conference may be under way: a2 stands behind a1.
    expect(underWay().sort()).toEqual(['a1', 'b1', 'v1', 'w1', 'x1', 'y1']);
    expect(postponed).toBe(2);
    await answer('a1', ok);
    expect(underWay()).not.toContain('a2');
    for (let step = 0; step < 3; step += 1) await clock.advance(100);
    expect(underWay().sort()).toEqual(['a2', 'b1', 'c1', 'd1', 'v1', 'w1', 'x1', 'y1']);
    for (const id of underWay()) await answer(id, ok);
    // None of them was tried for having waited.
    expect(outbox.finished).toHaveLength(9);
    expect(reports.every(({ attempts }) => attempts === 1)).toBe(true);
  });

  it('goes through a flood of an account at the rate that it may, and no slower', async () => {
    const sentAtMs: number[] = [];
    const { clock, start, append, underWay, answer } = dispatching(
      { perReceiver: { first: 1000, most: 1000 }, takenMax: 1000, takenPerTurnMax: 1000, sentPerTurnMax: 1000 },
      { allowedOf: () => ({ perSecond: 10, burst: 20 }) },
    );
    await start();
    const conferences = Array.from({ length: 100 }, (_, index) => `c${index}`);
    await append(...conferences.map((name) => ({ ...callbackOf(name), conferenceSid: conferenceSidOf(name) })));
    for (let elapsedMs = 0; elapsedMs <= 8000; elapsedMs += 100) {
      for (const id of underWay()) {
        sentAtMs.push(elapsedMs);
        await answer(id, ok);
      }
      await clock.advance(100);
    }
    expect(sentAtMs).toHaveLength(100);
    for (let second = 0; second < 8; second += 1) {
      const sent = sentAtMs.filter((atMs) => atMs >= second * 1000 && atMs < (second + 1) * 1000).length;
      expect(sent).toBeLessThanOrEqual(second === 0 ? 31 : 11);
    }
  });
});

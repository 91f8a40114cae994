import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../test/support/callers.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { Allowance, type Allowed } from './allowance.js';

const [a, b] = [accountSidOf('A'), accountSidOf('B')];

function allowing(allowed: Allowed) {
  const clock = new VirtualClock();
  const allowance = new Allowance(clock, () => allowed);
  const taken = (count: number, of = a): number => {
    let letThrough = 0;
    for (let each = 0; each < count; each += 1) if (allowance.take(of) === 0) letThrough += 1;
    return letThrough;
  };
  return { clock, allowance, taken };
}

describe('an allowance', () => {
  it('lets a burst through, and then as many as flow in', async () => {
    const { clock, taken } = allowing({ perSecond: 10, burst: 20 });
    expect(taken(50)).toBe(20);
    await clock.advance(500);
    expect(taken(50)).toBe(5);
    await clock.advance(1_000_000);
    expect(taken(50)).toBe(20);
  });

  it('says when to come back, and keeps its word', async () => {
    const { clock, allowance, taken } = allowing({ perSecond: 0.25, burst: 1 });
    expect(taken(1)).toBe(1);
    expect(allowance.take(a)).toBe(4);
    await clock.advance(3000);
    expect(allowance.take(a)).toBe(1);
    await clock.advance(1000);
    expect(allowance.take(a)).toBe(0);
  });

  it('of one account is no affair of another', () => {
    const { taken } = allowing({ perSecond: 1, burst: 3 });
    expect(taken(10, a)).toBe(3);
    expect(taken(10, b)).toBe(3);
  });

  it('is no bound where none is configured', () => {
    expect(allowing({ perSecond: 0, burst: 0 }).taken(1000)).toBe(1000);
  });

  it('forgets whoever came longest ago when there are too many', () => {
    const allowance = new Allowance<string>(new VirtualClock(), () => ({ perSecond: 1, burst: 1 }), 3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) allowance.take(key);
    expect(allowance.size()).toBe(3);
    expect(['a', 'c', 'd', 'b'].map((key) => allowance.waitSeconds(key))).toEqual([1, 1, 1, 0]);
  });
});

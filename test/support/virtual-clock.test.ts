import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('runs what is due in the order of time, timers set on the way included', async () => {
    const clock = new VirtualClock(0);
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name}@${clock.now()}`);
    clock.after(20, note('b'));
    clock.after(10, () => {
      note('a')();
      clock.after(5, note('c'));
    });
    clock.after(31, note('late'));
    clock.after(12, note('d'));
    clock.after(11, clock.after(12, note('cancelled')));
    await clock.advance(30);
    expect(ran).toEqual(['a@10', 'd@12', 'c@15', 'b@20']);
    expect([clock.now(), clock.monotonic(), clock.pending()]).toEqual([30, 30, 1]);
  });
});

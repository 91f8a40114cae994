import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, join } from '../../../test/support/callers.js';
import { type CallSid, epochMs } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';
import type { CallView } from '../application.js';
import { CompletedCalls, completedCallsMax } from './completed-calls.js';

const [mine, another] = [accountSidOf('mine'), accountSidOf('other')];
const over = (callSid: CallSid): CallView => ({
  callSid,
  call: join('A').call,
  status: 'completed',
  conferenceSid: conferenceSidOf('conf'),
  startedAtMs: epochMs(1000),
  endedAtMs: epochMs(2000),
  mediaKind: 'rtp',
  answeredBy: null,
});
const numbered = (number: number): CallSid => {
  const sid = parseSid('call', `CA${number.toString(16).padStart(32, '0')}`);
  return sid ?? expect.fail('it is a sid');
};
const sids = Array.from({ length: completedCallsMax }, (_, number) => numbered(number));
const last = numbered(completedCallsMax);

describe('CompletedCalls', () => {
  it('keeps calls of one sid apart by their accounts', () => {
    const calls = new CompletedCalls();
    const [ours, theirs] = [over(callSidOf('A')), over(callSidOf('A'))];
    calls.add(mine, ours);
    calls.add(another, theirs);
    expect([calls.view(mine, ours.callSid), calls.view(another, ours.callSid)]).toEqual([ours, theirs]);
    expect([...calls.ofAccount(another)]).toEqual([theirs]);
    calls.remove(another, ours.callSid);
    expect([...calls.ofAccount(another)]).toEqual([]);
    expect(calls.view(mine, ours.callSid)).toBe(ours);
  });

  it('forgets the oldest of all accounts for one that is too many', () => {
    const calls = new CompletedCalls();
    expect(sids.map((sid, number) => calls.add(number % 2 === 0 ? mine : another, over(sid)))).not.toContain(false);
    expect(calls.add(another, over(last))).toBe(false);
    expect([...calls.ofAccount(mine)].map(({ callSid }) => callSid)).toEqual(
      sids.filter((_, number) => number % 2 === 0 && number > 0),
    );
  });

  it('does not forget a call for the place that it had before it was dialled again', () => {
    const calls = new CompletedCalls();
    const [again = last, ...others] = sids;
    calls.add(mine, over(again));
    calls.remove(mine, again);
    calls.add(mine, over(again));
    for (const sid of others.slice(1)) calls.add(mine, over(sid));
    expect(calls.add(mine, over(last))).toBe(true);
    expect(calls.view(mine, again)).not.toBeNull();
  });
});

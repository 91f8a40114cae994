import { describe, expect, it } from 'vitest';
import { accountSidOf, roomNamed } from '../../../test/support/callers.js';
import { accountSid, parleyOf, value } from '../../../test/support/parley-script.js';

describe('what is counted for each account', () => {
  it('is its calls, its conferences and the time that its participants are in', async () => {
    const { parley, request, metrics, clock } = parleyOf(1);
    const other = accountSidOf('other');
    const dialed = async (name: string, room: string, of = accountSid) => {
      const { conference, ...rest } = request(name);
      return value(
        await parley.dial({ ...rest, accountSid: of, conference: { ...conference, room: roomNamed(room) } }),
      );
    };
    const { conferenceSid } = await dialed('A', 'one');
    await dialed('B', 'one');
    await dialed('C', 'two');
    await dialed('D', 'one', other);
    await clock.advance(10_000);
    value(await parley.endConference(accountSid, conferenceSid));
    await clock.advance(5000);
    parley.measure();
    const of = (account: typeof accountSid) => [
      metrics.value('parley_account_calls_total', { account }),
      metrics.value('parley_account_conferences_total', { account }),
      metrics.value('parley_account_participant_seconds_total', { account }),
    ];
    expect(of(accountSid)).toEqual([3, 2, 10 + 10 + 15]);
    expect(of(other)).toEqual([1, 1, 15]);
    expect(metrics.value('parley_participants', { state: 'waiting' })).toBe(2);
  });
});

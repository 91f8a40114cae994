/** What the lists of calls and participants show. */

import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf } from '../../test/support/callers.js';
import { firstPage } from '../../test/support/lists.js';
import { accountSid, parleyOf, value } from '../../test/support/parley-script.js';
import { epochMs } from '../base/brands.js';
import type { CallFilter, ParticipantFilter } from './application.js';

const stranger = accountSidOf('other');
const anybody: ParticipantFilter = { muted: null, held: null, coaching: null, includesLeft: false };
const anyCall: CallFilter = {
  from: null,
  to: null,
  status: null,
  startedFromMs: null,
  startedUntilMs: null,
  endedFromMs: null,
  endedUntilMs: null,
};
const [a, b] = [callSidOf('A'), callSidOf('B')];

describe('Parley lists', () => {
  it('shows, where asked to, also those who have left, as they were when they did, over the end', async () => {
    const { parley, dial, clock } = parleyOf();
    const { conferenceSid } = await dial('A', { label: 'host' });
    await clock.advance(1000);
    await dial('B');
    value(await parley.updateParticipant(accountSid, conferenceSid, a, { muted: true }));
    await clock.advance(1000);
    value(await parley.removeParticipant(accountSid, conferenceSid, a));
    const leftAtMs = clock.now();
    const shown = async (filter: Partial<ParticipantFilter> = {}) =>
      value(
        await parley.participants(accountSid, conferenceSid, { ...anybody, includesLeft: true, ...filter }, firstPage),
      ).items;
    expect(await shown()).toMatchObject([
      { callSid: a, muted: true, label: 'host', left: { atMs: leftAtMs, reason: 'participant_updated_via_api' } },
      { callSid: b, left: null },
    ]);
    expect((await shown())[0]?.updatedAtMs).toBe(leftAtMs - 1000);
    expect(await parley.callLabelled(accountSid, conferenceSid, 'host')).toBeNull();
    await dial('A', { label: 'host' });
    expect(await parley.callLabelled(accountSid, conferenceSid, 'host')).toBe(a);
    expect(await parley.callLabelled(stranger, conferenceSid, 'host')).toBeNull();
    value(await parley.endConference(accountSid, conferenceSid));
    expect((await shown()).map((each) => each.callSid)).toEqual([a, b, a]);
    expect((await shown({ muted: true })).map((each) => each.callSid)).toEqual([a]);
    expect(value(await parley.participants(accountSid, conferenceSid, anybody, firstPage)).items).toEqual([]);
  });

  it('lists calls by every filter, newest first, and those of others never', async () => {
    const { parley, dial, clock } = parleyOf();
    await dial('A');
    await clock.advance(1000);
    await dial('B');
    value(await parley.hangUp(accountSid, a));
    const overAtMs = clock.now();
    const listed = (filter: Partial<CallFilter> = {}) =>
      parley.calls(accountSid, { ...anyCall, ...filter }).map((each) => each.callSid);
    expect(listed()).toEqual([b, a]);
    expect(listed({ status: 'completed' })).toEqual([a]);
    expect(listed({ status: 'in-progress' })).toEqual([b]);
    expect(listed({ from: '+15550100001' })).toEqual([b, a]);
    expect(listed({ to: 'nobody' })).toEqual([]);
    expect(listed({ startedFromMs: overAtMs })).toEqual([b]);
    expect(listed({ startedUntilMs: epochMs(overAtMs - 1) })).toEqual([a]);
    expect(listed({ endedFromMs: overAtMs, endedUntilMs: overAtMs })).toEqual([a]);
    expect(parley.calls(stranger, anyCall)).toEqual([]);
  });
});

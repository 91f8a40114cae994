import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf, join, traced } from '../../../test/support/callers.js';
import { conferenceAfter } from '../../../test/support/conference-script.js';
import { recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { settled, VirtualClock } from '../../../test/support/virtual-clock.js';
import { absentConference } from '../../conference/state.js';
import { SqliteStore } from './sqlite-store.js';

const accountSid = accountSidOf('acc');

function world() {
  const thread = new StoreThreadDouble();
  const clock = new VirtualClock();
  const took: string[] = [];
  const store = new SqliteStore({
    ...{ thread, clock, logger: recordingLogger(), observer: () => {} },
    onAnswered: (operation, tookMs) => took.push(`${operation} ${tookMs}`),
  });
  const commit = () => {
    const { state, events } = conferenceAfter({ ...join('A'), newConferenceSid: conferenceSidOf('c'), accountSid });
    return store.commit({
      ...{ accountSid, before: absentConference, state, nextSequence: 1, events, trace: traced, callbacks: [] },
    });
  };
  return { thread, clock, took, store, commit };
}

describe('SqliteStore', () => {
  it('says how long each request took from being asked, the wait for others included, and what it was', async () => {
    const { thread, clock, took, store, commit } = world();
    thread.isHolding = true;
    const committed = commit();
    await settled();
    await clock.advance(30);
    const read = store.conference(accountSid, conferenceSidOf('c'));
    await settled();
    await clock.advance(12);
    thread.work();
    await Promise.all([committed, read]);
    expect(took).toEqual(['commit 42', 'read 12']);
  });

  it('says so of what could not be done, too', async () => {
    const { thread, took, commit } = world();
    thread.database.exec('PRAGMA query_only = 1');
    expect((await commit()).ok).toBe(false);
    expect(took).toEqual(['commit 0']);
  });
});

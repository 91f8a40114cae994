import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf, end, join, leave, traced } from '../../../test/support/callers.js';
import { conferenceAfter } from '../../../test/support/conference-script.js';
import { listedIn } from '../../../test/support/lists.js';
import type { Commit } from '../../app/ports.js';
import type { Callback } from '../../callbacks/webhook.js';
import type { Command } from '../../conference/commands.js';
import { absentConference } from '../../conference/state.js';
import { MemoryStore, memoryStoreBounds } from './memory-store.js';

/** What `commands` would commit, all at once. */
function commitOf(conference: string, commands: readonly Command[], account = 'acc'): Commit {
  const identity = { newConferenceSid: conferenceSidOf(conference), accountSid: accountSidOf(account) };
  const script = conferenceAfter(...commands.map((command) => ({ ...command, ...identity })));
  const { state, events } = script;
  return {
    accountSid: accountSidOf(account),
    before: absentConference,
    state,
    nextSequence: 9,
    events,
    trace: traced,
    callbacks: [],
  };
}

const callback = (account: string): Callback => ({
  id: 'c-1',
  accountSid: accountSidOf(account),
  conferenceSid: conferenceSidOf('c'),
  target: { url: 'https://h.test/', method: 'POST' },
  parameters: new Map(),
});

function storeWith(bounds: Partial<typeof memoryStoreBounds> = {}) {
  const queued: Callback[] = [];
  const queue = { append: (callbacks: readonly Callback[]) => queued.push(...callbacks) };
  return {
    queued,
    store: new MemoryStore({ append: (all) => void queue.append(all) }, { ...memoryStoreBounds, ...bounds }),
  };
}

const [acc, other] = [accountSidOf('acc'), accountSidOf('other')];

describe('MemoryStore', () => {
  it('keeps the newest state of a conference', async () => {
    const { store } = storeWith();
    const [first, second] = [commitOf('c', [join('A')]), commitOf('c', [join('A'), join('B')])];
    await store.commit(first);
    await store.commit(second);
    expect(await store.conference(acc, conferenceSidOf('c'))).toBe(second.state);
    expect(await listedIn(store, acc)).toEqual([second.state]);
  });

  it('lists conferences newest first, in the order they came to be', async () => {
    const { store } = storeWith();
    const [c, d] = [commitOf('c', [join('A')]), commitOf('d', [join('A')])];
    for (const commit of [c, d, c]) await store.commit(commit);
    expect(await listedIn(store, acc)).toEqual([d.state, c.state]);
  });

  it('writes every event to the journal, with its conference', async () => {
    const { store } = storeWith();
    await store.commit(commitOf('c', [join('A'), join('B')]));
    const { entries, missed } = await store.journal(acc, 0n, 10);
    expect(entries.map(({ cursor, event, conferenceSid }) => [cursor, event.kind, conferenceSid])).toEqual([
      [1n, 'conference-created', conferenceSidOf('c')],
      [2n, 'participant-joined', conferenceSidOf('c')],
      [3n, 'participant-joined', conferenceSidOf('c')],
      [4n, 'conference-started', conferenceSidOf('c')],
    ]);
    expect(missed).toBe(false);
    expect(await store.newestCursor(acc)).toBe(4n);
  });

  it('keeps only so much of the journal', async () => {
    const { store } = storeWith({ journalEntriesMax: 2 });
    await store.commit(commitOf('c', [join('A'), join('B')]));
    const { entries, missed } = await store.journal(acc, 0n, 10);
    expect([entries.length, missed]).toEqual([2, true]);
  });

  it('forgets the conferences that ended first, and no live one', async () => {
    const { store } = storeWith({ completedConferencesMax: 2 });
    await store.commit(commitOf('l', [join('A')]));
    for (const name of ['1', '2', '3']) await store.commit(commitOf(name, [join('A'), end]));
    const sids = (await listedIn(store, acc)).map((view) => view.conferenceSid);
    expect(sids).toEqual(['3', '2', 'l'].map(conferenceSidOf));
    expect(await store.conference(acc, conferenceSidOf('1'))).toBeNull();
  });

  it('queues callbacks and then tells the listeners, once each, until they stop', async () => {
    const { store, queued } = storeWith();
    const heard: string[] = [];
    const listener = () => heard.push(`queued ${queued.length}`);
    const stopFirst = store.onCommit(acc, listener);
    const stopSecond = store.onCommit(acc, listener);
    await store.commit({ ...commitOf('c', [join('A')]), callbacks: [callback('acc')] });
    expect(heard).toEqual(['queued 1', 'queued 1']);
    stopFirst();
    stopFirst();
    await store.commit(commitOf('c', [join('A'), leave('A')]));
    stopSecond();
    await store.commit(commitOf('d', [join('A')]));
    expect(heard).toHaveLength(3);
  });

  it('shows one account nothing of another', async () => {
    const { store } = storeWith();
    let heard = 0;
    store.onCommit(other, () => {
      heard += 1;
    });
    await store.commit(commitOf('c', [join('A')]));
    expect(await store.conference(other, conferenceSidOf('c'))).toBeNull();
    expect(await listedIn(store, other)).toEqual([]);
    expect(await store.journal(other, 0n, 10)).toEqual({ entries: [], missed: false });
    expect(await store.newestCursor(other)).toBe(0n);
    expect(heard).toBe(0);
  });

  it('counts the cursors of each account for itself', async () => {
    const { store } = storeWith();
    await store.commit(commitOf('c', [join('A')]));
    await store.commit(commitOf('d', [join('B')], 'other'));
    expect((await store.journal(other, 0n, 10)).entries.map(({ cursor }) => cursor)).toEqual([1n, 2n]);
  });

  it('refuses what would mix accounts up, and leaves no trace of it', async () => {
    const { store, queued } = storeWith();
    const commit = commitOf('c', [join('A')]);
    await expect(store.commit({ ...commit, accountSid: other })).rejects.toThrow(/own account/);
    await expect(store.commit({ ...commit, callbacks: [callback('other')] })).rejects.toThrow(/only of its own/);
    await expect(store.commit({ ...commit, state: absentConference })).rejects.toThrow(/came to be/);
    expect(queued).toEqual([]);
    expect([await store.newestCursor(acc), await store.newestCursor(other)]).toEqual([0n, 0n]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  accountSidOf,
  callSidOf,
  conferenceSidOf,
  end,
  join,
  leave,
  traced,
  update,
} from '../../../test/support/callers.js';
import { ConferenceScript, conferenceAfter } from '../../../test/support/conference-script.js';
import { listedIn } from '../../../test/support/lists.js';
import { recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { CallbackList, CallbackPage, Commit } from '../../app/ports.js';
import type { AccountSid } from '../../base/brands.js';
import type { Callback } from '../../callbacks/webhook.js';
import type { Command } from '../../conference/commands.js';
import { absentConference } from '../../conference/state.js';
import { SqliteStore } from './sqlite-store.js';
import type { OutboxDepth, StoreBounds } from './store-protocol.js';

const [acc, other] = [accountSidOf('acc'), accountSidOf('other')];
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function databasePath(): string {
  const folder = mkdtempSync(pathOf(tmpdir(), 'parley-store-'));
  folders.push(folder);
  return pathOf(folder, 'parley.db');
}

function storeOn(path = ':memory:', bounds: Partial<StoreBounds> = {}, clock = new VirtualClock()) {
  const thread = new StoreThreadDouble(path, bounds);
  const logger = recordingLogger();
  const depths: OutboxDepth[] = [];
  const store = new SqliteStore({ thread, clock, logger, observer: (depth) => depths.push(depth) });
  const take = async (limit = 100, wishes: { perReceiver?: number; shares?: ReadonlyMap<string, number> } = {}) => {
    const { entries } = await store.outbox.take({ limit, perReceiver: limit, shares: new Map(), ...wishes });
    return entries.map(({ callback, attempts }) => `${callback.id}:${attempts}`);
  };
  return { thread, store, clock, logger, depths, take };
}

const listed = async (
  store: SqliteStore,
  list: CallbackList = 'dead',
  after = 0,
  limit = 10,
): Promise<CallbackPage> => {
  const page = await store.outbox.listCallbacks(acc, list, after, limit);
  return page.ok ? page.value : expect.fail('the store cannot be read');
};

/** `a1` is the first callback of conference a. */
const callbackOf = (id: string, account: AccountSid = acc, url = 'https://h.test/'): Callback => ({
  id,
  accountSid: account,
  conferenceSid: conferenceSidOf(id.slice(0, 1)),
  target: { url, method: 'POST' },
  parameters: new Map([['FriendlyName', 'Réunion']]),
});

/** What `commands` would commit, all at once. */
function commitOf(conference: string, commands: readonly Command[], callbacks: readonly Callback[] = []): Commit {
  const identity = { newConferenceSid: conferenceSidOf(conference), accountSid: acc };
  const { state, events } = conferenceAfter(...commands.map((command) => ({ ...command, ...identity })));
  return { accountSid: acc, before: absentConference, state, nextSequence: 9, events, trace: traced, callbacks };
}

/** Commits command by command, as a runner does. */
async function play(store: SqliteStore, conference: string, commands: readonly Command[]): Promise<ConferenceScript> {
  const script = new ConferenceScript();
  for (const [index, command] of commands.entries()) {
    const before = script.state;
    const events = script.play({ ...command, ...{ newConferenceSid: conferenceSidOf(conference), accountSid: acc } });
    const { state } = script;
    const nextSequence = index + 1;
    expect(
      await store.commit({ accountSid: acc, before, state, nextSequence, events, trace: traced, callbacks: [] }),
    ).toEqual({
      ok: true,
      value: undefined,
    });
  }
  return script;
}

describe('SqliteStore conferences', () => {
  it('gives back what was committed, whoever came, changed and went', async () => {
    const { store } = storeOn();
    const story = [join('A'), join('B', { label: 'b' }), update('B', { muted: true }), join('C'), leave('A')];
    const { state } = await play(store, 'c', story);
    expect(await store.conference(acc, conferenceSidOf('c'))).toEqual(state);
    expect(await listedIn(store, acc)).toEqual([state]);
  });

  it('keeps the order of joining, and knows somebody who comes back', async () => {
    const { store } = storeOn();
    const { state } = await play(store, 'c', [
      join('A'),
      join('B'),
      leave('A'),
      join('A'),
      update('B', { muted: true }),
    ]);
    const kept = await store.conference(acc, conferenceSidOf('c'));
    expect(kept).toEqual(state);
    const participants = kept?.phase === 'in-progress' ? [...kept.participants.keys()] : [];
    expect(participants).toEqual([callSidOf('B'), callSidOf('A')]);
  });

  it('lists newest first, and keeps so many that are over', async () => {
    const { store, clock } = storeOn(':memory:', { completedConferencesMax: 2 });
    await play(store, 'l', [join('A')]);
    for (const name of ['1', '2', '3']) await play(store, name, [join('A'), end]);
    await clock.advance(5000);
    const sids = (await listedIn(store, acc)).map((view) => view.conferenceSid);
    expect(sids).toEqual(['3', '2', 'l'].map(conferenceSidOf));
  });

  it('shows one account nothing of another', async () => {
    const { store } = storeOn();
    await play(store, 'c', [join('A')]);
    expect(await store.conference(other, conferenceSidOf('c'))).toBeNull();
    expect(await listedIn(store, other)).toEqual([]);
    expect(await store.journal(other, 0n, 10)).toEqual({ entries: [], missed: false });
    expect(await store.newestCursor(other)).toBe(0n);
  });
});

describe('SqliteStore over a restart', () => {
  it('knows who was live, where the numbers stood, and goes on with the cursors', async () => {
    const path = databasePath();
    const first = storeOn(path);
    const { state } = await play(first.store, 'c', [join('A'), join('B')]);
    await play(first.store, 'd', [join('A'), end]);
    const cursor = await first.store.newestCursor(acc);
    const { entries } = await first.store.journal(acc, 0n, 100);
    await first.store.close();

    const second = storeOn(path);
    expect(await second.store.unfinished()).toEqual([{ state, nextSequence: 2 }]);
    expect(await second.store.newestCursor(acc)).toBe(cursor);
    expect((await second.store.journal(acc, 0n, 100)).entries).toEqual(entries);
    await play(second.store, 'e', [join('A')]);
    const later = await second.store.journal(acc, cursor, 100);
    expect(later.entries.map((entry) => entry.cursor)).toEqual([cursor + 1n, cursor + 2n]);
    expect(later.missed).toBe(false);
    await second.store.close();
  });

  it('has what was taken and not settled again, and what was settled no more', async () => {
    const path = databasePath();
    const first = storeOn(path);
    await first.store.commit(
      commitOf(
        'c',
        [join('A')],
        ['a1', 'a2', 'b1', 'c1'].map((id) => callbackOf(id)),
      ),
    );
    expect(await first.take()).toEqual(['a1:0', 'b1:0', 'c1:0']);
    first.store.outbox.delivered('a1');
    first.store.outbox.giveUp('b1', 3, '410');
    await first.store.close();

    const second = storeOn(path);
    expect(await second.take()).toEqual(['a2:0', 'c1:0']);
    const dead = await listed(second.store);
    expect(dead.entries.map(({ callback, attempts, reason }) => [callback.id, attempts, reason])).toEqual([
      ['b1', 3, '410'],
    ]);
    expect(dead.entries[0]?.callback).toEqual(callbackOf('b1'));
    await second.store.close();
  });

  it('refuses a file that another daemon has open', async () => {
    const path = databasePath();
    const { store } = storeOn(path);
    await play(store, 'c', [join('A')]);
    expect(() => storeOn(path)).toThrow(/locked/);
    await store.close();
  });
});

describe('SqliteStore journal', () => {
  it('forgets the oldest beyond its bound, a few at a time, and says so', async () => {
    const { store, clock } = storeOn(':memory:', { journalEntriesMax: 3 });
    await play(store, 'c', [join('A'), join('B'), leave('B')]);
    const newest = await store.newestCursor(acc);
    expect((await store.journal(acc, 0n, 100)).missed).toBe(false);
    await clock.advance(5000);
    const { entries, missed } = await store.journal(acc, 0n, 100);
    expect([entries.map(({ cursor }) => cursor), missed]).toEqual([[newest - 2n, newest - 1n, newest], true]);
    expect((await store.journal(acc, newest - 3n, 100)).missed).toBe(false);
    expect((await store.journal(acc, newest + 1n, 100)).missed).toBe(true);
  });

  it('tells listeners after the commit, those of the account, until they stop', async () => {
    const { store } = storeOn();
    const heard: string[] = [];
    const stop = store.onCommit(acc, () => heard.push('acc'));
    store.onCommit(other, () => heard.push('other'));
    await play(store, 'c', [join('A')]);
    stop();
    await play(store, 'd', [join('A')]);
    expect(heard).toEqual(['acc']);
  });
});

describe('SqliteStore outbox', () => {
  const withCallbacks = async (ids: readonly string[], bounds: Partial<StoreBounds> = {}) => {
    const made = storeOn(':memory:', bounds);
    await made.store.commit(
      commitOf(
        'c',
        [join('A')],
        ids.map((id) => callbackOf(id)),
      ),
    );
    return made;
  };

  it('gives the oldest of each conference, and none behind it', async () => {
    const { take, store } = await withCallbacks(['a1', 'b1', 'a2', 'b2']);
    expect(await take()).toEqual(['a1:0', 'b1:0']);
    expect(await take()).toEqual([]);
    store.outbox.delivered('b1');
    expect(await take()).toEqual(['b2:0']);
    store.outbox.delivered('a1');
    expect(await take()).toEqual(['a2:0']);
    expect(store.outbox.depth()).toBe(2);
  });

  it('holds a conference back until its callback is due again, and says when that is', async () => {
    const { take, store, clock } = await withCallbacks(['a1', 'a2']);
    await take();
    const atMs = clock.now() + 1000;
    store.outbox.retry('a1', 1, atMs);
    const early = await store.outbox.take({ limit: 9, perReceiver: 9, shares: new Map() });
    expect(early).toEqual({ entries: [], nextDueAtMs: atMs });
    await clock.advance(1000);
    expect(await take()).toEqual(['a1:1']);
    store.outbox.delivered('a1');
    expect(await take()).toEqual(['a2:0']);
  });

  it('gives each receiver its share in turn, and nothing of those that are held', async () => {
    const { take, store } = await withCallbacks(['a1', 'b1', 'c1']);
    const elsewhere = [callbackOf('x1', acc, 'https://other.test/'), callbackOf('y1', acc, 'https://third.test/')];
    await store.commit(commitOf('d', [join('A')], elsewhere));
    expect(await take(100, { perReceiver: 2, shares: new Map([['https://third.test', 0]]) })).toEqual([
      'a1:0',
      'b1:0',
      'x1:0',
    ]);
    expect(await take(1)).toEqual(['y1:0']);
    expect(await take(1)).toEqual(['c1:0']);
    expect(await take()).toEqual([]);
  });

  it('says when something can be taken, and only then', async () => {
    const { store, take } = storeOn();
    let told = 0;
    store.outbox.onAvailable(() => {
      told += 1;
    });
    await store.commit(commitOf('c', [join('A')]));
    expect(told).toBe(0);
    await store.commit(commitOf('c', [join('A')], [callbackOf('a1'), callbackOf('a2')]));
    expect(told).toBe(1);
    await take();
    await store.commit(commitOf('c', [join('A')], [callbackOf('a3')]));
    expect(told).toBe(1);
    store.outbox.delivered('a1');
    expect(await take()).toEqual(['a2:0']);
    expect(told).toBe(2);
  });

  it('gives up at once what is too much for one account', async () => {
    const { take, store, depths } = await withCallbacks(['a1', 'a2', 'b1'], { callbacksPerAccountMax: 2 });
    expect(depths.reduce((sum, { overflowed }) => sum + overflowed, 0)).toBe(1);
    const dead = await listed(store);
    expect(dead.entries.map(({ callback, reason }) => [callback.id, reason])).toEqual([['b1', 'too-many-queued']]);
    expect(await take()).toEqual(['a1:0']);
    store.outbox.delivered('a1');
    await store.commit(commitOf('c', [join('A')], [callbackOf('c1')]));
    expect(await take()).toEqual(['a2:0', 'c1:0']);
  });

  it('lists, replays and drops what an operator names, of that account only', async () => {
    const { take, store } = await withCallbacks(['a1', 'b1', 'c1', 'd1']);
    await take();
    for (const id of ['a1', 'b1', 'c1']) store.outbox.giveUp(id, 3, '500');
    const desk = store.outbox;
    const page = await listed(store, 'dead', 0, 2);
    expect(page.entries.map(({ callback }) => callback.id)).toEqual(['a1', 'b1']);
    const rest = await listed(store, 'dead', page.next ?? 0, 2);
    expect([rest.entries.map(({ callback }) => callback.id), rest.next]).toEqual([['c1'], null]);
    expect(await desk.replayCallbacks(other, null)).toEqual({ ok: true, value: 0 });
    expect(await desk.replayCallbacks(acc, ['b1', 'z9'])).toEqual({ ok: true, value: 1 });
    expect(await take()).toEqual(['b1:0']);
    expect(await desk.dropCallbacks(acc, 'dead', ['a1'])).toEqual({ ok: true, value: 1 });
    expect(await desk.dropCallbacks(acc, 'dead', null)).toEqual({ ok: true, value: 1 });
    expect(await desk.dropCallbacks(acc, 'queued', ['d1'])).toEqual({ ok: true, value: 1 });
    // It was under way when it was dropped.
    store.outbox.delivered('d1');
    expect((await listed(store, 'queued')).entries.map(({ callback }) => callback.id)).toEqual(['b1']);
    expect(store.outbox.depth()).toBe(1);
  });

  it('keeps so many dead letters, the newest', async () => {
    const { take, store, clock } = await withCallbacks(['a1', 'b1', 'c1'], { deadLettersPerAccountMax: 2 });
    await take();
    for (const id of ['a1', 'b1', 'c1']) store.outbox.giveUp(id, 3, '500');
    await clock.advance(5000);
    const { entries } = await listed(store);
    expect(entries.map(({ callback }) => callback.id)).toEqual(['b1', 'c1']);
  });
});

describe('SqliteStore group commit', () => {
  it('makes one transaction of what is asked while the disk is busy, in order', async () => {
    const { store, thread } = storeOn();
    thread.isHolding = true;
    const done: string[] = [];
    const commits = ['1', '2', '3', '4'].map((name) =>
      store.commit(commitOf(name, [join('A')])).then(() => done.push(name)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual([]);
    thread.work();
    await Promise.all(commits);
    expect([thread.batches, done]).toEqual([[4], ['1', '2', '3', '4']]);
  });

  it('lets one that cannot be written fail alone', async () => {
    const { store, thread } = storeOn();
    thread.isHolding = true;
    const good = commitOf('c', [join('A')], [callbackOf('a1')]);
    const bad = commitOf('d', [join('A')], [{ ...callbackOf('b1'), id: null as never }]);
    const outcomes = Promise.all([store.commit(good), store.commit(bad), store.commit(commitOf('e', [join('A')]))]);
    await new Promise((resolve) => setImmediate(resolve));
    thread.work();
    expect((await outcomes).map(({ ok }) => ok)).toEqual([true, false, true]);
    thread.isHolding = false;
    expect(await store.conference(acc, conferenceSidOf('d'))).toBeNull();
    expect(await listedIn(store, acc)).toHaveLength(2);
  });
});

describe('SqliteStore on a disk that fails', () => {
  it('refuses, says why, keeps settlements for later, and works again by itself', async () => {
    const { store, thread, take, clock, logger } = storeOn(databasePath());
    await store.commit(commitOf('c', [join('A')], [callbackOf('a1'), callbackOf('a2')]));
    expect(await take()).toEqual(['a1:0']);
    thread.database.exec('PRAGMA max_page_count = 1');
    expect(await store.commit(commitOf('d', [join('A')], manyCallbacks()))).toEqual({
      ok: false,
      error: { kind: 'store-unavailable' },
    });
    expect(store.health()).toMatchObject({ ok: false, why: expect.stringMatching(/full/) });
    expect(logger.lines).toContainEqual({ level: 'error', event: 'store-failing' });
    expect(await store.conference(acc, conferenceSidOf('d'))).toBeNull();
    expect(store.health().ok).toBe(false);
    store.outbox.delivered('a1');
    thread.database.exec('PRAGMA max_page_count = 1000000');
    await clock.advance(1000);
    expect(store.health()).toEqual({ ok: true });
    expect(logger.lines).toContainEqual({ level: 'info', event: 'store-works-again' });
    expect(await take()).toEqual(['a2:0']);
    await store.close();
  });

  it('answers everybody and refuses from then on when its thread ends', async () => {
    const { store, thread } = storeOn();
    thread.isHolding = true;
    const commit = store.commit(commitOf('c', [join('A')]));
    await new Promise((resolve) => setImmediate(resolve));
    thread.fail(new Error('gone'));
    expect((await commit).ok).toBe(false);
    expect(store.health().ok).toBe(false);
    expect((await store.commit(commitOf('c', [join('A')]))).ok).toBe(false);
  });
});

const manyCallbacks = (): readonly Callback[] =>
  Array.from({ length: 900 }, (_, index) => ({
    ...callbackOf(`z${index}`),
    parameters: new Map([['FriendlyName', 'x'.repeat(500)]]),
  }));

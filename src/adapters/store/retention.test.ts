/** What the store forgets: what is too old, and what is too much. */

import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf, join, leave, traced } from '../../../test/support/callers.js';
import { ConferenceScript } from '../../../test/support/conference-script.js';
import { listedIn } from '../../../test/support/lists.js';
import { recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Callback } from '../../callbacks/webhook.js';
import type { Command } from '../../conference/commands.js';
import { SqliteStore } from './sqlite-store.js';
import type { StoreBounds } from './store-protocol.js';

const account = accountSidOf('acc');
const historyMs = 600_000;
/** The store looks every five seconds. */
const lookMs = 5000;

function storeWith(bounds: Partial<StoreBounds> = {}) {
  const clock = new VirtualClock();
  const thread = new StoreThreadDouble(':memory:', { historyMs, ...bounds });
  const store = new SqliteStore({ thread, clock, logger: recordingLogger(), observer: () => {} });
  /** Commits the commands one by one, as they happen now. */
  const play = async (name: string, commands: readonly Command[], callbacks: readonly Callback[] = []) => {
    const script = new ConferenceScript();
    for (const command of commands) {
      const before = script.state;
      const identity = { newConferenceSid: conferenceSidOf(name), accountSid: account };
      const events = script.play({ ...command, ...identity }).map((event) => ({ ...event, atMs: clock.now() }));
      const state = { ...script.state, ...(script.state.phase === 'absent' ? {} : { updatedAtMs: clock.now() }) };
      const commit = { accountSid: account, before, state, nextSequence: 2, events, trace: traced, callbacks };
      expect((await store.commit(commit)).ok).toBe(true);
    }
  };
  const rows = (table: string): number => thread.database.prepare(`SELECT count(*) AS rows FROM ${table}`).get().rows;
  const sids = async () => (await listedIn(store, account)).map((view) => view.conferenceSid);
  return { clock, thread, store, play, rows, sids };
}

const callbackOf = (id: string): Callback => ({
  ...{ id, accountSid: account, conferenceSid: conferenceSidOf(id) },
  target: { url: 'https://h.test/', method: 'POST' },
  parameters: new Map(),
});

describe('the store', () => {
  it('forgets conferences that are over with who was in them, when they are too old, and no live one', async () => {
    const { clock, play, rows, sids } = storeWith();
    await play('old', [join('A'), leave('A')]);
    await play('live', [join('A')]);
    await clock.advance(historyMs / 2);
    await play('new', [join('A'), leave('A')]);
    await clock.advance(historyMs / 2 + lookMs);
    expect(await sids()).toEqual(['new', 'live'].map(conferenceSidOf));
    expect(rows('participant')).toBe(2);
  });

  it('forgets events that are too old, and says to whom comes back for them that some are missing', async () => {
    const { clock, store, play } = storeWith();
    await play('old', [join('A')]);
    const old = await store.newestCursor(account);
    await clock.advance(historyMs / 2);
    await play('new', [join('A')]);
    await clock.advance(historyMs / 2 - lookMs);
    expect(await store.journal(account, 0n, 1)).toMatchObject({ entries: [{ cursor: 1n }], missed: false });
    await clock.advance(2 * lookMs);
    expect(await store.journal(account, 0n, 1)).toMatchObject({ entries: [{ cursor: old + 1n }], missed: true });
    expect(await store.journal(account, old, 1)).toMatchObject({ missed: false });
    await clock.advance(historyMs);
    const newest = await store.newestCursor(account);
    expect(await store.journal(account, newest, 9)).toEqual({ entries: [], missed: false });
    await play('last', [join('A')]);
    expect(await store.journal(account, newest, 1)).toMatchObject({ entries: [{ cursor: newest + 1n }] });
  });

  it('forgets many old events a few at a time', async () => {
    const { clock, store, play, rows } = storeWith();
    const visits = Array.from({ length: 300 }, () => [join('A'), leave('A')]).flat();
    await play('c', [join('X'), ...visits]);
    const all = rows('event');
    await clock.advance(historyMs - lookMs);
    expect(rows('event')).toBe(all);
    await clock.advance(2 * lookMs);
    expect(rows('event')).toBeLessThan(all);
    expect(rows('event')).toBeGreaterThan(0);
    await clock.advance(10 * lookMs);
    expect(rows('event')).toBe(0);
    expect(await store.newestCursor(account)).toBe(BigInt(all));
  });

  it('forgets dead letters that are too old', async () => {
    const { clock, store, play, rows } = storeWith();
    await play('c', [join('A')], [callbackOf('a')]);
    await store.outbox.take({ limit: 1, perReceiver: 1, shares: new Map() });
    store.outbox.giveUp('a', 3, '500');
    await clock.advance(historyMs - lookMs);
    expect(rows('dead_letter')).toBe(1);
    await clock.advance(3 * lookMs);
    expect(rows('dead_letter')).toBe(0);
  });

  it('keeps so many of those who have left a conference, the newest, and all who are in', async () => {
    const { clock, play, rows, thread } = storeWith({ leftParticipantsMax: 2 });
    const visits = ['B', 'C', 'D', 'E'].flatMap((name) => [join(name), leave(name)]);
    await play('c', [join('A'), ...visits]);
    await clock.advance(lookMs);
    expect(rows('participant')).toBe(3);
    const kept = thread.database.prepare('SELECT left_at IS NULL AS is_in FROM participant ORDER BY number').all();
    expect(kept.map(({ is_in }: { is_in: number }) => is_in)).toEqual([1, 0, 0]);
  });
});

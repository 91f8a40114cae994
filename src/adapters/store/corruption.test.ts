/** A file whose bytes are changed behind the back of a store that has it open. */
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf, join, leave, traced } from '../../../test/support/callers.js';
import { conferenceAfter } from '../../../test/support/conference-script.js';
import { recordingLogger } from '../../../test/support/silent.js';
import { StoreThreadDouble } from '../../../test/support/store-thread.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { Callback } from '../../callbacks/webhook.js';
import { absentConference } from '../../conference/state.js';
import { corruptionIn } from './corruption.js';
import { commitRecord } from './records.js';
import { SqliteStore } from './sqlite-store.js';
import { checkedTables } from './store-protocol.js';

const account = accountSidOf('acc');
const pageBytes = 4096;
const checkMs = 20_000;
const names = Array.from({ length: 400 }, (_, index) => String.fromCharCode(0x100 + index));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(pathOf(tmpdir(), 'parley-corrupt-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function commitOf(name: string) {
  const conferenceSid = conferenceSidOf(name);
  const story = [join('A', { newConferenceSid: conferenceSid }), leave('A')];
  const { state, events } = conferenceAfter(...story);
  const callback: Callback = {
    ...{ id: `${name}1`, accountSid: account, conferenceSid },
    target: { url: 'https://h.test/', method: 'POST' },
    parameters: new Map([['FriendlyName', 'Réunion']]),
  };
  const happened = { before: absentConference, state, nextSequence: 2, events, trace: traced };
  return { conferenceSid, commit: { accountSid: account, ...happened, callbacks: [callback] } };
}

const commitTo = async (store: SqliteStore, name: string): Promise<boolean> =>
  (await store.commit(commitOf(name).commit)).ok;

/** A store on a file with much in it, of which nothing is in memory. */
async function storeOnFile(checkMs?: number) {
  const path = pathOf(folder, 'parley.db');
  const [clock, logger] = [new VirtualClock(), recordingLogger()];
  const thread = new StoreThreadDouble(path);
  const store = new SqliteStore({ thread, clock, logger, observer: () => {}, checkMs });
  expect(await Promise.all(names.map((name) => commitTo(store, name)))).not.toContain(false);
  thread.database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory;');
  const why = (): string => {
    const health = store.health();
    return health.ok ? 'well' : health.why;
  };
  return { path, clock, logger, thread, store, why };
}

/** Each table is asked about in a turn of the event loop. */
async function checked(): Promise<void> {
  for (let turn = 0; turn < 2 * checkedTables.length; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Every page but the first. */
function overwritePages(path: string): void {
  const file = openSync(path, 'r+');
  const noise = Buffer.alloc(pageBytes, 0x5a);
  for (let at = pageBytes; at < fstatSync(file).size; at += pageBytes) writeSync(file, noise, 0, pageBytes, at);
  closeSync(file);
}

/** A page in the middle of the events: nothing that is written or tidied up reads it. */
function spoilEvents({ database }: StoreThreadDouble, path: string): void {
  const leaves: readonly { readonly pageno: number }[] = database
    .prepare("SELECT pageno FROM dbstat WHERE name = 'event' AND pagetype = 'leaf' ORDER BY path")
    .all();
  const { pageno = 0 } = leaves[Math.floor(leaves.length / 2)] ?? {};
  expect(leaves.length).toBeGreaterThan(8);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory;');
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(pageBytes, 0x5a), 0, pageBytes, (pageno - 1) * pageBytes);
  closeSync(file);
}

/** One byte of each place where `text` stands. */
function spoil(path: string, text: string): void {
  const bytes = readFileSync(path);
  const file = openSync(path, 'r+');
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) writeSync(file, '!', at);
  closeSync(file);
}

describe('a store whose file is corrupt', () => {
  it('finds it out by itself, says so, writes no more, and does not say that it is well again', async () => {
    const { path, clock, logger, store, why } = await storeOnFile();
    overwritePages(path);
    await clock.advance(5000);
    expect(why()).toMatch(/^the file of the store is corrupt: .*malformed/);
    expect(await commitTo(store, 'new')).toBe(false);
    expect(await store.outbox.take({ limit: 10, perReceiver: 10, shares: new Map() })).toMatchObject({ entries: [] });
    await clock.advance(60_000);
    expect(why()).toMatch(/corrupt/);
    expect(logger.lines).toEqual([{ level: 'error', event: 'store-failing' }]);
  });

  it('finds it out by a commit', async () => {
    const { path, store, why } = await storeOnFile();
    overwritePages(path);
    expect(await commitTo(store, 'new')).toBe(false);
    expect(why()).toMatch(/corrupt/);
  });

  it('writes nothing that is asked for together with what shows it', async () => {
    const { path, store, thread } = await storeOnFile();
    spoilEvents(thread, path);
    const { conferenceSid, commit } = commitOf('new');
    const { replies, corruption } = thread.core.execute([
      { kind: 'commit', input: commitRecord(commit) },
      { kind: 'check', input: { table: 'event' } },
    ]);
    expect([replies.map(({ ok }) => ok), corruption]).toEqual([[false, true], expect.stringMatching(/^table event: /)]);
    expect(await store.conference(account, conferenceSid)).toBeNull();
  });

  it('takes a conference that is no longer what was written for that, and gives others out', async () => {
    const { path, store, why } = await storeOnFile();
    const [spoilt = '', other = ''] = names;
    spoil(path, `{"phase":"completed","accountSid":"${account}","conferenceSid":"${conferenceSidOf(spoilt)}"`);
    expect(await store.conference(account, conferenceSidOf(other))).not.toBeNull();
    expect(why()).toBe('well');
    await expect(store.conference(account, conferenceSidOf(spoilt))).rejects.toThrow('the store cannot be read');
    expect(why()).toMatch(/^the file of the store is corrupt: something in it is not what was written/);
    expect(await commitTo(store, 'new')).toBe(false);
    expect(await store.conference(account, conferenceSidOf(other))).not.toBeNull();
  });

  it('goes on with the callbacks that can be read', async () => {
    const { path, store, why } = await storeOnFile();
    spoil(path, `{"id":"${names[0]}1"`);
    const { entries } = await store.outbox.take({ limit: 1000, perReceiver: 1000, shares: new Map() });
    expect(entries).toHaveLength(names.length - 1);
    expect(why()).toMatch(/corrupt/);
  });
});

describe('a check of the whole store', () => {
  it('finds what nobody has asked for', async () => {
    const { path, clock, logger, thread, why } = await storeOnFile(checkMs);
    await clock.advance(checkMs);
    await checked();
    expect(why()).toBe('well');
    expect(logger.lines).toContainEqual({ level: 'info', event: 'store-checked' });
    spoilEvents(thread, path);
    await clock.advance(10_000);
    expect(why()).toBe('well');
    await clock.advance(checkMs);
    await checked();
    expect(why()).toMatch(/^the file of the store is corrupt: table event: /);
  });
});

describe('corruptionIn', () => {
  it.each<[unknown, boolean]>([
    [Object.assign(new Error('database disk image is malformed'), { sqliteCode: 11 }), true],
    [Object.assign(new Error('x'), { sqliteCode: 267 }), true],
    [Object.assign(new Error('file is not a database'), { sqliteCode: 26 }), true],
    [new Error('database disk image is malformed'), true],
    [Object.assign(new Error('database or disk is full'), { sqliteCode: 13 }), false],
    [new Error('disk I/O error'), false],
    ['malformed', false],
  ])('of %o: %s', (error, isOne) => {
    expect(corruptionIn(error) !== null).toBe(isOne);
  });
});

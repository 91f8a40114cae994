/** The store in its own thread, on a real disk. */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/store/open-store.js';
import type { SqliteStore } from '../../src/adapters/store/sqlite-store.js';
import { systemClock as clock } from '../../src/adapters/system/clock.js';
import { absentConference } from '../../src/conference/state.js';
import { accountSidOf, conferenceSidOf, join, traced } from '../support/callers.js';
import { conferenceAfter } from '../support/conference-script.js';
import { recordingLogger } from '../support/silent.js';
import { storeBounds } from '../support/store-thread.js';

const account = accountSidOf('acc');
const folders: string[] = [];
const stores: SqliteStore[] = [];

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(pathOf(tmpdir(), 'parley-store-'));
  folders.push(folder);
  return pathOf(folder, 'data');
}

async function opened(folder: string, batches: number[] = []): Promise<SqliteStore> {
  const observer = (_depth: unknown, requests: number): void => void batches.push(requests);
  const store = await openStore({ folder, bounds: storeBounds, clock, logger: recordingLogger(), observer });
  stores.push(store);
  return store;
}

async function join1(store: SqliteStore, name: string): Promise<boolean> {
  const { state, events } = conferenceAfter(join('A', { newConferenceSid: conferenceSidOf(name) }));
  const commit = {
    accountSid: account,
    before: absentConference,
    state,
    nextSequence: 2,
    events,
    trace: traced,
    callbacks: [],
  };
  return (await store.commit(commit)).ok;
}

describe('openStore', () => {
  it('keeps what was committed over a restart, many commits in one transaction', async () => {
    const folder = newFolder();
    const batches: number[] = [];
    const first = await opened(folder, batches);
    const names = Array.from({ length: 200 }, (_, index) => String.fromCharCode(0x100 + index));
    expect(await Promise.all(names.map((name) => join1(first, name)))).toEqual(names.map(() => true));
    expect(batches.length).toBeLessThan(20);
    await first.close();
    const second = await opened(folder);
    expect((await second.unfinished()).map(({ state }) => state.conferenceSid)).toEqual(names.map(conferenceSidOf));
  });

  it('makes a folder that only its owner can read', async () => {
    const folder = newFolder();
    await opened(folder);
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    ['is no database', (folder) => writeFileSync(pathOf(folder, 'parley.db'), 'x'.repeat(8192)), /not a database/],
    ['cannot be a file', (folder) => mkdirSync(pathOf(folder, 'parley.db')), /unable to open/],
  ])('says which file %s', async (_what, spoil, cause) => {
    const folder = newFolder();
    mkdirSync(folder);
    spoil(folder);
    const error = await opened(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: `the store ${pathOf(folder, 'parley.db')} cannot be opened` });
    expect(error).toMatchObject({ cause: { message: expect.stringMatching(cause) } });
  });

  it('refuses a store that another has open', async () => {
    const folder = newFolder();
    await opened(folder);
    await expect(opened(folder)).rejects.toMatchObject({ cause: { message: expect.stringMatching(/locked/) } });
  });
});

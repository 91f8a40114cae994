import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';
import { storeBounds } from '../../../test/support/store-thread.js';
import { ListTable } from './list-table.js';
import { migrate, migrations } from './schema.js';
import { StoreCore } from './store-core.js';
import type { RequestKind, StoreRequest } from './store-protocol.js';

const databaseOf = (version: number): DatabaseSyncInstance => {
  const database = new DatabaseSync(':memory:');
  migrate(database, migrations.slice(0, version));
  return database;
};
const versionOf = (database: DatabaseSyncInstance): number =>
  database.prepare('PRAGMA user_version').get().user_version;
const schemaOf = (database: DatabaseSyncInstance): readonly { readonly name: string; readonly sql: string }[] =>
  database.prepare('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name').all();

describe('migrate', () => {
  it.each(migrations.map((_, version) => version))('brings version %i to what a new database is', (version) => {
    const database = databaseOf(version);
    expect(versionOf(database)).toBe(version);
    migrate(database);
    expect(versionOf(database)).toBe(migrations.length);
    expect(schemaOf(database)).toEqual(schemaOf(databaseOf(migrations.length)));
  });

  it('does nothing to one that is up to date', () => {
    const database = databaseOf(migrations.length);
    database.exec("INSERT INTO account VALUES ('a', 7, 1, 0)");
    migrate(database);
    expect(database.prepare('SELECT newest_cursor FROM account').get().newest_cursor).toBe(7);
  });

  it('makes one step whole or not at all, and goes on from there', () => {
    const database = databaseOf(migrations.length);
    const step = 'ALTER TABLE account ADD COLUMN note TEXT';
    expect(() => migrate(database, [...migrations, `${step}; nonsense`])).toThrow(/syntax/);
    if (database.isTransaction) database.exec('ROLLBACK');
    expect(versionOf(database)).toBe(migrations.length);
    migrate(database, [...migrations, step]);
    expect(versionOf(database)).toBe(migrations.length + 1);
  });

  it('refuses a database of a later version', () => {
    const database = databaseOf(migrations.length);
    database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    expect(() => migrate(database)).toThrow(/knows versions up to/);
  });
});

/** A conference that is live, with one who is in, an event, a callback that waits and one that was given up. */
const left = `
  INSERT INTO account VALUES ('acc', 1, 1, 1);
  INSERT INTO conference (number, sid, account, is_live, updated_at, next_sequence, state)
    VALUES (1, 'conf', 'acc', 1, 1000, 3, '{"phase":"init"}');
  INSERT INTO participant (number, conference, call, data) VALUES (1, 'conf', 'call', '{"callSid":"call"}');
  INSERT INTO event (account, cursor, conference, at, data) VALUES ('acc', 1, 'conf', 1000, '{"kind":"x"}');
  INSERT INTO outbox VALUES (1, 'conf-status-1', 'acc', 'conf', 'https://h.test', 1, 0, 0, 1000, '{"id":"a"}');
  INSERT INTO dead_letter VALUES (1, 'conf-status-0', 'acc', 'conf', 'https://h.test', 3, 1, 2, '500', '{"id":"b"}');
`;

describe('a store of an earlier version', () => {
  it.each(migrations.map((_, index) => index + 1))('goes on with what version %i had kept', (version) => {
    const database = databaseOf(version);
    database.exec(left);
    migrate(database);
    const core = new StoreCore(database, storeBounds);
    const ask = <K extends RequestKind>(kind: K, input: Extract<StoreRequest, { kind: K }>['input']) => {
      const [reply] = core.execute([{ kind, input } as StoreRequest]).replies;
      return reply?.ok === true ? reply.output : expect.fail(JSON.stringify(reply));
    };
    const nowMs = 5000;
    const lists = { account: 'acc', after: 0, limit: 10 };
    expect(ask('unfinished', {})).toEqual([
      { state: '{"phase":"init"}', nextSequence: 3, participants: ['{"callSid":"call"}'] },
    ]);
    expect(ask('journal', { account: 'acc', cursor: 0, limit: 10 })).toEqual({
      entries: [{ cursor: 1, conference: 'conf', atMs: 1000, trace: '', data: '{"kind":"x"}' }],
      missed: false,
    });
    expect(ask('list', { ...lists, list: 'dead' })).toMatchObject([{ data: '{"id":"b"}', reason: '500' }]);
    expect(ask('take', { nowMs, limit: 9, perReceiver: 9, shares: new Map() })).toMatchObject({
      taken: [{ number: 1, data: '{"id":"a"}' }],
    });
    expect(ask('replay', { account: 'acc', ids: null, atMs: nowMs })).toBe(1);
    expect(ask('drop', { account: 'acc', list: 'queued', ids: null })).toBe(2);
  });
});

it('finds what was kept before lists had columns of their own', () => {
  const database = databaseOf(6);
  database.exec(`INSERT INTO conference VALUES
    (1, 'one', 'acc', 0, 2000, 3, '{"phase":"completed","room":"a","createdAtMs":1000}'),
    (2, 'two', 'acc', 1, 2000, 3, '{"phase":"init","room":"b","createdAtMs":1500}')`);
  database.exec(`INSERT INTO participant VALUES
    (1, 'two', 'late', NULL, NULL, '{"callSid":"late","joinedAtMs":1700}'),
    (2, 'two', 'early', 1800, 'x', '{"callSid":"early","joinedAtMs":1500}')`);
  migrate(database);
  const lists = new ListTable(database);
  const nothing = { createdFromMs: null, createdUntilMs: null, updatedFromMs: null, updatedUntilMs: null };
  const page = { size: 9, start: null };
  const sids = (filter: { readonly room?: string; readonly status?: string; readonly createdFromMs?: number }) =>
    lists
      .conferences({ account: 'acc', room: null, status: null, ...nothing, ...filter, page })
      .rows.map(({ sid }) => sid);
  expect([sids({}), sids({ room: 'a' }), sids({ status: 'init' }), sids({ createdFromMs: 1200 })]).toEqual([
    ...[['two', 'one'], ['one'], ['two'], ['two']],
  ]);
  const anybody = { muted: null, held: null, coaching: null };
  const { rows } = lists.participants({ account: 'acc', conference: 'two', ...anybody, page });
  expect(rows.map(({ call }) => call)).toEqual(['early', 'late']);
});

describe('what an operator asks of one account', () => {
  it.each([
    ['outbox', 'account = ? AND number > ? ORDER BY number LIMIT ?', 'outbox_of_account'],
    ['dead_letter', 'account = ? AND number > ? ORDER BY number LIMIT ?', 'dead_letter_of_account'],
    ['dead_letter', 'account = ? AND id = ? ORDER BY number', 'dead_letter_by_id'],
  ])('reads nothing of %s by another: WHERE %s', (table, where, index) => {
    const database = databaseOf(migrations.length);
    const [plan, ...more] = database.prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE ${where}`).all();
    expect(plan.detail).toMatch(new RegExp(`^SEARCH ${table} USING INDEX ${index} `));
    expect(more).toEqual([]);
  });
});

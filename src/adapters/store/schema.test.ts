import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';
import { migrate, migrations } from './schema.js';

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

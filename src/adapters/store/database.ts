/** Opening and closing the file of the store. */
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { migrate } from './schema.js';

/** What the store needs of a database. */
export type Database = Pick<DatabaseSyncInstance, 'prepare' | 'exec' | 'close' | 'isTransaction'>;

/**
 * Opens or makes the file (':memory:' forgets). Each commit is on the disk when it returns. Throws when the file cannot
 * be read, is of a later version, or is in use.
 */
export function openDatabase(path: string): DatabaseSyncInstance {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec('PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = OFF;');
  migrate(database);
  return database;
}

/** Gives the file free: closing alone does not while statements live. */
export function closeDatabase(database: Database): void {
  try {
    database.exec('PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT count(*) FROM account');
  } catch {
    // A disk that does not write: the journal stays and is read at the next start.
  }
  database.close();
}

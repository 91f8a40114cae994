/** The durable store in a folder of its own. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SqliteStore, type SqliteStoreParts } from './sqlite-store.js';
import type { StoreBounds } from './store-protocol.js';
import { startStoreThread } from './store-thread.js';

const fileName = 'parley.db';

/** Readable by its owner only: numbers of callers and URLs with credentials are in it. */
const folderMode = 0o700;

export type OpenStoreParts = Omit<SqliteStoreParts, 'thread'> & {
  readonly folder: string;
  readonly bounds: StoreBounds;
};

/** Rejects, naming the file, when it cannot be opened. */
export async function openStore({ folder, bounds, ...parts }: OpenStoreParts): Promise<SqliteStore> {
  const path = join(folder, fileName);
  try {
    await mkdir(folder, { recursive: true, mode: folderMode });
    return new SqliteStore({ ...parts, thread: await startStoreThread(path, bounds) });
  } catch (cause) {
    const isInUse = cause instanceof Error && cause.message.includes('database is locked');
    const why = isInUse ? ': another process has it open, and each daemon needs a dataDir of its own' : '';
    throw new Error(`the store ${path} cannot be opened${why}`, { cause });
  }
}

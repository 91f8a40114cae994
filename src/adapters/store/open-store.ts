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
  } catch (error) {
    throw new Error(`the store ${path} cannot be opened`, { cause: error });
  }
}

/** Files of recordings in a folder of this machine. */
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type KeptFile, pieceBytesMax, type Storage } from './storage.js';

/** Readable by their owner only: they are what people said. */
const folderMode = 0o700;

export class LocalStorage implements Storage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(path: string, key: string): Promise<void> {
    const target = join(this.#folder, key);
    const folder = dirname(target);
    await mkdir(folder, { recursive: true, mode: folderMode });
    await rename(path, target);
    await syncFolder(folder);
  }

  async open(key: string): Promise<KeptFile | null> {
    return openFile(join(this.#folder, key));
  }

  async delete(key: string): Promise<void> {
    await rm(join(this.#folder, key), { force: true });
  }

  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: folderMode });
  }

  async close(): Promise<void> {}
}

/** What a rename says is on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** In bytes; rejects when there is none. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size;
}

/** Null: there is none. */
export async function openFile(path: string): Promise<KeptFile | null> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  const { size, mtimeMs } = await file.stat();
  return {
    bytes: size,
    keptAtMs: mtimeMs,
    async *read(first, last) {
      for (let at = first; at <= last; ) {
        const piece = Buffer.alloc(Math.min(pieceBytesMax, last + 1 - at));
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) throw new Error('a file of a recording is shorter than it was');
        yield piece.subarray(0, bytesRead);
        at += bytesRead;
      }
    },
    close: () => file.close(),
  };
}

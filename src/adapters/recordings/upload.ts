/**
 * Bringing one file into a store of objects, from wherever an attempt before it came to: parts that the store has are
 * not sent again, also by another process than the one that sent them.
 */
import { type ObjectStore, partsMax, type StoredPart } from './object-store.js';
import type { WaitingFile } from './waiting-folder.js';

const megabyte = 1024 * 1024;

/** Null as `upload`: nothing was begun. */
export type UploadState = WaitingFile['upload'];

export type UploadParts = {
  readonly store: ObjectStore;
  /** Of a file that wants more than one part; larger where `partsMax` of them would not do. */
  readonly partBytes: number;
  /** Remembers beyond a crash what was begun. */
  readonly save: (upload: UploadState) => Promise<void>;
  /** Told of what the store has taken. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/** Resolves once the store shows the object with its mark and its length. Rejects when it cannot be done now. */
export async function upload(file: WaitingFile, path: string, parts: UploadParts): Promise<void> {
  const { key, mark, bytes } = file;
  const { store, partBytes, signal, onBytes } = parts;
  if (bytes <= partBytes) {
    await store.put(key, { path, first: 0, end: bytes }, mark, signal);
    onBytes(bytes);
  } else if (!(await sendInParts(file, path, parts))) return;
  if (!(await isStored(file, store))) throw new Error('the store does not show what it has taken');
}

/** False: it is there already. */
async function sendInParts(file: WaitingFile, path: string, parts: UploadParts): Promise<boolean> {
  const { key, mark, bytes } = file;
  const { store, save, onBytes, signal } = parts;
  let begun = file.upload;
  let had = begun === null ? null : await store.parts(key, begun.id);
  if (begun !== null && had === null) {
    // Completed, and the answer was lost; or somebody aborted it.
    if (await isStored(file, store)) return false;
    begun = null;
  }
  if (begun === null || had === null) {
    // What was begun by a process that could not remember it is in nobody's way, but costs what it holds.
    for (const forgotten of await store.uploads(key)) await store.abort(key, forgotten);
    begun = { id: await store.begin(key, mark), partBytes: partBytesOf(bytes, parts.partBytes) };
    await save(begun);
    had = new Map();
  }
  const all = new Map<number, StoredPart>();
  for (let number = 1, first = 0; first < bytes; number += 1, first += begun.partBytes) {
    signal.throwIfAborted();
    const end = Math.min(bytes, first + begun.partBytes);
    const known = had.get(number);
    if (known?.bytes === end - first) all.set(number, known);
    else {
      all.set(number, await store.putPart(key, begun.id, number, { path, first, end }, signal));
      onBytes(end - first);
    }
  }
  await store.complete(key, begun.id, all);
  return true;
}

async function isStored({ key, mark, bytes }: WaitingFile, store: ObjectStore): Promise<boolean> {
  const stored = await store.stat(key);
  return stored !== null && stored.mark === mark && stored.bytes === bytes;
}

/** Whole megabytes where it is more than `wanted`. */
const partBytesOf = (bytes: number, wanted: number): number =>
  bytes <= wanted * partsMax ? wanted : Math.ceil(bytes / partsMax / megabyte) * megabyte;

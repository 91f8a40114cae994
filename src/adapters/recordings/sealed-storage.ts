/** Files of recordings, encrypted before they are kept where their account has keys, and opened as they are read. */
import { createDecipheriv } from 'node:crypto';
import { rm } from 'node:fs/promises';
import {
  authenticated,
  chunkAt,
  headBytes,
  nonceOf,
  parseHead,
  type SealedHead,
  sealedBytesOf,
  tagBytes,
} from '../../recordings/sealed-file.js';
import { fileKeyOf } from '../../worker/recordings/seal-file.js';
import type { SealTask } from '../../worker/recordings/seal-task.js';
import type { AccountKeys } from './account-keys.js';
import { type FileFacts, type KeptFile, pieceBytesMax, type Storage } from './storage.js';

export type SealedStorageParts = {
  /** Where they are kept. */
  readonly inner: Storage;
  /** Null: the account's recordings are not encrypted. Its sid is what keys begin with. */
  readonly keysOf: (accountSid: string) => AccountKeys | null;
  readonly jobs: { sealFile(task: SealTask): Promise<void> };
};

export class SealedStorage implements Storage {
  readonly #parts: SealedStorageParts;

  constructor(parts: SealedStorageParts) {
    this.#parts = parts;
  }

  async keep(path: string, key: string, facts: FileFacts): Promise<void> {
    const { inner, jobs } = this.#parts;
    const [sealing] = this.#keysOf(key);
    if (sealing === undefined) return inner.keep(path, key, facts);
    const target = `${path}.sealed`;
    await jobs.sealFile({ path, target, name: key, keyName: sealing.name, key: sealing.key });
    await rm(path);
    await inner.keep(target, key, facts);
  }

  async open(key: string, bytes: number): Promise<KeptFile | null> {
    const kept = await this.#parts.inner.open(key, bytes);
    // What is sealed is longer than it was, always.
    if (kept === null || kept.bytes === bytes) return kept;
    try {
      return await this.#opened(kept, key, bytes);
    } catch (error) {
      await kept.close();
      throw error;
    }
  }

  delete(key: string): Promise<void> {
    return this.#parts.inner.delete(key);
  }

  start(): Promise<void> {
    return this.#parts.inner.start();
  }

  close(): Promise<void> {
    return this.#parts.inner.close();
  }

  async #opened(kept: KeptFile, key: string, bytes: number): Promise<KeptFile> {
    const head = kept.bytes < headBytes ? new Uint8Array(0) : await joined(kept.read(0, headBytes - 1));
    const shape = parseHead(head);
    if (shape?.bytes !== bytes || sealedBytesOf(shape) !== kept.bytes) {
      throw new Error('a file of a recording is not what was kept');
    }
    const sealing = this.#keysOf(key).find(({ name }) => name === shape.keyName);
    if (sealing === undefined) throw new Error(`the account has no key ${shape.keyName} to open a recording with`);
    const opening = { shape, key: fileKeyOf(sealing.key, shape.salt), beside: authenticated(head, key) };
    return { ...kept, bytes, read: (first, last) => unsealed(kept, opening, first, last) };
  }

  #keysOf(key: string): AccountKeys | readonly [] {
    return this.#parts.keysOf(key.slice(0, key.indexOf('/'))) ?? [];
  }
}

type Opening = { readonly shape: SealedHead; readonly key: Uint8Array; readonly beside: Uint8Array };

/** One reading of all chunks that the range touches; none is given before it has shown that it is right. */
async function* unsealed(kept: KeptFile, opening: Opening, first: number, last: number): AsyncGenerator<Uint8Array> {
  const { shape } = opening;
  let index = Math.floor(first / shape.chunkBytes);
  const lastChunk = chunkAt(shape, Math.floor(last / shape.chunkBytes));
  let had: Uint8Array = new Uint8Array(0);
  for await (const piece of kept.read(chunkAt(shape, index).sealedFirst, lastChunk.sealedEnd - 1)) {
    had = Buffer.concat([had, piece]);
    for (;;) {
      const chunk = chunkAt(shape, index);
      const sealedBytes = chunk.sealedEnd - chunk.sealedFirst;
      if (chunk.first > last || had.length < sealedBytes) break;
      const open = unsealedChunk(had.subarray(0, sealedBytes), index, opening);
      had = had.subarray(sealedBytes);
      index += 1;
      const wanted = open.subarray(Math.max(0, first - chunk.first), last + 1 - chunk.first);
      for (let at = 0; at < wanted.length; at += pieceBytesMax) yield wanted.subarray(at, at + pieceBytesMax);
    }
  }
  if (chunkAt(shape, index).first <= last && index * shape.chunkBytes < shape.bytes) {
    throw new Error('a file of a recording is shorter than it was');
  }
}

/** Throws when it is not what was sealed there. */
function unsealedChunk(sealed: Uint8Array, index: number, { key, beside }: Opening): Uint8Array {
  const body = sealed.subarray(0, sealed.length - tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index), { authTagLength: tagBytes });
  decipher.setAAD(beside).setAuthTag(sealed.subarray(body.length));
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** The job that encrypts a file of a recording, from disk to disk. */
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import {
  authenticated,
  chunkAt,
  chunkBytes,
  chunksOf,
  keyBytes,
  nonceOf,
  saltBytes,
  sealInfo,
  writeHead,
} from '../../recordings/sealed-file.js';
import type { SealTask } from './seal-task.js';

/** Resolves once it is on the disk. */
export async function sealFile({ path, target, name, keyName, key }: SealTask): Promise<void> {
  const source = await open(path, 'r');
  try {
    const { size: bytes } = await source.stat();
    const shape = { keyName, chunkBytes, bytes, salt: randomBytes(saltBytes) };
    const head = writeHead(shape);
    const fileKey = fileKeyOf(key, shape.salt);
    const beside = authenticated(head, name);
    const sealed = await open(target, 'w', 0o600);
    try {
      await writeAll(sealed, head);
      for (let index = 0; index < chunksOf(shape); index += 1) {
        const { first, end } = chunkAt(shape, index);
        const cipher = createCipheriv('aes-256-gcm', fileKey, nonceOf(index)).setAAD(beside);
        const body = cipher.update(await readAll(source, first, end));
        await writeAll(sealed, Buffer.concat([body, cipher.final(), cipher.getAuthTag()]));
      }
      await sealed.sync();
    } finally {
      await sealed.close();
    }
  } finally {
    await source.close();
  }
}

/** Its own, so that numbers may be nonces. */
export const fileKeyOf = (key: Uint8Array, salt: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, sealInfo, keyBytes));

async function readAll(file: FileHandle, first: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - first);
  for (let had = 0; had < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, had, bytes.length - had, first + had);
    if (bytesRead === 0) throw new Error('a file of a recording is shorter than it was');
    had += bytesRead;
  }
  return bytes;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let had = 0; had < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, had);
    had += bytesWritten;
  }
}

/**
 * How a file of a recording lies encrypted: a head, then chunks that are each sealed for themselves (AES-256-GCM), so
 * that a range of it needs no more than the chunks it touches. All numbers are big-endian.
 *
 *     0   8  "PARLEYE1"
 *     8   1  length of the key's name
 *     9  32  name of the account's key, ASCII, zeros behind it
 *    41   3  zeros
 *    44   4  bytes of a chunk before it was sealed, but for the last
 *    48   8  bytes of the whole file before it was sealed
 *    56  32  salt, random
 *    88      chunks, each with a tag of 16 bytes behind it; at least one
 *
 * The key of a file is HKDF-SHA-256 of the account's key with the salt and `sealInfo`; the nonce of a chunk is its
 * number, in 12 bytes; what is authenticated beside it is the head and the name that the file is kept under. So a chunk
 * that is moved, left out, repeated, or of another file or recording does not open, nor does one of a file cut short.
 */

export const headBytes = 88;
export const tagBytes = 16;
export const saltBytes = 32;
export const keyBytes = 32;
export const nonceBytes = 12;
export const keyNameCharactersMax = 32;
export const chunkBytes = 65_536;
export const sealInfo = 'parley recording file 1';

/** Of those that are read. */
const chunkBytesMax = 1 << 20;

const magic = 'PARLEYE1';

export type SealedHead = {
  /** 1 to 32 characters of ASCII. */
  readonly keyName: string;
  readonly chunkBytes: number;
  /** Of the file before it was sealed. */
  readonly bytes: number;
  readonly salt: Uint8Array;
};

export function writeHead({ keyName, chunkBytes: ofChunk, bytes, salt }: SealedHead): Uint8Array {
  const head = new Uint8Array(headBytes);
  const view = new DataView(head.buffer);
  head.set(ascii(magic), 0);
  head[8] = keyName.length;
  head.set(ascii(keyName), 9);
  view.setUint32(44, ofChunk);
  view.setBigUint64(48, BigInt(bytes));
  head.set(salt, 56);
  return head;
}

/** Null: it is none. */
export function parseHead(head: Uint8Array): SealedHead | null {
  if (head.length < headBytes) return null;
  const text = String.fromCharCode(...head.subarray(0, 41));
  const view = new DataView(head.buffer, head.byteOffset, headBytes);
  const nameLength = view.getUint8(8);
  const ofChunk = view.getUint32(44);
  const bytes = Number(view.getBigUint64(48));
  if (!text.startsWith(magic) || nameLength < 1 || nameLength > keyNameCharactersMax) return null;
  if (ofChunk < 1 || ofChunk > chunkBytesMax || !Number.isSafeInteger(bytes)) return null;
  return { keyName: text.slice(9, 9 + nameLength), chunkBytes: ofChunk, bytes, salt: head.slice(56, headBytes) };
}

type Shape = Pick<SealedHead, 'chunkBytes' | 'bytes'>;

/** 1 or more. */
export const chunksOf = ({ chunkBytes: ofChunk, bytes }: Shape): number => Math.max(1, Math.ceil(bytes / ofChunk));

/** Of all of it, the head included. */
export const sealedBytesOf = (shape: Shape): number => headBytes + shape.bytes + chunksOf(shape) * tagBytes;

/** Where a chunk lies: before it was sealed and as it is kept, both without the byte at `end`. */
export function chunkAt(shape: Shape, index: number) {
  const first = index * shape.chunkBytes;
  const end = Math.min(shape.bytes, first + shape.chunkBytes);
  const sealedFirst = headBytes + first + index * tagBytes;
  return { first, end, sealedFirst, sealedEnd: sealedFirst + (end - first) + tagBytes };
}

export function nonceOf(index: number): Uint8Array {
  const nonce = new Uint8Array(nonceBytes);
  new DataView(nonce.buffer).setBigUint64(nonceBytes - 8, BigInt(index));
  return nonce;
}

/** What is authenticated beside each chunk. `name`: that the file is kept under, ASCII. */
export function authenticated(head: Uint8Array, name: string): Uint8Array {
  const all = new Uint8Array(headBytes + name.length);
  all.set(head.subarray(0, headBytes));
  all.set(ascii(name), headBytes);
  return all;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0) & 0x7f);

/** Crypto suites of SRTP, and master keys that do not leak into logs, errors or snapshots. */
import { assert } from '../base/assert.js';
import type { Random } from '../base/ports.js';

/** By strength, strongest first (RFC 4568 §6.2, RFC 7714 §14.2). */
export const srtpSuites = [
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
] as const;
export type SrtpSuite = (typeof srtpSuites)[number];

/** Bytes of a suite's master key and master salt together. */
export const masterBytes: Readonly<Record<SrtpSuite, number>> = {
  AEAD_AES_256_GCM: 44,
  AEAD_AES_128_GCM: 28,
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
};

/** Put by the sender into each packet; a number in network byte order. */
export type MasterKeyId = { readonly value: number; readonly bytes: number };

const hidden = '[secret]';

/** A master key followed by its salt. Shows itself to nobody who does not call `reveal`. */
export class SrtpKey {
  readonly suite: SrtpSuite;
  readonly #bytes: Uint8Array;

  /** Keeps a copy of `bytes`, masterBytes[suite] of them. */
  constructor(suite: SrtpSuite, bytes: Uint8Array) {
    assert(bytes.length === masterBytes[suite], 'a key has the length of its suite');
    this.suite = suite;
    // Not slice(), which of a Buffer is no copy.
    this.#bytes = new Uint8Array(bytes);
  }

  /** A copy; whoever asks fills it with zeros when done. */
  reveal(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }

  /** Takes the same time whichever byte differs. */
  equals(other: SrtpKey): boolean {
    if (this.suite !== other.suite) return false;
    return this.#bytes.reduce((difference, byte, i) => difference | (byte ^ (other.#bytes[i] ?? ~byte)), 0) === 0;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }
}

/** Makes a fresh key at each call. */
export const newSrtpKey =
  (random: Random) =>
  (suite: SrtpSuite): SrtpKey =>
    new SrtpKey(suite, random.bytes(masterBytes[suite]));

/**
 * AES_CM_128_HMAC_SHA1_80 of RTP (RFC 3711) in the fewest lines, for callers of tests: it shares no line with the
 * daemon. Streams shorter than 65,536 packets, so that no sequence number wraps; no RTCP, no replay protection.
 */
import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const headerBytes = 12;
const tagBytes = 10;
/** How often a sequence number has wrapped: never here. */
const rollovers = Buffer.alloc(4);

export const newMaster = (): Buffer => randomBytes(30);

export class SrtpKeys {
  readonly #cipherKey: Buffer;
  readonly #authenticationKey: Buffer;
  readonly #salt: Buffer;

  /** `master`: 16 bytes of key, 14 of salt. */
  constructor(master: Uint8Array) {
    const derive = (label: number, bytes: number): Buffer => {
      const seed = Buffer.alloc(16);
      Buffer.from(master).copy(seed, 0, 16, 30);
      seed[7] = (seed[7] ?? 0) ^ label;
      return counterMode(Buffer.from(master.subarray(0, 16)), seed, Buffer.alloc(bytes));
    };
    this.#cipherKey = derive(0, 16);
    this.#authenticationKey = derive(1, 20);
    this.#salt = derive(2, 14);
  }

  protect(packet: Uint8Array): Buffer {
    const secured = Buffer.concat([packet.subarray(0, headerBytes), this.#crypt(packet, packet.length)]);
    return Buffer.concat([secured, this.#tagOf(secured)]);
  }

  /** Null for what was not made with this key. */
  unprotect(datagram: Uint8Array): Buffer | null {
    const end = datagram.length - tagBytes;
    if (end < headerBytes) return null;
    const tag = this.#tagOf(datagram.subarray(0, end));
    if (!timingSafeEqual(tag, datagram.subarray(end))) return null;
    return Buffer.concat([datagram.subarray(0, headerBytes), this.#crypt(datagram, end)]);
  }

  #crypt(packet: Uint8Array, end: number): Buffer {
    const counter = Buffer.alloc(16);
    this.#salt.copy(counter);
    for (let byte = 0; byte < 4; byte++) counter[4 + byte] = (counter[4 + byte] ?? 0) ^ (packet[8 + byte] ?? 0);
    for (let byte = 0; byte < 2; byte++) counter[12 + byte] = (counter[12 + byte] ?? 0) ^ (packet[2 + byte] ?? 0);
    return counterMode(this.#cipherKey, counter, packet.subarray(headerBytes, end));
  }

  #tagOf(secured: Uint8Array): Buffer {
    const mac = createHmac('sha1', this.#authenticationKey).update(secured).update(rollovers);
    return mac.digest().subarray(0, tagBytes);
  }
}

function counterMode(key: Buffer, counter: Buffer, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

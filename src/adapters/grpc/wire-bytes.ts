/** Where a protobuf message is put together, value by value, in their encoding on the wire. */

/** Kept from one message to the next; a message that is larger is given away as it is. */
const keptBytes = 65_536;

/** Of the longest varint, which has 64 bits. */
const varintBytesMax = 10;

/** Of one UTF-16 code unit. */
const utf8BytesMax = 3;

export class WireBytes {
  #bytes: Buffer = Buffer.allocUnsafe(keptBytes);
  #length = 0;

  /** What was put since the last `begin`. */
  taken(): Buffer {
    const whole = this.#bytes.subarray(0, this.#length);
    if (this.#bytes.length === keptBytes) return Buffer.from(whole);
    this.#bytes = Buffer.allocUnsafe(keptBytes);
    return whole;
  }

  begin(): void {
    this.#length = 0;
  }

  /** `value`: a whole number, 0 to 2^53. */
  varint(value: number): void {
    this.#makeRoom(varintBytesMax);
    let rest = value;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 0x80);
    for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  /** 32 bits; a negative one has the length of 64. */
  signed(value: number): void {
    if (value >= 0) this.varint(value);
    else this.long(BigInt(value));
  }

  /** 32 bits, small ones short whatever their sign. */
  zigzag(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** 64 bits, with a sign or without. */
  long(value: bigint): void {
    if (value >= 0n && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(Number(value));
      return;
    }
    this.#makeRoom(varintBytesMax);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  double(value: number): void {
    this.#makeRoom(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  text(text: string): void {
    this.sized(utf8, text);
  }

  /** In UTF-8, without its length. */
  characters(text: string): void {
    this.#makeRoom(utf8BytesMax * text.length);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** What `put` puts, behind its length. */
  sized<T>(put: (to: WireBytes, value: T) => void, value: T): void {
    const start = this.#length;
    this.#makeRoom(1);
    this.#length += 1;
    put(this, value);
    const size = this.#length - start - 1;
    if (size < 0x80) this.#bytes[start] = size;
    else this.#widen(start, size);
  }

  /** Its length takes more than the byte that was left for it. */
  #widen(start: number, size: number): void {
    this.#makeRoom(varintBytesMax);
    const content = start + 1;
    let prefixBytes = 1;
    for (let rest = size; rest > 0x7f; rest >>>= 7) prefixBytes += 1;
    this.#bytes.copyWithin(start + prefixBytes, content, content + size);
    this.#length = start;
    this.varint(size);
    this.#length += size;
  }

  #byte(value: number): void {
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

const utf8 = (to: WireBytes, text: string): void => to.characters(text);

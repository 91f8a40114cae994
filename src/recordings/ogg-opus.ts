/** Opus packets in Ogg pages (RFC 3533, RFC 7845): what an `.opus` file is made of. */

/** Of Opus in Ogg, whatever the rate that was encoded. */
export const opusClockHz = 48_000;
const packetSamples = 960;
/** A page is closed after so many packets: a second of audio. */
const packetsPerPage = 50;
const segmentsMax = 255;

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}

export type OggOpusFormat = {
  readonly channels: number;
  /** That was encoded. */
  readonly rateHz: number;
  /** Of each channel, at that rate. */
  readonly samples: number;
  /** At 48 kHz. */
  readonly delaySamples: number;
  /** Tells this stream from others. */
  readonly serial: number;
};

export class OggOpusWriter {
  readonly #format: OggOpusFormat;
  #sequence = 0;
  #packets: Uint8Array[] = [];
  #segments = 0;
  #written = 0;

  constructor(format: OggOpusFormat) {
    this.#format = format;
  }

  /** The pages before the first packet. */
  head(): Uint8Array {
    return joined([this.#page([this.#identification()], 0, 0x02), this.#page([tags()], 0, 0)]);
  }

  /** What is full with these packets of 20 ms. */
  add(packets: readonly Uint8Array[]): Uint8Array {
    const pages: Uint8Array[] = [];
    for (const packet of packets) {
      // What ends the stream must not be empty: the last packet waits for `end`.
      const segments = Math.floor(packet.length / 255) + 1;
      if (this.#packets.length >= packetsPerPage || this.#segments + segments > segmentsMax) {
        pages.push(this.#close(0));
      }
      this.#packets.push(packet);
      this.#segments += segments;
    }
    return joined(pages);
  }

  /** The last page: it says where the audio ends, to the sample. */
  end(): Uint8Array {
    return this.#close(0x04);
  }

  #close(flags: number): Uint8Array {
    this.#written += this.#packets.length * packetSamples;
    const { samples, rateHz, delaySamples } = this.#format;
    const end = delaySamples + (samples * opusClockHz) / rateHz;
    const page = this.#page(this.#packets, flags === 0 ? this.#written : end, flags);
    this.#packets = [];
    this.#segments = 0;
    return page;
  }

  #page(packets: readonly Uint8Array[], granule: number, flags: number): Uint8Array {
    const lacing = packets.flatMap(({ length }) => [
      ...Array<number>(Math.floor(length / 255)).fill(255),
      length % 255,
    ]);
    const bytes = new Uint8Array(27 + lacing.length + packets.reduce((sum, { length }) => sum + length, 0));
    const view = new DataView(bytes.buffer);
    bytes.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
    view.setBigUint64(6, BigInt(granule), true);
    view.setUint32(14, this.#format.serial, true);
    view.setUint32(18, this.#sequence, true);
    bytes[26] = lacing.length;
    bytes.set(lacing, 27);
    let at = 27 + lacing.length;
    for (const packet of packets) {
      bytes.set(packet, at);
      at += packet.length;
    }
    view.setUint32(22, crcOf(bytes), true);
    this.#sequence += 1;
    return bytes;
  }

  #identification(): Uint8Array {
    const { channels, rateHz, delaySamples } = this.#format;
    const bytes = new Uint8Array(19);
    const view = new DataView(bytes.buffer);
    bytes.set(new TextEncoder().encode('OpusHead'));
    bytes[8] = 1;
    bytes[9] = channels;
    view.setUint16(10, delaySamples, true);
    view.setUint32(12, rateHz, true);
    return bytes;
  }
}

function tags(): Uint8Array {
  const vendor = new TextEncoder().encode('parley');
  const bytes = new Uint8Array(8 + 4 + vendor.length + 4);
  bytes.set(new TextEncoder().encode('OpusTags'));
  new DataView(bytes.buffer).setUint32(8, vendor.length, true);
  bytes.set(vendor, 12);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Samples that are not compressed, as they lie in WAV and AU files and in bare bodies. */

export type PcmEncoding = 'u8' | 's8' | 's16' | 's24' | 's32' | 'f32' | 'f64' | 'a-law' | 'mu-law';

export type PcmLayout = {
  readonly encoding: PcmEncoding;
  readonly littleEndian: boolean;
  readonly channels: number;
  readonly rateHz: number;
};

export const pcmSampleBytes: Readonly<Record<PcmEncoding, number>> = {
  u8: 1,
  s8: 1,
  s16: 2,
  s24: 3,
  s32: 4,
  f32: 4,
  f64: 8,
  'a-law': 1,
  'mu-law': 1,
};

/** What may be decoded here. */
export const channelsMax = 8;
export const rateHzMin = 4000;
export const rateHzMax = 192_000;

export const isPlayable = ({ channels, rateHz }: PcmLayout): boolean =>
  channels >= 1 && channels <= channelsMax && rateHz >= rateHzMin && rateHz <= rateHzMax;

/** Turns bytes that arrive in pieces of any length into one channel: the mean of all, so that nothing clips. */
export class PcmReader {
  readonly #layout: PcmLayout;
  readonly #sampleBytes: number;
  /** Less than one sample of all channels. */
  #rest = new Uint8Array();

  /** REQUIRES: `isPlayable(layout)`. */
  constructor(layout: PcmLayout) {
    this.#layout = layout;
    this.#sampleBytes = pcmSampleBytes[layout.encoding];
  }

  /** Full scale is -1 to 1. What is no number is silence. */
  read(piece: Uint8Array): Float32Array {
    const { channels } = this.#layout;
    const bytes = joined(this.#rest, piece);
    const frameBytes = this.#sampleBytes * channels;
    const count = Math.floor(bytes.length / frameBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const mono = new Float32Array(count);
    for (let frame = 0; frame < count; frame++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        sum += this.#sampleAt(view, frame * frameBytes + channel * this.#sampleBytes);
      }
      mono[frame] = sum / channels;
    }
    this.#rest = bytes.slice(count * frameBytes);
    return mono;
  }

  #sampleAt(view: DataView, at: number): number {
    const { encoding, littleEndian } = this.#layout;
    switch (encoding) {
      case 'u8':
        return (view.getUint8(at) - 128) / 128;
      case 's8':
        return view.getInt8(at) / 128;
      case 's16':
        return view.getInt16(at, littleEndian) / 32_768;
      case 's24':
        return littleEndian
          ? ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8_388_608
          : ((view.getInt8(at) << 16) | view.getUint16(at + 1, false)) / 8_388_608;
      case 's32':
        return view.getInt32(at, littleEndian) / 2_147_483_648;
      case 'f32':
        return sane(view.getFloat32(at, littleEndian));
      case 'f64':
        return sane(view.getFloat64(at, littleEndian));
      case 'a-law':
        return aLaw[view.getUint8(at)] ?? 0;
      case 'mu-law':
        return muLaw[view.getUint8(at)] ?? 0;
    }
  }
}

/** Beyond full scale by more than 24 dB nothing is meant to be heard. */
const sane = (value: number): number => (Math.abs(value) <= 16 ? value : 0);

/** G.711 §2: sign, segment, step. */
const aLaw = Float32Array.from({ length: 256 }, (_, code) => {
  const [segment, step] = [((code ^ 0x55) >> 4) & 7, (code ^ 0x55) & 15];
  const magnitude = segment === 0 ? step * 16 + 8 : (step * 16 + 264) << (segment - 1);
  return ((code & 0x80) !== 0 ? magnitude : -magnitude) / 32_768;
});
const muLaw = Float32Array.from({ length: 256 }, (_, code) => {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 15) << 3) + 132) << ((inverted >> 4) & 7)) - 132;
  return ((inverted & 0x80) !== 0 ? -magnitude : magnitude) / 32_768;
});

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

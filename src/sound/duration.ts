/**
 * How long a compressed sound will be, as far as its first bytes and its length say: only to choose whether it is kept
 * whole or played as a stream, so an estimate will do. Total functions of bytes from outside.
 */
import { ascii, isMpegHeader, type SoundFormat } from './format.js';

/** `bodyBytes`: of all of it; null when nobody said. The answer is in milliseconds, null when nothing is known. */
export function estimatedMs(format: SoundFormat, bytes: Uint8Array, bodyBytes: number | null): number | null {
  switch (format) {
    case 'flac':
      return flacMs(bytes);
    case 'mpeg':
      return mpegMs(bytes, bodyBytes);
    case 'ogg':
    case 'wav':
    case 'au':
      return null;
  }
}

/** STREAMINFO is the first block (RFC 9639 §8.2): 20 bits of rate, 3 and 5 of form, 36 of samples. */
function flacMs(bytes: Uint8Array): number | null {
  if (bytes.length < 26) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rateHz = view.getUint32(18) >>> 12;
  const samples = (view.getUint8(21) & 15) * 2 ** 32 + view.getUint32(22);
  return rateHz === 0 || samples === 0 ? null : (samples * 1000) / rateHz;
}

/** kbit/s by index of the header: version 1, layers 1 to 3; versions 2 and 2.5, layer 1, then layers 2 and 3. */
const kbps: readonly (readonly number[])[] = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const ratesHz: readonly number[] = [44_100, 48_000, 32_000];

function mpegMs(bytes: Uint8Array, bodyBytes: number | null): number | null {
  const at = afterId3(bytes);
  if (!isMpegHeader(bytes, at)) return null;
  const [second, third, fourth] = [bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0];
  const [isFirstVersion, layer] = [((second >> 3) & 3) === 3, 4 - ((second >> 1) & 3)];
  const halvings = isFirstVersion ? 1 : ((second >> 3) & 3) === 2 ? 2 : 4;
  const rateHz = (ratesHz[(third >> 2) & 3] ?? 0) / halvings;
  const table = isFirstVersion ? layer - 1 : layer === 1 ? 3 : 4;
  const bitrate = (kbps[table]?.[third >> 4] ?? 0) * 1000;
  // A first frame without audio may count the others (Xing, Info): 36 bytes in, or less after fewer channels.
  const isMono = fourth >> 6 === 3;
  const tagAt = at + 4 + (isFirstVersion ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  const tag = ascii(bytes, tagAt, 4);
  if ((tag === 'Xing' || tag === 'Info') && ((bytes[tagAt + 7] ?? 0) & 1) === 1 && tagAt + 12 <= bytes.length) {
    const frames = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(tagAt + 8);
    return (frames * (isFirstVersion ? 1152 : 576) * 1000) / rateHz;
  }
  return bodyBytes === null ? null : (Math.max(0, bodyBytes - at) * 8000) / bitrate;
}

/** Where an ID3v2 tag ends: its length in four times seven bits. */
function afterId3(bytes: Uint8Array): number {
  if (ascii(bytes, 0, 3) !== 'ID3' || bytes.length < 10) return 0;
  const [a, b, c, d] = [bytes[6] ?? 0, bytes[7] ?? 0, bytes[8] ?? 0, bytes[9] ?? 0];
  return 10 + (((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127));
}

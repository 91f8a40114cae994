/** Headers of WAV (RIFF, RF64) and AU files: how samples lie, and where. Total functions of bytes from outside. */
import { ascii } from './format.js';
import { isPlayable, type PcmEncoding, type PcmLayout, pcmSampleBytes } from './pcm.js';

export type PcmHeader =
  /** What came so far does not say. */
  | { readonly kind: 'more' }
  | { readonly kind: 'bad'; readonly rule: string }
  /** `dataBytes`: null when the file does not say how long it is, as one that was written to a pipe. */
  | {
      readonly kind: 'pcm';
      readonly layout: PcmLayout;
      readonly dataOffset: number;
      readonly dataBytes: number | null;
    };

/** Chunks before the samples: pictures, lists of words. A file in which they begin later is refused. */
export const pcmHeaderBytesMax = 1024 * 1024;

const bad = (rule: string): PcmHeader => ({ kind: 'bad', rule });
const more: PcmHeader = { kind: 'more' };

/** `bytes`: the file from its first byte, as much of it as came. REQUIRES: sniffed as WAV. */
export function parseWavHeader(bytes: Uint8Array): PcmHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let layout: PcmLayout | null = null;
  let at = 12;
  while (at + 8 <= bytes.length) {
    const id = ascii(bytes, at, 4);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === 'data') return layout === null ? bad('a WAV file without a format') : dataOf(layout, body, size);
    if (id === 'fmt ') {
      if (size < 16) return bad('a WAV file with a broken format');
      if (body + Math.min(size, 40) > bytes.length) return more;
      layout = wavLayout(view, body, size);
      if (layout === null) return bad('a WAV file of an encoding that is not played');
    }
    at = body + size + (size % 2);
    if (at > pcmHeaderBytesMax) return bad('a WAV file whose samples begin too late');
  }
  return more;
}

const wavExtensible = 0xfffe;

function wavLayout(view: DataView, at: number, size: number): PcmLayout | null {
  const tag = view.getUint16(at, true);
  const bits = view.getUint16(at + 14, true);
  // Of the extended form the first two bytes of a GUID are what the plain form has as its tag.
  const encoding = wavEncoding(tag === wavExtensible && size >= 40 ? view.getUint16(at + 24, true) : tag, bits);
  if (encoding === null) return null;
  const layout = {
    encoding,
    littleEndian: true,
    channels: view.getUint16(at + 2, true),
    rateHz: view.getUint32(at + 4, true),
  };
  return isPlayable(layout) ? layout : null;
}

function wavEncoding(tag: number, bits: number): PcmEncoding | null {
  const known: Readonly<Record<string, PcmEncoding>> = {
    '1/8': 'u8',
    '1/16': 's16',
    '1/24': 's24',
    '1/32': 's32',
    '3/32': 'f32',
    '3/64': 'f64',
    '6/8': 'a-law',
    '7/8': 'mu-law',
  };
  return known[`${tag}/${bits}`] ?? null;
}

/** Sizes that programs write which cannot go back to correct them: 0, all ones, the most a signed number takes. */
const isUnknownSize = (size: number): boolean => size === 0 || size >= 0x7fff_0000;

function dataOf(layout: PcmLayout, dataOffset: number, size: number): PcmHeader {
  return { kind: 'pcm', layout, dataOffset, dataBytes: isUnknownSize(size) ? null : size };
}

const auEncodings: Readonly<Record<number, PcmEncoding>> = {
  1: 'mu-law',
  2: 's8',
  3: 's16',
  4: 's24',
  5: 's32',
  6: 'f32',
  7: 'f64',
  27: 'a-law',
};

/** REQUIRES: sniffed as AU. */
export function parseAuHeader(bytes: Uint8Array): PcmHeader {
  if (bytes.length < 24) return more;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const dataOffset = view.getUint32(4);
  if (dataOffset < 24 || dataOffset > pcmHeaderBytesMax) return bad('an AU file with a broken header');
  const encoding = auEncodings[view.getUint32(12)];
  if (encoding === undefined) return bad('an AU file of an encoding that is not played');
  const layout = { encoding, littleEndian: false, channels: view.getUint32(20), rateHz: view.getUint32(16) };
  if (!isPlayable(layout)) return bad('an AU file of a form that is not played');
  return bytes.length < dataOffset ? more : dataOf(layout, dataOffset, view.getUint32(8));
}

/** Milliseconds: as the header says, but no more than `bodyBytes` of file have. Null where neither is known. */
export function pcmDurationMs(header: Extract<PcmHeader, { kind: 'pcm' }>, bodyBytes: number | null): number | null {
  const { layout, dataOffset, dataBytes } = header;
  const bytes = Math.min(dataBytes ?? Number.POSITIVE_INFINITY, (bodyBytes ?? Number.POSITIVE_INFINITY) - dataOffset);
  if (bytes === Number.POSITIVE_INFINITY) return null;
  const frames = Math.max(0, Math.floor(bytes / (pcmSampleBytes[layout.encoding] * layout.channels)));
  return (frames * 1000) / layout.rateHz;
}

/** What the first bytes of a body say it is, whatever its content type says. */

export type SoundFormat = 'wav' | 'au' | 'flac' | 'ogg' | 'mpeg';

/** With so many bytes, or all there are, `sniff` and `isMarkup` have their say. */
export const sniffedBytes = 512;

/** Null: no audio that is known here. Total. */
export function sniff(bytes: Uint8Array): SoundFormat | null {
  const tag = ascii(bytes, 0, 4);
  if ((tag === 'RIFF' || tag === 'RF64') && ascii(bytes, 8, 4) === 'WAVE') return 'wav';
  if (tag === '.snd') return 'au';
  if (tag === 'fLaC') return 'flac';
  if (tag === 'OggS') return 'ogg';
  return tag.startsWith('ID3') || isMpegHeader(bytes, 0) ? 'mpeg' : null;
}

/** An XML or HTML document, after a byte order mark and white space; UTF-16 too. Total. */
export function isMarkup(bytes: Uint8Array): boolean {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const text = ascii(bytes, 0, sniffedBytes).replace(isUtf16 ? /^..|\0/g : /^\u00ef\u00bb\u00bf/, '');
  return /^\s*<[?!a-z]/i.test(text);
}

/** Eleven bits of sync and no reserved value (ISO 11172-3 §2.4.2.3). Free format is not taken for audio. */
export function isMpegHeader(bytes: Uint8Array, at: number): boolean {
  const [first, second, third] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0];
  const [version, layer] = [(second >> 3) & 3, (second >> 1) & 3];
  const [bitrate, rate] = [third >> 4, (third >> 2) & 3];
  const hasSync = first === 0xff && (second & 0xe0) === 0xe0;
  return hasSync && version !== 1 && layer !== 0 && bitrate !== 0 && bitrate !== 15 && rate !== 3;
}

/** Bytes as Latin-1. */
export const ascii = (bytes: Uint8Array, at: number, count: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + count));

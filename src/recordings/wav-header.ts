/** The head of a file of 16-bit PCM: RIFF WAVE, or above 4 GiB RF64 (EBU Tech 3306). */

export type PcmFormat = { readonly rateHz: number; readonly channels: number };

const riffBytesMax = 0xffff_ffff;
const plainBytes = 44;
const formatBytes = 16;
const ds64Bytes = 28;

/** Of a head with a place for the sizes of RF64. */
export const growingWavHeaderBytes = plainBytes + 8 + ds64Bytes;

/** Of a file that is whole. `samples` of each channel. */
export function wavHeader(format: PcmFormat, samples: number): Uint8Array {
  const isLarge = dataBytesOf(format, samples) + plainBytes - 8 > riffBytesMax;
  return headOf(format, samples, isLarge ? 'ds64' : null);
}

/**
 * Of a file that grows, always as long: what stands behind the length it says is not part of the file to any reader, so
 * such a file is whole whenever its head was written last. `samples` of each channel until now.
 */
export function growingWavHeader(format: PcmFormat, samples: number): Uint8Array {
  const isLarge = dataBytesOf(format, samples) + growingWavHeaderBytes - 8 > riffBytesMax;
  return headOf(format, samples, isLarge ? 'ds64' : 'JUNK');
}

const dataBytesOf = ({ channels }: PcmFormat, samples: number): number => samples * channels * 2;

/** `place`: what stands where the sizes of RF64 go; null: nothing, and there is no such place. */
function headOf(format: PcmFormat, samples: number, place: 'ds64' | 'JUNK' | null): Uint8Array {
  const { rateHz, channels } = format;
  const dataBytes = dataBytesOf(format, samples);
  const bytes = new Uint8Array(place === null ? plainBytes : growingWavHeaderBytes);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string): void => {
    for (const [index, letter] of [...word].entries()) view.setUint8(at + index, letter.charCodeAt(0));
  };
  const long = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  const isLarge = place === 'ds64';
  const riffBytes = dataBytes + bytes.length - 8;
  text(0, isLarge ? 'RF64' : 'RIFF');
  view.setUint32(4, isLarge ? riffBytesMax : riffBytes, true);
  text(8, 'WAVE');
  let at = 12;
  if (place !== null) {
    text(at, place);
    view.setUint32(at + 4, ds64Bytes, true);
    if (isLarge) {
      long(at + 8, riffBytes);
      long(at + 16, dataBytes);
      long(at + 24, samples);
    }
    at += 8 + ds64Bytes;
  }
  text(at, 'fmt ');
  view.setUint32(at + 4, formatBytes, true);
  view.setUint16(at + 8, 1, true);
  view.setUint16(at + 10, channels, true);
  view.setUint32(at + 12, rateHz, true);
  view.setUint32(at + 16, rateHz * channels * 2, true);
  view.setUint16(at + 20, channels * 2, true);
  view.setUint16(at + 22, 16, true);
  text(at + 24, 'data');
  view.setUint32(at + 28, isLarge ? riffBytesMax : dataBytes, true);
  return bytes;
}

/**
 * Where the samples of a WAVE or RF64 file begin, from the first bytes of it; null when they do not say. Total:
 * whatever the bytes are.
 */
export function wavDataOffset(head: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const word = (at: number): string => String.fromCharCode(...head.subarray(at, at + 4));
  if (head.length < 12 || !['RIFF', 'RF64'].includes(word(0)) || word(8) !== 'WAVE') return null;
  for (let at = 12; at + 8 <= head.length; ) {
    if (word(at) === 'data') return at + 8;
    // Chunks begin at even places.
    const bytes = view.getUint32(at + 4, true);
    at += 8 + bytes + (bytes % 2);
  }
  return null;
}

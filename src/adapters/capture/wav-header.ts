/**
 * The header of a spool: WAV of 16 bit PCM, with a place in which the sizes of RF64 go once 32 bits do not hold them
 * (EBU Tech 3306). What stands behind the length it says is not part of the file to any reader, so a file that grows is
 * whole whenever its header was written last.
 */

export const wavHeaderBytes = 80;

const riffSizeMax = 0xffff_ffff;

/** `dataBytes`: of samples. REQUIRES: whole samples of all channels. */
export function wavHeader(rateHz: number, channels: number, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(wavHeaderBytes);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => {
    for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
  };
  const riffBytes = dataBytes + wavHeaderBytes - 8;
  const isLarge = riffBytes > riffSizeMax;
  const blockBytes = channels * 2;
  put(0, isLarge ? 'RF64' : 'RIFF');
  view.setUint32(4, isLarge ? riffSizeMax : riffBytes, true);
  put(8, 'WAVE');
  put(12, isLarge ? 'ds64' : 'JUNK');
  view.setUint32(16, 28, true);
  if (isLarge) {
    view.setBigUint64(20, BigInt(riffBytes), true);
    view.setBigUint64(28, BigInt(dataBytes), true);
    view.setBigUint64(36, BigInt(dataBytes / blockBytes), true);
  }
  put(48, 'fmt ');
  view.setUint32(52, 16, true);
  view.setUint16(56, 1, true);
  view.setUint16(58, channels, true);
  view.setUint32(60, rateHz, true);
  view.setUint32(64, rateHz * blockBytes, true);
  view.setUint16(68, blockBytes, true);
  view.setUint16(70, 16, true);
  put(72, 'data');
  view.setUint32(76, isLarge ? riffSizeMax : dataBytes, true);
  return bytes;
}

/** Mono 16-bit WAV files, read and written whole. */
import { readFileSync, writeFileSync } from 'node:fs';

export type Sound = { readonly rateHz: number; readonly samples: Int16Array };

const headerBytes = 44;
const formatPcm = 1;

export function wavBytes({ rateHz, samples }: Sound): Uint8Array {
  const bytes = Buffer.alloc(headerBytes + samples.length * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(formatPcm, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(rateHz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(sample, headerBytes + index * 2);
  });
  return bytes;
}

export function writeWav(path: string, sound: Sound): void {
  writeFileSync(path, wavBytes(sound));
}

/** Throws for a file that is not mono 16-bit PCM. A length that a pipe could not know is read as the rest. */
export function readWav(path: string): Sound {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error(`${path} is no WAV file`);
  }
  let rateHz = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const kind = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (kind === 'fmt ') {
      const shape = [bytes.readUInt16LE(start), bytes.readUInt16LE(start + 2), bytes.readUInt16LE(start + 14)];
      if (shape.join() !== `${formatPcm},1,16`) throw new Error(`${path} is not mono 16-bit PCM`);
      rateHz = bytes.readUInt32LE(start + 4);
    } else if (kind === 'data') {
      const count = Math.floor(Math.min(size, bytes.length - start) / 2);
      return {
        rateHz,
        samples: Int16Array.from({ length: count }, (_, index) => bytes.readInt16LE(start + index * 2)),
      };
    }
    at = start + size + (size & 1);
  }
  throw new Error(`${path} holds no samples`);
}

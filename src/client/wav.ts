/** Mono 16-bit WAV files (RIFF, PCM), and what else is sound here. */

/** Samples of one channel, and how many of them are a second. */
export type Sound = { readonly rateHz: number; readonly samples: Int16Array };

export const wavHeaderBytes = 44;
const formatPcm = 1;

/** The head of a file that holds `samples` samples. */
export function wavHeader(rateHz: number, samples: number): Uint8Array {
  const bytes = Buffer.alloc(wavHeaderBytes);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(wavHeaderBytes - 8 + samples * 2, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(formatPcm, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(rateHz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples * 2, 40);
  return bytes;
}

/** Little-endian, as WAV files and L16 frames of parley.v1 have them. */
export function pcmBytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < samples.length; index += 1) view.setInt16(index * 2, samples[index] ?? 0, true);
  return bytes;
}

/** A last byte that is half a sample is left out. */
export function pcmSamples(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let index = 0; index < samples.length; index += 1) samples[index] = view.getInt16(index * 2, true);
  return samples;
}

export const wavBytes = ({ rateHz, samples }: Sound): Uint8Array =>
  Buffer.concat([wavHeader(rateHz, samples.length), pcmBytes(samples)]);

/**
 * Throws, naming `name`, for what is not mono 16-bit PCM in a WAV file. A length that a pipe could not know is read as
 * the rest.
 */
export function parseWav(file: Uint8Array, name: string): Sound {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error(`${name} is no WAV file`);
  }
  let rateHz = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const kind = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (kind === 'fmt ' && start + 16 <= bytes.length) {
      const shape = [bytes.readUInt16LE(start), bytes.readUInt16LE(start + 2), bytes.readUInt16LE(start + 14)];
      rateHz = bytes.readUInt32LE(start + 4);
      if (shape.join() !== `${formatPcm},1,16` || rateHz === 0) throw new Error(`${name} is not mono 16-bit PCM`);
    } else if (kind === 'data') {
      if (rateHz === 0) throw new Error(`${name} does not say its rate`);
      return { rateHz, samples: pcmSamples(bytes.subarray(start, start + size)) };
    }
    at = start + size + (size & 1);
  }
  throw new Error(`${name} holds no samples`);
}

/** A WAV file that grows while something is heard. */
import { open } from 'node:fs/promises';
import type { HeardFrame } from './hearing.js';
import { pcmBytes, wavHeader, wavHeaderBytes } from './wav.js';

/** Frames that are written together: a second. */
const framesPerWrite = 50;

/** What a length of 32 bits can hold; the rest is left out. */
const samplesMax = 2 ** 31 - 64;

/** Writes until `frames` end; the file is right when this resolves. Rejects when it cannot be written, or they fail. */
export async function saveWav(path: string, rateHz: number, frames: AsyncIterable<HeardFrame>): Promise<void> {
  const file = await open(path, 'w');
  let written = 0;
  let kept: Uint8Array[] = [];
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(kept);
    kept = [];
    const count = Math.min(bytes.length >> 1, samplesMax - written);
    await file.write(bytes, 0, count * 2, wavHeaderBytes + written * 2);
    written += count;
  };
  try {
    await file.write(wavHeader(rateHz, 0), 0, wavHeaderBytes, 0);
    for await (const { samples, missing } of frames) {
      if (missing > 0) kept.push(new Uint8Array(missing * samples.length * 2));
      kept.push(pcmBytes(samples));
      if (kept.length >= framesPerWrite) await flush();
    }
  } finally {
    await flush();
    await file.write(wavHeader(rateHz, written), 0, wavHeaderBytes, 0);
    await file.close();
  }
}

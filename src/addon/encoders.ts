/** The coders of recordings' files, for the threads of jobs: an addon of its own. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export type FileCoding = 'mp3' | 'flac' | 'opus';

/** One file, from its first sample to its last. On one thread. */
export interface FileEncoder {
  /** What these samples, interleaved, make. Of Opus each packet is behind its length in two bytes, the lower first. */
  encode(samples: Int16Array): Buffer;
  /** The last of it. */
  finish(): Buffer;
  /** What must stand at the start of the file in place of what was written there; after `finish`. */
  head(): Buffer;
  /** Samples before those that were given; of Opus at 48 kHz. */
  delaySamples(): number;
}

type EncodersAddon = {
  readonly FileEncoder: new (
    coding: FileCoding,
    rateHz: number,
    channels: number,
    samples: number,
    bitrateBps: number,
  ) => FileEncoder;
};

let addon: EncodersAddon | null = null;

/** Throws for a format that the library does not take. */
export function makeFileEncoder(...of: ConstructorParameters<EncodersAddon['FileEncoder']>): FileEncoder {
  addon ??= createRequire(import.meta.url)(
    fileURLToPath(new URL('../../build/release/parley-encoders.node', import.meta.url)),
  ) as EncodersAddon;
  return new addon.FileEncoder(...of);
}

/**
 * Memory of recordings, used again. A ring is in the hands of several threads, and gone only when the collector of each
 * has run: in one that makes little garbage that is hours later.
 */
import { emptyRecordingMemory, recordingMemory } from '../../media/recording-memory.js';

/** Rings that are kept while no recording needs them; a conference with many more gives the others back. */
export const ringsKeptMax = 64;

export class Rings {
  readonly #free = new Map<string, SharedArrayBuffer[]>();
  #kept = 0;

  /** REQUIRES: a rate and channels that recordings have. */
  take(rateHz: number, channels: 1 | 2): SharedArrayBuffer {
    const free = this.#free.get(kindOf(rateHz, channels))?.pop();
    if (free === undefined) return recordingMemory(rateHz, channels);
    this.#kept -= 1;
    emptyRecordingMemory(free);
    return free;
  }

  /** REQUIRES: `memory` was taken as of this rate and channels, and nobody writes or reads it any more. */
  giveBack(memory: SharedArrayBuffer, rateHz: number, channels: 1 | 2): void {
    if (this.#kept >= ringsKeptMax) return;
    const kind = kindOf(rateHz, channels);
    this.#free.set(kind, [...(this.#free.get(kind) ?? []), memory]);
    this.#kept += 1;
  }
}

const kindOf = (rateHz: number, channels: number): string => `${rateHz} ${channels}`;

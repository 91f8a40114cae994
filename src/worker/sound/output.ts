/** Where a decoded sound goes: memory for all of it, or a ring and, as long as it may be short, a copy of all. */
import { setTimeout } from 'node:timers/promises';
import { ClipWriter, streamClip, wholeClip } from '../../media/clip-memory.js';
import { soundRateHz } from '../../sound/resampler.js';
import { toInt16 } from '../../sound/to-int16.js';
import type { DecodeOutcome } from './decode-task.js';

export type OutputParts = {
  /** Where the header says exactly how long it is. */
  readonly durationMs: number | null;
  readonly isWhole: boolean;
  /** A whole sound may be twice as long as this, for some only estimate what they are. */
  readonly wholeMsMax: number;
  /** Once, when it may be played. */
  readonly onOpened: (opened: OpenedOutput) => void;
};

export type OpenedOutput = {
  readonly memory: SharedArrayBuffer;
  readonly sound: 'whole' | 'stream';
  /** Null: not known yet. */
  readonly durationMs: number | null;
  readonly copy: SharedArrayBuffer | null;
};

/** 5.5 s: a server may pause as long. A power of two. */
export const ringSamples = 262_144;
/** Decoded before a sound may be played, so that it does not stumble at its first step. */
const openedSamples = soundRateHz / 4;
/** How often a full ring is looked at; it holds a hundred times as much. */
const roomPollMs = 50;

export class Output {
  readonly #parts: OutputParts;
  readonly #memory: SharedArrayBuffer;
  readonly #clip: ClipWriter;
  readonly #copyMemory: SharedArrayBuffer | null;
  #copy: ClipWriter | null;
  #samples = 0;
  #isOpened = false;

  constructor(parts: OutputParts) {
    const { isWhole, wholeMsMax, durationMs } = parts;
    // Memory that is never written is never there: the system gives it page by page.
    const wholeMs = Math.min(2 * wholeMsMax, durationMs ?? Number.POSITIVE_INFINITY);
    const wholeSamples = Math.ceil((wholeMs * soundRateHz) / 1000) + 1;
    this.#parts = parts;
    this.#memory = isWhole ? wholeClip(wholeSamples) : streamClip(ringSamples);
    this.#clip = new ClipWriter(this.#memory);
    this.#copyMemory = isWhole ? null : wholeClip((wholeMsMax * soundRateHz) / 1000);
    this.#copy = this.#copyMemory === null ? null : new ClipWriter(this.#copyMemory);
  }

  /** Null, or why nothing more need be written. Waits while a ring is full. */
  async write(samples: Float32Array): Promise<DecodeOutcome | null> {
    const audio = toInt16(samples);
    if (this.#copy !== null && this.#copy.write(audio) < audio.length) this.#copy = null;
    for (let at = 0; ; ) {
      const taken = this.#clip.write(audio.subarray(at));
      at += taken;
      this.#samples += taken;
      if (this.#samples >= openedSamples) this.#open(null);
      if (this.#clip.isWithdrawn()) return { kind: 'broken' };
      if (at === audio.length) return null;
      if (this.#parts.isWhole) return { kind: 'bad', rule: 'it is longer than it says' };
      await setTimeout(roomPollMs);
    }
  }

  async end(tail: Float32Array): Promise<DecodeOutcome> {
    const failure = await this.write(tail);
    if (failure !== null) {
      this.cut();
      return failure;
    }
    this.#clip.end();
    this.#copy?.end();
    this.#open(this.#parts.isWhole ? (this.#samples * 1000) / soundRateHz : null);
    return { kind: 'decoded', samples: this.#samples, copied: this.#copy !== null };
  }

  /** What is there is all that there will be. */
  cut(): void {
    this.#clip.end();
    this.#copy = null;
  }

  #open(durationMs: number | null): void {
    if (this.#isOpened) return;
    this.#isOpened = true;
    const { isWhole } = this.#parts;
    this.#parts.onOpened({
      memory: this.#memory,
      sound: isWhole ? 'whole' : 'stream',
      durationMs: durationMs ?? (isWhole ? this.#parts.durationMs : null),
      copy: this.#copy === null ? null : this.#copyMemory,
    });
  }
}

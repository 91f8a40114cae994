/**
 * The memory of a recording ring, from the side that reads it. What lies where is said in engine-layout-recorders.ts;
 * the engine writes it (docs/arena.md).
 */
import { assert } from '../base/assert.js';
import {
  layoutVersion,
  recordedFrame,
  recorderModes,
  recordingEnds,
  recordingFramesMax,
  recordingHead,
  recordingMagic,
} from './engine-layout.js';
import { type PlacedBlock, placeBlock } from './engine-layout-offsets.js';

const head = placeBlock(recordingHead);
const frameHead = placeBlock(recordedFrame);
const cacheLineBytes = 64;
const pageBytes = 4096;

const wordIn = (block: PlacedBlock, name: string): number => {
  const field = block.fields.find((candidate) => candidate.name === name);
  assert(field !== undefined, `${block.name} has ${name}`);
  return field.offset / 4;
};
const words = {
  rateHz: wordIn(head, 'rate_hz'),
  channels: wordIn(head, 'channels'),
  frameBytes: wordIn(head, 'frame_bytes'),
  write: wordIn(head, 'write'),
  ended: wordIn(head, 'ended'),
  frames: wordIn(head, 'frames'),
  lost: wordIn(head, 'lost'),
  turn: wordIn(head, 'turn'),
  read: wordIn(head, 'read'),
} as const;
const frameWords = {
  at: wordIn(frameHead, 'at'),
  turn: wordIn(frameHead, 'turn'),
  lost: wordIn(frameHead, 'lost'),
  mode: wordIn(frameHead, 'mode'),
  hasSound: wordIn(frameHead, 'has_sound'),
} as const;

export const recordingRates = [8000, 16_000, 48_000] as const;

/** Samples of 20 ms, all channels. */
export const frameSamples = (rateHz: number, channels: number): number => (rateHz / 50) * channels;

/** REQUIRES: one of recordingRates; 1 or 2 channels. */
export function recordingMemory(rateHz: number, channels: 1 | 2): SharedArrayBuffer {
  assert(
    recordingRates.some((rate) => rate === rateHz),
    'recordings have the rates of rooms',
  );
  const bytes = frameHead.bytes + frameSamples(rateHz, channels) * 2;
  const frameBytes = Math.ceil(bytes / cacheLineBytes) * cacheLineBytes;
  const memory = new SharedArrayBuffer(head.bytes + frameBytes * recordingFramesMax);
  const fixed = new Uint32Array(memory, 0, head.bytes / 4);
  fixed[wordIn(head, 'magic')] = recordingMagic;
  fixed[wordIn(head, 'version')] = layoutVersion;
  fixed[words.rateHz] = rateHz;
  fixed[words.channels] = channels;
  fixed[wordIn(head, 'frames_max')] = recordingFramesMax;
  fixed[words.frameBytes] = frameBytes;
  // The kernel gives its pages now, and not in a tick.
  const all = new Uint8Array(memory);
  for (let at = pageBytes; at < all.length; at += pageBytes) all[at] = 0;
  return memory;
}

/** For another recording of the same rate and channels. REQUIRES: it has ended, and nobody reads it any more. */
export function emptyRecordingMemory(memory: SharedArrayBuffer): void {
  const fixed = new Uint32Array(memory, 0, head.bytes / 4);
  for (const word of [words.write, words.read, words.frames, words.lost, words.turn]) fixed[word] = 0;
  fixed[words.ended] = recordingEnds.running;
}

/** How far a recording is, as any thread may ask; frames of 20 ms. */
export type RecordingProgress = {
  readonly frames: number;
  readonly lost: number;
  /** Taken down and not read yet: at most recordingFramesMax. */
  readonly waiting: number;
};

export function recordingProgress(memory: SharedArrayBuffer): RecordingProgress {
  const shared = new Uint32Array(memory, 0, head.bytes / 4);
  return {
    frames: Atomics.load(shared, words.frames),
    lost: Atomics.load(shared, words.lost),
    waiting: (Atomics.load(shared, words.write) - Atomics.load(shared, words.read)) >>> 0,
  };
}

/**
 * Says in the engine's stead that nothing more comes. REQUIRES: no engine was told of it, or the engine runs no more.
 */
export function endRecording(memory: SharedArrayBuffer, end: 'over' | 'failed'): void {
  const shared = new Uint32Array(memory, 0, head.bytes / 4);
  Atomics.compareExchange(shared, words.ended, recordingEnds.running, recordingEnds[end]);
}

/** A frame in the ring; `samples` is a view of the ring, good until it is let go. */
export type RingFrame = {
  /** Its place in the recording. */
  readonly at: number;
  readonly turn: number;
  /** Frames that had no place, from the beginning until this one. */
  readonly lost: number;
  readonly isPaused: boolean;
  /** Null: silence. */
  readonly samples: Uint8Array<SharedArrayBuffer> | null;
};

/** What a recording came to, once it is over. */
export type RecordingEnd = {
  readonly frames: number;
  readonly lost: number;
  /** The turn after its last. */
  readonly turn: number;
  /** The shard failed. */
  readonly hasFailed: boolean;
};

/** Reads a ring; one reader for each, in whatever thread. */
export class RecordingReader {
  readonly #head: Uint32Array<SharedArrayBuffer>;
  readonly #memory: SharedArrayBuffer;
  readonly #frameBytes: number;
  readonly #sampleBytes: number;
  #read: number;
  /** Taken from the front and not let go yet. */
  #taken = 0;

  /** REQUIRES: memory of recordingMemory. */
  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory;
    this.#head = new Uint32Array(memory, 0, head.bytes / 4);
    this.#frameBytes = this.#head[words.frameBytes] ?? 0;
    this.#sampleBytes = frameSamples(this.#head[words.rateHz] ?? 0, this.#head[words.channels] ?? 0) * 2;
    this.#read = Atomics.load(this.#head, words.read);
  }

  /** Frames there are beyond those taken. */
  waiting(): number {
    return ((Atomics.load(this.#head, words.write) - this.#read) >>> 0) - this.#taken;
  }

  /** The next frame; null when there is none. It stays in the ring until `release`. */
  take(): RingFrame | null {
    if (this.waiting() <= 0) return null;
    const place = (this.#read + this.#taken) % recordingFramesMax;
    const offset = head.bytes + place * this.#frameBytes;
    const fields = new Uint32Array(this.#memory, offset, frameHead.bytes / 4);
    this.#taken += 1;
    return {
      at: fields[frameWords.at] ?? 0,
      turn: fields[frameWords.turn] ?? 0,
      lost: fields[frameWords.lost] ?? 0,
      isPaused: fields[frameWords.mode] !== recorderModes.recording,
      samples:
        fields[frameWords.hasSound] === 0
          ? null
          : new Uint8Array(this.#memory, offset + frameHead.bytes, this.#sampleBytes),
    };
  }

  /** Lets the engine have the places of what was taken. */
  release(): void {
    this.#read = (this.#read + this.#taken) >>> 0;
    this.#taken = 0;
    Atomics.store(this.#head, words.read, this.#read);
  }

  /** What was taken and not let go is to be taken again. */
  putBack(): void {
    this.#taken = 0;
  }

  /** Length of the recording until now. */
  frames(): number {
    return Atomics.load(this.#head, words.frames);
  }

  /** Null while the engine may still write. To be asked before the last `take`. */
  end(): RecordingEnd | null {
    const ended = Atomics.load(this.#head, words.ended);
    if (ended === recordingEnds.running) return null;
    return {
      hasFailed: ended === recordingEnds.failed,
      frames: Atomics.load(this.#head, words.frames),
      lost: Atomics.load(this.#head, words.lost),
      turn: Atomics.load(this.#head, words.turn),
    };
  }
}

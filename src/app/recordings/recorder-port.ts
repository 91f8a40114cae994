/**
 * Taking down what a room sounds like, as the use cases of recordings see it: a recorder belongs to a room of the
 * engine; what it takes down lands in a spool on disk, written by a thread of its own, and is handed over as a capture
 * when it is over. What becomes of it after that (trimming, coding, keeping, serving) is not known here.
 *
 * The course of one:
 *   1. `open` gives a recorder: memory, a slot in the shard, a spool. Nothing is taken down yet.
 *   2. `RoomEngine.record` puts it into the picture of its room: it begins, is paused, goes on and ends in the very
 *      batch that says so of the room's legs and players, to the frame.
 *   3. Once it is in the picture no more, the engine says so, the spool is written to its end, and `onOver` tells.
 *   4. Whoever was told has the capture until `discard`.
 */
import type { RecordingSid } from '../../base/brands.js';
import type { Result } from '../../base/result.js';
import type { RecorderId, ShardId } from '../../media/engine-port.js';
import type { FrameAt, Gap, TimelineEntry, TimelineNote } from '../../recordings/course.js';

export type RecorderRefusal =
  /** The shard has as many recorders as it may (`recorders`), or the process as many spools (`spools`). */
  | { readonly kind: 'recorders-full'; readonly what: 'recorders' | 'spools' }
  /** The shard is gone, or the thread that writes spools is. */
  | { readonly kind: 'engine-unavailable' };

/** 1: the room, or the two sides of a call in one; 2: a call's own voice on the first, what it hears on the second. */
export type Channels = 1 | 2;

export type WantedRecorder = {
  /** Names the spool; unique for ever. */
  readonly recording: RecordingSid;
  readonly shard: ShardId;
  /** Of the file, whatever the room's rate becomes: 8000, 16000 or 48000; best the room's (`RoomEngine.placeWith`). */
  readonly rateHz: number;
  readonly channels: Channels;
  /** At most `memoMax` bytes, kept with the capture as it is: enough to know again what it was after a crash. */
  readonly memo: string;
};

export const memoMax = 4096;

/** A recorder that is open. Its rate and channels are those wanted. */
export interface Recorder {
  /** How the picture of its room names it (`RoomRecorder`). Used in one room, once. */
  readonly id: RecorderId;
  readonly recording: RecordingSid;
  /** Frames taken down until now, pauses in silence included, at most 40 ms behind. */
  frames(): FrameAt;
  /** Keeps a note at this moment of the recording. What is noted beyond a bound is counted and forgotten. */
  note(note: TimelineNote): void;
  /** Gives it back: nothing is kept, and `onOver` does not tell. REQUIRES: it was in no picture. */
  release(): void;
}

/** What was taken down: whole on disk, whatever happened. */
export type Capture = {
  readonly recording: RecordingSid;
  readonly memo: string;
  /** WAV (RF64 above 4 GiB), 16 bit PCM; any reader of WAV opens it. Read it, do not change it. */
  readonly audioPath: string;
  readonly rateHz: number;
  readonly channels: Channels;
  /** Of 20 ms; the file is as long, to the sample. */
  readonly frames: number;
  /** When the first of them was; null when there is none. */
  readonly startedAtMs: number | null;
  /**
   * Which turn the first of them was, as all shards count: captures of one room that ran beside each other are aligned
   * by it, to the sample. Pauses of the kind `skipping` have to be counted in.
   */
  readonly firstTurn: number | null;
  readonly gaps: readonly Gap[];
  readonly timeline: readonly TimelineEntry[];
  /** Notes forgotten because there were too many. */
  readonly notesLost: number;
  /**
   * `ended`: taken out of the picture, or the room closed. `failed`: the shard or the disk failed, or, of `left`, the
   * process ended before the recording did; what is there is whole all the same.
   */
  readonly why: 'ended' | 'failed';
};

export interface RecorderPort {
  /** At once; the spool is made behind. */
  open(wanted: WantedRecorder): Result<Recorder, RecorderRefusal>;
  /** Told on the control thread of each recorder that was in a picture, once. One listener. */
  onOver(listener: (capture: Capture) => void): void;
  /** Captures of processes before this one that nobody discarded, repaired; asked once, before the first `open`. */
  left(): Promise<readonly Capture[]>;
  /** Deletes it from the disk. */
  discard(capture: Pick<Capture, 'recording'>): Promise<void>;
  /** Free space where spools lie; null while that cannot be known. For the guard of the disk. */
  freeBytes(): Promise<number | null>;
}

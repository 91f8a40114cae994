/**
 * One gRPC leg of a media stream: what its client has sent ahead, kept until the lane has room, and the marks between.
 * Not more than a minute is kept.
 */
import type { MediaHandle } from '../../app/application.js';
import { laneFramesMax } from '../../media/engine-layout.js';
import type { Lane } from '../../media/engine-port.js';

/** 60 s of 20 ms frames. */
export const queuedFramesMax = 3000;
export const marksMax = 1000;

/** `position` counts the leg's frames since its lane was opened: reached once that many have been played. */
type PendingMark = { readonly name: string; readonly position: number };

type Hear = (frame: Uint8Array, voice: boolean) => void;

export class MediaLeg {
  readonly handle: MediaHandle;
  readonly #queue: Uint8Array[] = [];
  #marks: PendingMark[] = [];

  /** What the leg heard before anybody listened is dropped: a stream begins with now. */
  constructor(handle: MediaHandle) {
    this.handle = handle;
    const lane = handle.lane();
    if (lane !== null) readAll(lane, () => {});
  }

  queuedBytes(): number {
    return this.#queue.length * this.handle.frameBytes;
  }

  /** Keeps a copy; false when a minute is kept already. REQUIRES: a frame of the leg's size. */
  enqueue(frame: Uint8Array): boolean {
    if (this.#queue.length >= queuedFramesMax) return false;
    this.#queue.push(frame.slice());
    return true;
  }

  /** False when too many are pending. */
  mark(name: string): boolean {
    const lane = this.handle.lane();
    if (this.#marks.length >= marksMax || lane === null) return false;
    this.#marks.push({ name, position: lane.written() + this.#queue.length });
    return true;
  }

  /** Forgets what was sent and not played: how many frames, and the names of the marks that were waiting for it. */
  clear(): { readonly frames: number; readonly marks: readonly string[] } {
    const lane = this.handle.lane();
    const frames = this.#queue.length + (lane === null ? 0 : lane.written() - lane.played());
    this.#queue.length = 0;
    lane?.clear();
    return { frames, marks: this.clearMarks() };
  }

  /** Names of all marks that are waiting; none waits any more. */
  clearMarks(): readonly string[] {
    return this.#takeMarks(() => true);
  }

  /** Feeds the lane, and gives each frame it has to `hear`, and whether it has a voice. False once the call is over. */
  pump(hear: Hear): boolean {
    const lane = this.handle.lane();
    if (lane === null) return false;
    let fed = 0;
    for (const frame of this.#queue) {
      if (!lane.write(frame)) break;
      fed += 1;
    }
    this.#queue.splice(0, fed);
    readAll(lane, hear);
    return true;
  }

  /** Names of the marks whose frames have all been played, in order; each is given once. */
  reachedMarks(): readonly string[] {
    if (this.#marks.length === 0) return [];
    const played = this.handle.lane()?.played() ?? 0;
    return this.#takeMarks(({ position }) => position <= played);
  }

  #takeMarks(isDue: (mark: PendingMark) => boolean): readonly string[] {
    const due = this.#marks.filter(isDue);
    if (due.length > 0) this.#marks = this.#marks.filter((mark) => !isDue(mark));
    return due.map(({ name }) => name);
  }
}

/** Bounded, in case the engine writes as fast as this reads. */
function readAll(lane: Lane, take: Hear): void {
  for (let count = 0; count < laneFramesMax; count += 1) {
    const frame = lane.read();
    if (frame === null) return;
    take(frame, lane.hadVoice());
  }
}

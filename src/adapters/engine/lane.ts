/** The control thread's end of a lane: frames of one gRPC leg, in and out, through the arena. */
import { assert } from '../../base/assert.js';
import { laneFrameBytes, laneFramesMax } from '../../media/engine-layout.js';
import type { Lane } from '../../media/engine-port.js';
import { type Arena, laneOffset, placed } from './arena.js';
import { offsetOf } from './layout-access.js';

const words = ['in_write', 'in_clear_to', 'in_read', 'out_write', 'out_voice', 'out_read'] as const;

/** Makes the lane empty again. REQUIRES: the engine does not use it (before open_leg, after leg_closed). */
export function resetLane(arena: Arena, slot: number): void {
  const first = laneOffset(arena, slot) / 4;
  for (const name of words) Atomics.store(arena.words, first + offsetOf(placed.laneHead, name) / 4, 0);
}

/** The lane of a leg between two shards: full, silent, and where it was. */
export function standingLane(position: number): Lane {
  return {
    write: () => false,
    read: () => null,
    hadVoice: () => false,
    written: () => position,
    played: () => position,
    clear() {},
  };
}

/**
 * `frameBytes` is 20 ms of the leg's codec, at most `laneFrameBytes`; `first`, the position of the first frame: 0
 * unless the leg had a lane before.
 */
export function openLane(arena: Arena, slot: number, frameBytes: number, first = 0): Lane {
  assert(frameBytes > 0 && frameBytes <= laneFrameBytes, 'a frame fits its place');
  const base = laneOffset(arena, slot);
  const word = (name: (typeof words)[number]): number => (base + offsetOf(placed.laneHead, name)) / 4;
  const [inWrite, inClearTo, inRead] = [word('in_write'), word('in_clear_to'), word('in_read')];
  const [outWrite, outVoice, outRead] = [word('out_write'), word('out_voice'), word('out_read')];
  const inFrames = base + placed.laneHead.bytes;
  const outFrames = inFrames + laneFramesMax * laneFrameBytes;
  const load = (index: number): number => Atomics.load(arena.words, index);
  let hadVoice = false;

  return {
    write(frame) {
      assert(frame.length === frameBytes, `a frame has ${frameBytes} bytes`);
      const position = load(inWrite);
      if ((position - load(inRead)) >>> 0 >= laneFramesMax) return false;
      arena.bytes.set(frame, inFrames + (position % laneFramesMax) * laneFrameBytes);
      Atomics.store(arena.words, inWrite, (position + 1) >>> 0);
      return true;
    },
    read() {
      const position = load(outRead);
      if (position === load(outWrite)) return null;
      const at = outFrames + (position % laneFramesMax) * laneFrameBytes;
      const frame = Uint8Array.from(arena.bytes.subarray(at, at + frameBytes));
      hadVoice = ((load(outVoice) >>> (position % laneFramesMax)) & 1) === 1;
      Atomics.store(arena.words, outRead, (position + 1) >>> 0);
      return frame;
    },
    hadVoice: () => hadVoice,
    written: () => first + load(inWrite),
    played: () => first + load(inRead),
    clear() {
      Atomics.store(arena.words, inClearTo, load(inWrite));
    },
  };
}

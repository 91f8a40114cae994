/**
 * What rooms sound like, on its way out of the engine: rings of frames, and the records that begin and end them. Part
 * of the one definition in engine-layout.ts. A ring lies in shared memory of its own, as a clip does: the engine of one
 * shard writes it, and the thread that writes files reads it.
 */
import type { Block } from './engine-layout-block.js';

/** "PREC": how the memory of a recording ring begins. */
export const recordingMagic = 0x4345_5250;

/** Frames in a ring: 5.12 s, so that a disk that is away for as long as 4 s loses nothing. Power of two. */
export const recordingFramesMax = 256;

/** What is taken down (RecorderSource of engine-port.ts). */
export const recorderSources = { mix: 0, inbound: 1, outbound: 2, both: 3 } as const;

/** RecorderMode of engine-port.ts. */
export const recorderModes = { recording: 0, silent: 1, skipping: 2 } as const;

/** Whether more comes; no: over, or its shard failed. */
export const recordingEnds = { running: 0, over: 1, failed: 2 } as const;

/** A cache line for what is fixed, one for each writer; the frames follow, `frame_bytes` each. */
export const recordingHead: Block = {
  name: 'recording_head',
  bytes: 192,
  what: 'How far a recording is; the frames follow',
  fields: [
    ['magic', 'u32', '0x43455250, "PREC"'],
    ['version', 'u32', 'layoutVersion'],
    ['rate_hz', 'u32', '8000, 16000 or 48000: of the frames, whatever that of the room is'],
    ['channels', 'u32', '1, or 2 interleaved'],
    ['frames_max', 'u32', 'places for frames behind the head; a power of two'],
    ['frame_bytes', 'u32', 'from one place to the next: recorded_frame, then the samples, in whole cache lines'],
    ['pad0', 'u8[40]', ''],
    ['write', 'u32', 'frames put into the ring, wrapping; stored by the engine with release'],
    [
      'ended',
      'u32',
      'recording_ends; stored with release, last of all, by the engine or in its stead once it runs no more',
    ],
    [
      'frames',
      'u32',
      'length of the recording in frames of 20 ms until now, those lost and paused in silence included',
    ],
    ['lost', 'u32', 'of these, frames for which there was no place in the ring'],
    ['turn', 'u32', 'the next turn it takes part in: a frame of the monotonic clock, alike on all shards'],
    ['pad1', 'u8[44]', ''],
    ['read', 'u32', 'frames taken out of the ring, wrapping; stored by the reader with release'],
  ],
};

/** Before the samples of each frame. What is between the `at` of one and that of the next is missing: lost. */
export const recordedFrame: Block = {
  name: 'recorded_frame',
  bytes: 64,
  what: 'A frame in a recording ring; the samples follow',
  fields: [
    ['at', 'u32', 'its place in the recording: frames of 20 ms'],
    ['turn', 'u32', 'turn in which it was mixed: a frame of the monotonic clock, alike on all shards'],
    ['lost', 'u32', 'frames of this recording that had no place in the ring, until now'],
    ['mode', 'u32', 'recorder_modes: recording, or silent'],
    ['has_sound', 'u32', '0: all of it is silence, and the samples were not written'],
  ],
};

export const recorderCommands: readonly Block[] = [
  {
    name: 'open_recorder',
    what: 'Begins to take down a room, or a leg (of the header) in it, with the next turn of the room',
    fields: [
      ['recorder', 'u32', 'recorder slot, chosen by the control thread'],
      ['recorder_generation', 'u32', 'of the slot; its event carries it'],
      ['ring', 'u32', 'id in the table of recording rings of the process'],
      ['room', 'u32', 'room slot'],
      ['source', 'u32', 'recorder_sources; of all but the mix the header names the leg'],
      ['mode', 'u32', 'recorder_modes'],
    ],
  },
  {
    name: 'set_recorder',
    what: 'Pauses a recorder or lets it go on, from the next turn of its room',
    fields: [
      ['recorder', 'u32', 'recorder slot'],
      ['recorder_generation', 'u32', ''],
      ['mode', 'u32', 'recorder_modes'],
    ],
  },
  {
    name: 'close_recorder',
    what: 'Ends a recorder: the turn before was its last; recorder_closed answers',
    fields: [
      ['recorder', 'u32', 'recorder slot'],
      ['recorder_generation', 'u32', ''],
    ],
  },
];

export const recorderEvents: readonly Block[] = [
  {
    name: 'recorder_closed',
    what: 'The slot may be used again; the engine does not touch the ring any more',
    fields: [
      ['recorder', 'u32', 'recorder slot'],
      ['recorder_generation', 'u32', ''],
      ['frames', 'u32', 'length of the recording'],
    ],
  },
];

/**
 * One shard's arena: how large each part is, where it lies, and typed views over it (docs/arena.md). The control
 * thread lays it out and fills the header once, before the engine starts; from then on each word has one writer.
 */
import { assert } from '../../base/assert.js';
import * as layout from '../../media/engine-layout.js';
import { layoutChecksum, type PlacedBlock, placeBlock } from '../../media/engine-layout-offsets.js';
import { fieldOf, writeField } from './layout-access.js';

/** "PRLY"; the engine refuses an arena that does not begin with it. */
const arenaMagic = 0x594c_5250;

/** Parts begin on a cache line, so that no two writers share one. */
const cacheLineBytes = 64;

export type ArenaLimits = {
  readonly legsMax: number;
  readonly roomsMax: number;
  readonly lanesMax: number;
  readonly opusLegsMax: number;
  readonly playersMax: number;
  readonly recordersMax: number;
  /** Powers of two. */
  readonly commandRecords: number;
  readonly eventRecords: number;
};

export type ArenaOffsets = {
  readonly control: number;
  readonly commandRing: number;
  readonly eventRing: number;
  readonly stats: number;
  readonly legs: number;
  readonly frames: number;
  readonly lanes: number;
  readonly end: number;
};

export type Arena = {
  readonly limits: ArenaLimits;
  readonly offsets: ArenaOffsets;
  /** The whole of it; what is handed to the addon (never the bare SharedArrayBuffer: STACK §2). */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly view: DataView<SharedArrayBuffer>;
  /** For Atomics; indexed by byte offset / 4 and / 8. */
  readonly words: Uint32Array<SharedArrayBuffer>;
  readonly longWords: BigUint64Array<SharedArrayBuffer>;
};

export const placed = {
  header: placeBlock(layout.header),
  control: placeBlock(layout.control),
  ringIndices: placeBlock(layout.ringIndices),
  stats: placeBlock(layout.stats),
  legSlot: placeBlock(layout.legSlot),
  framePair: placeBlock(layout.framePair),
  laneHead: placeBlock(layout.laneHead),
} as const satisfies Readonly<Record<string, PlacedBlock>>;

/** A lane's head, its in frames, its out frames. */
export const laneBytes = placed.laneHead.bytes + 2 * layout.laneFramesMax * layout.laneFrameBytes;

const roundUp = (bytes: number): number => Math.ceil(bytes / cacheLineBytes) * cacheLineBytes;
const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

export function arenaOffsets(limits: ArenaLimits): ArenaOffsets {
  assert(isPowerOfTwo(limits.commandRecords), 'the command ring is a power of two');
  assert(isPowerOfTwo(limits.eventRecords), 'the event ring is a power of two');
  const control = roundUp(placed.header.bytes);
  const commandRing = control + roundUp(placed.control.bytes);
  const eventRing = commandRing + roundUp(placed.ringIndices.bytes + limits.commandRecords * layout.recordBytes);
  const stats = eventRing + roundUp(placed.ringIndices.bytes + limits.eventRecords * layout.recordBytes);
  const legs = stats + roundUp(placed.stats.bytes);
  const frames = legs + roundUp(limits.legsMax * placed.legSlot.bytes);
  const lanes = frames + roundUp((layout.batchLegs + limits.legsMax) * placed.framePair.bytes);
  const end = lanes + roundUp(limits.lanesMax * laneBytes);
  return { control, commandRing, eventRing, stats, legs, frames, lanes, end };
}

/** Memory is taken from the kernel page by page as slots are first used. */
export function createArena(limits: ArenaLimits): Arena {
  const offsets = arenaOffsets(limits);
  const buffer = new SharedArrayBuffer(offsets.end);
  const view = new DataView(buffer);
  const header: Readonly<Record<string, number>> = {
    magic: arenaMagic,
    version: layout.layoutVersion,
    checksum: layoutChecksum(),
    legs_max: limits.legsMax,
    rooms_max: limits.roomsMax,
    lanes_max: limits.lanesMax,
    opus_legs_max: limits.opusLegsMax,
    players_max: limits.playersMax,
    recorders_max: limits.recordersMax,
    command_records: limits.commandRecords,
    event_records: limits.eventRecords,
    control_offset: offsets.control,
    command_ring_offset: offsets.commandRing,
    event_ring_offset: offsets.eventRing,
    stats_offset: offsets.stats,
    legs_offset: offsets.legs,
    frames_offset: offsets.frames,
    lanes_offset: offsets.lanes,
    arena_bytes: offsets.end,
  };
  for (const [name, value] of Object.entries(header)) writeField(view, 0, fieldOf(placed.header, name), value);
  return {
    limits,
    offsets,
    bytes: new Uint8Array(buffer),
    view,
    words: new Uint32Array(buffer),
    longWords: new BigUint64Array(buffer),
  };
}

export const legOffset = (arena: Arena, slot: number): number => {
  assert(slot >= 0 && slot < arena.limits.legsMax, 'leg slot within the arena');
  return arena.offsets.legs + slot * placed.legSlot.bytes;
};

export const laneOffset = (arena: Arena, slot: number): number => {
  assert(slot >= 0 && slot < arena.limits.lanesMax, 'lane slot within the arena');
  return arena.offsets.lanes + slot * laneBytes;
};

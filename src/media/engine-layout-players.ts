/**
 * Sounds that the engine plays: clips, and the records that play them. Part of the one definition in engine-layout.ts.
 * A clip lies in shared memory of its own, not in an arena: it is written by any thread and played by any shard.
 */
import type { Block } from './engine-layout-block.js';

/** Clips have this rate, and one channel. */
export const clipRateHz = 48_000;

/** "PCLP": how the memory of a clip begins. */
export const clipMagic = 0x504c_4350;

/**
 * `whole`: written once from the front, played by any number of players, each at its own place, also while it is still
 * being written. `stream`: a ring, played once, by one player.
 */
export const clipKinds = { whole: 0, stream: 1 } as const;

/** A cache line for each writer; int16 samples follow, `capacity_samples` of them. */
export const clipHead: Block = {
  name: 'clip_head',
  bytes: 192,
  what: 'How much of a clip there is; the samples follow',
  fields: [
    ['magic', 'u32', '0x504C4350, "PCLP"'],
    ['version', 'u32', 'layoutVersion'],
    ['capacity_samples', 'u32', 'places for samples behind the head; a power of two for a stream'],
    ['kind', 'u32', 'clip_kinds'],
    ['withdrawn', 'u32', 'control thread sets 1: all who play it end, and nothing more need be written'],
    ['pad0', 'u8[44]', ''],
    ['written', 'u32', 'samples written, by the one who decodes; stored with release. A stream: wraps at 2^32'],
    ['ended', 'u32', '1: no more will be written; stored with release after `written`'],
    ['pad1', 'u8[56]', ''],
    ['read', 'u32', 'stream: samples before this one may be overwritten; stored by the engine with release'],
  ],
};

export const playerCommands: readonly Block[] = [
  {
    name: 'open_player',
    what: 'Begins to play a clip with the next frame; its place moves on whether or not anybody hears it',
    fields: [
      ['player', 'u32', 'player slot, chosen by the control thread'],
      ['player_generation', 'u32', 'of the slot; its events carry it'],
      ['clip', 'u32', 'id in the clip table of the process; a player of one that is not there ends at once'],
      ['loops', 'u32', 'times it is played; 0: without end. A stream is played once'],
    ],
  },
  {
    name: 'close_player',
    what: 'Ends a player; routes and rooms that still name it hear nothing of it; player_closed answers',
    fields: [
      ['player', 'u32', 'player slot'],
      ['player_generation', 'u32', ''],
    ],
  },
  {
    name: 'play_to_room',
    what: 'Mixes a player into a room as somebody who speaks there, until either is closed',
    fields: [
      ['room', 'u32', 'room slot'],
      ['player', 'u32', 'player slot'],
      ['player_generation', 'u32', ''],
      ['except', 'u32', 'leg slot that hears the room without it, or none'],
      ['except_member', 'u32', 'of a room that spans shards, on which that leg is: 1 + member; 0: on this shard'],
      ['except_generation', 'u32', 'of that leg, when it is on another shard'],
    ],
  },
];

export const playerEvents: readonly Block[] = [
  {
    name: 'player_ended',
    what: 'All of it was played, or its clip is withdrawn; told once. The clip is not touched by this player any more',
    fields: [
      ['player', 'u32', 'player slot'],
      ['player_generation', 'u32', ''],
    ],
  },
  {
    name: 'player_closed',
    what: 'The slot may be used again; the clip is not touched by this player any more',
    fields: [
      ['player', 'u32', 'player slot'],
      ['player_generation', 'u32', ''],
    ],
  },
];

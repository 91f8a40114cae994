/** A room that has legs in several shards (ADR 0022). Part of the one definition in engine-layout.ts. */
import type { Block } from './engine-layout-block.js';

/** Shards that one room spans at most. */
export const spanMembersMax = 8;

export const spanCommand: Block = {
  name: 'span_room',
  what: 'Makes a room one member of a room that spans shards, from its next turn on, or a room of its own again',
  fields: [
    ['room', 'u32', 'room slot'],
    ['span', 'u32', 'id in the table of spans of the process, which all its members have; or none'],
    ['member', 'u32', 'which of them it is: 0 to 7, each once, in the order in which their legs count'],
  ],
};

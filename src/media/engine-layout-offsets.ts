/** Where each field of the engine layout lies: natural alignment, in the order written, blocks padded to 64 bytes. */

import { assert } from '../base/assert.js';
import {
  type Block,
  batchLegs,
  clipHead,
  clipKinds,
  clipRateHz,
  codecs,
  commands,
  control,
  enums,
  events,
  type FieldType,
  framePair,
  frameSamplesMax,
  header,
  laneFrameBytes,
  laneFramesMax,
  laneHead,
  layoutVersion,
  legSlot,
  recordBytes,
  recordedFrame,
  recorderModes,
  recorderSources,
  recordHeader,
  recordingEnds,
  recordingFramesMax,
  recordingHead,
  ringIndices,
  stats,
  tickHistogramEdgesUs,
} from './engine-layout.js';

export type PlacedField = {
  readonly name: string;
  readonly type: FieldType;
  readonly what: string;
  readonly offset: number;
  readonly bytes: number;
};
export type PlacedBlock = {
  readonly name: string;
  readonly what: string;
  readonly bytes: number;
  readonly fields: readonly PlacedField[];
};

/** What lies in the arena beside records. */
export const arenaBlocks: readonly Block[] = [header, control, ringIndices, stats, legSlot, framePair, laneHead];

const scalarBytes: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8, f32: 4 };

function sizeOf(type: FieldType): { readonly alignment: number; readonly bytes: number } {
  const [, scalar = '', count = '1'] = /^(\w+?)(?:\[(\d+)\])?$/.exec(type) ?? [];
  const alignment = scalarBytes[scalar];
  assert(alignment !== undefined, `unknown field type ${type}`);
  return { alignment, bytes: alignment * Number(count) };
}

const roundUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;

/** Places the fields of `block`, the first at or after `start`. */
export function placeBlock(block: Block, start = 0): PlacedBlock {
  let end = start;
  let largest = 1;
  const fields = block.fields.map(([name, type, what]) => {
    const { alignment, bytes } = sizeOf(type);
    const offset = roundUp(end, alignment);
    largest = Math.max(largest, alignment);
    end = offset + bytes;
    return { name, type, what, offset, bytes };
  });
  const bytes = block.bytes ?? (end > 64 ? roundUp(end, 64) : roundUp(end, largest));
  assert(end <= bytes, `${block.name} needs ${end} bytes and has ${bytes}`);
  return { name: block.name, what: block.what, bytes, fields };
}

/** FNV-1a over everything the two sides must agree on; prose is left out. */
export function layoutChecksum(): number {
  const shape = (block: Block): unknown => [
    block.name,
    block.bytes ?? 0,
    block.fields.map(([name, type]) => [name, type]),
  ];
  const text = JSON.stringify([
    layoutVersion,
    recordBytes,
    frameSamplesMax,
    batchLegs,
    laneFrameBytes,
    laneFramesMax,
    tickHistogramEdgesUs,
    enums,
    codecs,
    clipKinds,
    clipRateHz,
    recorderSources,
    recorderModes,
    recordingEnds,
    recordingFramesMax,
    [recordHeader, ...commands, ...events, ...arenaBlocks].map(shape),
    [clipHead, recordingHead, recordedFrame].map(shape),
  ]);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

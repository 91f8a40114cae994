/**
 * Writes command records for the engine: single producer, single consumer, both without a lock. A batch is published
 * by one store of the write index, so the engine sees all of it or none.
 */
import { assert } from '../../base/assert.js';
import { commands, none, recordBytes, recordHeader } from '../../media/engine-layout.js';
import { placeBlock } from '../../media/engine-layout-offsets.js';
import { type Arena, placed } from './arena.js';
import { type FieldValue, fieldOf, offsetOf, writeField } from './layout-access.js';

const header = placeBlock(recordHeader);

/** Commands by name, with their number and the place of their fields. */
export const placedCommands = new Map(
  commands.map((block, index) => [
    block.name,
    { kind: index + 1, block: placeBlock({ ...block, bytes: recordBytes }, header.bytes) },
  ]),
);

export type CommandRecord = {
  /** Name of the block in engine-layout.ts. */
  readonly kind: string;
  /** The slot and generation it is about; absent for what concerns a room alone. */
  readonly leg?: { readonly slot: number; readonly generation: number };
  /** Every field of the block by name. */
  readonly fields: Readonly<Record<string, FieldValue>>;
};

export interface CommandRing {
  /** Records that could be published now. */
  free(): number;
  /** All of `batch` at once; false, and nothing written, when there is no place for the whole of it. */
  publish(batch: readonly CommandRecord[]): boolean;
  /** Sequence of the batch published last: what batch_applied names. */
  lastBatch(): number;
}

export function createCommandRing(arena: Arena): CommandRing {
  const base = arena.offsets.commandRing;
  const capacity = arena.limits.commandRecords;
  const writeWord = (base + offsetOf(placed.ringIndices, 'write')) / 4;
  const readWord = (base + offsetOf(placed.ringIndices, 'read')) / 4;
  const recordsAt = base + placed.ringIndices.bytes;
  let written = Atomics.load(arena.words, writeWord);
  let batchSequence = 0;

  const free = (): number => capacity - ((written - Atomics.load(arena.words, readWord)) >>> 0);

  const writeRecord = (index: number, record: CommandRecord, remaining: number): void => {
    const at = recordsAt + (index % capacity) * recordBytes;
    const command = placedCommands.get(record.kind);
    assert(command !== undefined, `unknown command record ${record.kind}`);
    arena.bytes.fill(0, at, at + recordBytes);
    writeField(arena.view, at, fieldOf(header, 'kind'), command.kind);
    writeField(arena.view, at, fieldOf(header, 'batch_remaining'), remaining);
    writeField(arena.view, at, fieldOf(header, 'sequence'), batchSequence);
    writeField(arena.view, at, fieldOf(header, 'leg'), record.leg?.slot ?? none);
    writeField(arena.view, at, fieldOf(header, 'generation'), record.leg?.generation ?? 0);
    for (const field of command.block.fields) {
      const value = record.fields[field.name];
      assert(value !== undefined, `${record.kind} lacks ${field.name}`);
      writeField(arena.view, at, field, value);
    }
  };

  return {
    free,
    lastBatch: () => (batchSequence - 1) >>> 0,
    publish(batch) {
      assert(batch.length <= capacity, 'a batch fits an empty ring');
      if (batch.length > free()) return false;
      if (batch.length === 0) return true;
      batch.forEach((record, index) => {
        writeRecord((written + index) >>> 0, record, batch.length - 1 - index);
      });
      batchSequence = (batchSequence + 1) >>> 0;
      written = (written + batch.length) >>> 0;
      Atomics.store(arena.words, writeWord, written);
      return true;
    },
  };
}

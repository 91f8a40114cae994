/** Reads event records the engine published: single producer, single consumer, both without a lock. */
import { assert } from '../../base/assert.js';
import { events, recordBytes, recordHeader } from '../../media/engine-layout.js';
import { placeBlock } from '../../media/engine-layout-offsets.js';
import { type Arena, placed } from './arena.js';
import { type FieldValue, fieldOf, offsetOf, readField } from './layout-access.js';

const header = placeBlock(recordHeader);

/** Events by number (index + 1), with the place of their fields. */
export const placedEvents = events.map((block) => placeBlock({ ...block, bytes: recordBytes }, header.bytes));

export type EventRecord = {
  /** Name of the block in engine-layout.ts. */
  readonly kind: string;
  readonly leg: number;
  readonly generation: number;
  readonly fields: Readonly<Record<string, FieldValue>>;
};

export interface EventRing {
  /** What was published since the last call, oldest first. */
  drain(): readonly EventRecord[];
}

export function createEventRing(arena: Arena): EventRing {
  const base = arena.offsets.eventRing;
  const capacity = arena.limits.eventRecords;
  const writeWord = (base + offsetOf(placed.ringIndices, 'write')) / 4;
  const readWord = (base + offsetOf(placed.ringIndices, 'read')) / 4;
  const recordsAt = base + placed.ringIndices.bytes;
  let taken = Atomics.load(arena.words, readWord);

  const headerNumber = (at: number, name: string): number => Number(readField(arena.view, at, fieldOf(header, name)));

  const readRecord = (index: number): EventRecord => {
    const at = recordsAt + (index % capacity) * recordBytes;
    const block = placedEvents[headerNumber(at, 'kind') - 1];
    assert(block !== undefined, 'the engine publishes events of the layout only');
    return {
      kind: block.name,
      leg: headerNumber(at, 'leg'),
      generation: headerNumber(at, 'generation'),
      fields: Object.fromEntries(block.fields.map((field) => [field.name, readField(arena.view, at, field)])),
    };
  };

  return {
    drain() {
      const written = Atomics.load(arena.words, writeWord);
      const records: EventRecord[] = [];
      for (; taken !== written; taken = (taken + 1) >>> 0) records.push(readRecord(taken));
      Atomics.store(arena.words, readWord, taken);
      return records;
    },
  };
}

/**
 * The engine's end of an arena, written from docs/arena.md and the placed layout alone: takes command
 * records, publishes events, moves lanes and counters. It makes no sound and keeps no time.
 */
import { assert } from '../../src/base/assert.js';
import * as layout from '../../src/media/engine-layout.js';
import { type PlacedBlock, placeBlock } from '../../src/media/engine-layout-offsets.js';

export type SeenRecord = {
  readonly kind: string;
  readonly remaining: number;
  readonly sequence: number;
  readonly leg: number;
  readonly generation: number;
  readonly fields: Readonly<Record<string, number | readonly number[]>>;
};

const record = placeBlock(layout.recordHeader);
const header = placeBlock(layout.header);
const control = placeBlock(layout.control);
const indices = placeBlock(layout.ringIndices);
const stats = placeBlock(layout.stats);
const legSlot = placeBlock(layout.legSlot);
const laneHead = placeBlock(layout.laneHead);
const inRecord = (block: layout.Block): PlacedBlock =>
  placeBlock({ ...block, bytes: layout.recordBytes }, record.bytes);

export class EngineSide {
  readonly #view: DataView;
  readonly #ring: () => void;
  #rungFor = 0;

  /** `ring`: called with an event when the control thread looks for them no more. */
  constructor(arena: Uint8Array<SharedArrayBuffer>, ring: () => void = () => {}) {
    this.#ring = ring;
    this.#view = new DataView(arena.buffer, arena.byteOffset, arena.byteLength);
  }

  header(name: string): number {
    return this.#number(header, 0, name);
  }

  control(name: string): number {
    return this.#number(control, this.header('control_offset'), name);
  }

  setControl(name: string, value: number): void {
    this.#set(control, this.header('control_offset'), name, value);
  }

  setStat(name: string, value: number): void {
    this.#set(stats, this.header('stats_offset'), name, value);
  }

  setLeg(slot: number, name: string, value: number | readonly number[]): void {
    this.#set(legSlot, this.header('legs_offset') + slot * legSlot.bytes, name, value);
  }

  /** What was published and not yet taken, oldest first. */
  takeCommands(): readonly SeenRecord[] {
    const at = this.header('command_ring_offset');
    const write = this.#number(indices, at, 'write');
    const taken: SeenRecord[] = [];
    for (let read = this.#number(indices, at, 'read'); read !== write; read = (read + 1) >>> 0) {
      const base = at + indices.bytes + (read % this.header('command_records')) * layout.recordBytes;
      const block = layout.commands[this.#number(record, base, 'kind') - 1];
      assert(block !== undefined, 'a known command');
      const fields = inRecord(block).fields.map(({ name }) => [name, this.#value(inRecord(block), base, name)]);
      taken.push({
        kind: block.name,
        remaining: this.#number(record, base, 'batch_remaining'),
        sequence: this.#number(record, base, 'sequence'),
        leg: this.#number(record, base, 'leg'),
        generation: this.#number(record, base, 'generation'),
        fields: Object.fromEntries(fields),
      });
    }
    this.#set(indices, at, 'read', write);
    return taken;
  }

  publishEvent(kind: string, leg: { readonly leg: number; readonly generation: number }, fields = {}): void {
    const at = this.header('event_ring_offset');
    const write = this.#number(indices, at, 'write');
    assert(this.eventsWaiting() < this.header('event_records'), 'the event ring has a free place');
    const base = at + indices.bytes + (write % this.header('event_records')) * layout.recordBytes;
    const index = layout.events.findIndex(({ name }) => name === kind);
    const block = layout.events[index];
    assert(block !== undefined, 'a known event');
    this.#set(record, base, 'kind', index + 1);
    this.#set(record, base, 'leg', leg.leg);
    this.#set(record, base, 'generation', leg.generation);
    for (const [name, value] of Object.entries<number>(fields)) this.#set(inRecord(block), base, name, value);
    this.#set(indices, at, 'write', (write + 1) >>> 0);
    const asleep = this.control('asleep');
    if (asleep === this.#rungFor) return;
    this.#rungFor = asleep;
    this.#ring();
  }

  /** Published and not taken. */
  eventsWaiting(): number {
    const at = this.header('event_ring_offset');
    return (this.#number(indices, at, 'write') - this.#number(indices, at, 'read')) >>> 0;
  }

  /** Takes one frame the control thread wrote; null when there is none. */
  takeLaneFrame(slot: number, bytes: number): readonly number[] | null {
    const base = this.#lane(slot);
    const clearTo = this.#number(laneHead, base, 'in_clear_to');
    const read = Math.max(this.#number(laneHead, base, 'in_read'), clearTo);
    if (read === this.#number(laneHead, base, 'in_write')) {
      this.#set(laneHead, base, 'in_read', read);
      return null;
    }
    const at = base + laneHead.bytes + (read % layout.laneFramesMax) * layout.laneFrameBytes;
    this.#set(laneHead, base, 'in_read', read + 1);
    return Array.from({ length: bytes }, (_, index) => this.#view.getUint8(at + index));
  }

  giveLaneFrame(slot: number, frame: readonly number[], voice = false): void {
    const base = this.#lane(slot);
    const write = this.#number(laneHead, base, 'out_write');
    const outFrames = base + laneHead.bytes + layout.laneFramesMax * layout.laneFrameBytes;
    const at = outFrames + (write % layout.laneFramesMax) * layout.laneFrameBytes;
    frame.forEach((byte, index) => {
      this.#view.setUint8(at + index, byte);
    });
    const bit = 2 ** (write % layout.laneFramesMax);
    const others = this.#number(laneHead, base, 'out_voice') & ~bit;
    this.#set(laneHead, base, 'out_voice', (voice ? others | bit : others) >>> 0);
    this.#set(laneHead, base, 'out_write', write + 1);
  }

  #lane(slot: number): number {
    const bytes = laneHead.bytes + 2 * layout.laneFramesMax * layout.laneFrameBytes;
    return this.header('lanes_offset') + slot * bytes;
  }

  #number(block: PlacedBlock, base: number, name: string): number {
    return Number(this.#value(block, base, name));
  }

  #value(block: PlacedBlock, base: number, name: string): number | readonly number[] {
    const { type, offset, bytes } = this.#field(block, name);
    const at = base + offset;
    switch (type) {
      case 'u8':
        return this.#view.getUint8(at);
      case 'u16':
        return this.#view.getUint16(at, true);
      case 'u32':
        return this.#view.getUint32(at, true);
      case 'i32':
        return this.#view.getInt32(at, true);
      case 'u64':
        return Number(this.#view.getBigUint64(at, true));
      default:
        return Array.from({ length: bytes }, (_, index) => this.#view.getUint8(at + index));
    }
  }

  #set(block: PlacedBlock, base: number, name: string, value: number | readonly number[]): void {
    const { type, offset } = this.#field(block, name);
    const at = base + offset;
    if (typeof value !== 'number') {
      const wide = type.startsWith('u64');
      const isWord = type.startsWith('u32');
      value.forEach((item, index) => {
        if (wide) this.#view.setBigUint64(at + index * 8, BigInt(item), true);
        else if (isWord) this.#view.setUint32(at + index * 4, item, true);
        else this.#view.setUint8(at + index, item);
      });
    } else if (type === 'u64') this.#view.setBigUint64(at, BigInt(value), true);
    else if (type === 'u32') this.#view.setUint32(at, value, true);
    else this.#view.setUint16(at, value, true);
  }

  #field(block: PlacedBlock, name: string) {
    const field = block.fields.find((candidate) => candidate.name === name);
    assert(field !== undefined, `${block.name} has ${name}`);
    return field;
  }
}

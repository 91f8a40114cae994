/** Reads and writes the fields of a placed block by name, so that no offset is ever written by hand. */
import { assert } from '../../base/assert.js';
import type { PlacedBlock, PlacedField } from '../../media/engine-layout-offsets.js';

/** A scalar of the layout; u64 is given as a number, exact up to 2^53. Arrays of bytes are Uint8Array. */
export type FieldValue = number | Uint8Array;

export function fieldOf(block: PlacedBlock, name: string): PlacedField {
  const field = block.fields.find((candidate) => candidate.name === name);
  assert(field !== undefined, `${block.name} has no field ${name}`);
  return field;
}

/** Bytes from the start of the block. */
export const offsetOf = (block: PlacedBlock, name: string): number => fieldOf(block, name).offset;

export function writeField(view: DataView, base: number, field: PlacedField, value: FieldValue): void {
  const at = base + field.offset;
  if (value instanceof Uint8Array) {
    assert(value.length === field.bytes, `${field.name} takes ${field.bytes} bytes`);
    new Uint8Array(view.buffer, view.byteOffset + at, field.bytes).set(value);
    return;
  }
  switch (field.type) {
    case 'u8':
      view.setUint8(at, value);
      break;
    case 'u16':
      view.setUint16(at, value, true);
      break;
    case 'u32':
      view.setUint32(at, value, true);
      break;
    case 'i32':
      view.setInt32(at, value, true);
      break;
    case 'u64':
      view.setBigUint64(at, BigInt(value), true);
      break;
    default:
      throw new Error(`${field.name} of type ${field.type} takes bytes`);
  }
}

export function readField(view: DataView, base: number, field: PlacedField): FieldValue {
  const at = base + field.offset;
  switch (field.type) {
    case 'u8':
      return view.getUint8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'u64':
      return Number(view.getBigUint64(at, true));
    default:
      return Uint8Array.from(new Uint8Array(view.buffer, view.byteOffset + at, field.bytes));
  }
}

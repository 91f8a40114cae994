/** How a block of the arena is described: its fields in their order, and what they mean. */

export type FieldType =
  | 'u8'
  | 'u16'
  | 'u32'
  | 'i32'
  | 'u64'
  | 'f32'
  | `u8[${number}]`
  | `u32[${number}]`
  | `u64[${number}]`;
export type Field = readonly [name: string, type: FieldType, what: string];
export type Block = {
  readonly name: string;
  readonly bytes?: number;
  readonly what: string;
  readonly fields: readonly Field[];
};

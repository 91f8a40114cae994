/**
 * Replies as bytes, by a plan that is made of their descriptor once. The library looks each field up by reflection for
 * each message, and makes a message of what a handler gives before that: more than most commands cost.
 */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { assert } from '../../base/assert.js';
import { WireBytes } from './wire-bytes.js';

/** What handlers give: a message, or as much of one as there is to say. */
type Fields = Readonly<Record<string, unknown>>;
type Put<T = never> = (to: WireBytes, value: T) => void;

type Scalar = { readonly wire: WireType; readonly put: Put };

/** Those that our protos have. */
const scalars: ReadonlyMap<ScalarType, Scalar> = new Map<ScalarType, Scalar>([
  [ScalarType.STRING, { wire: WireType.LengthDelimited, put: (to, text: string) => to.text(text) }],
  [ScalarType.BYTES, { wire: WireType.LengthDelimited, put: (to, bytes: Uint8Array) => to.bytes(bytes) }],
  [ScalarType.BOOL, { wire: WireType.Varint, put: (to, flag: boolean) => to.varint(flag ? 1 : 0) }],
  [ScalarType.UINT32, { wire: WireType.Varint, put: (to, value: number) => to.varint(value) }],
  [ScalarType.INT32, { wire: WireType.Varint, put: (to, value: number) => to.signed(value) }],
  [ScalarType.SINT32, { wire: WireType.Varint, put: (to, value: number) => to.zigzag(value) }],
  [ScalarType.UINT64, { wire: WireType.Varint, put: (to, value: bigint) => to.long(value) }],
  [ScalarType.INT64, { wire: WireType.Varint, put: (to, value: bigint) => to.long(value) }],
  [ScalarType.DOUBLE, { wire: WireType.Bit64, put: (to, value: number) => to.double(value) }],
]);

const plans = new WeakMap<DescMessage, Put<Fields>>();

/** Messages are put together one after the other. */
const bytes = new WireBytes();

/** The same bytes as `toBinary(desc, create(desc, message))`, of what was never read from bytes itself. */
export function encode(desc: DescMessage, message: object): Buffer {
  const put = planOf(desc);
  bytes.begin();
  put(bytes, message as Fields);
  return bytes.taken();
}

function planOf(desc: DescMessage): Put<Fields> {
  const known = plans.get(desc);
  if (known !== undefined) return known;
  const fields: Put<Fields>[] = [];
  const plan: Put<Fields> = (to, message) => {
    for (const put of fields) put(to, message);
  };
  // Before its fields: a message may be in itself.
  plans.set(desc, plan);
  fields.push(...[...desc.fields].sort((a, b) => a.number - b.number).map(fieldOf));
  return plan;
}

function fieldOf(field: DescField): Put<Fields> {
  const { localName, oneof } = field;
  const put = taggedOf(field);
  if (oneof !== undefined) {
    return (to, message) => {
      const chosen = message[oneof.localName] as { readonly case?: string; readonly value?: never } | undefined;
      if (chosen?.case === localName) put(to, chosen.value as never);
    };
  }
  const isAlwaysTold = field.presence === Presence.EXPLICIT;
  return (to, message) => {
    const value = message[localName];
    if (value !== undefined && (isAlwaysTold || !isDefault(value))) put(to, value as never);
  };
}

const isDefault = (value: unknown): boolean =>
  Object.is(value, 0) ||
  value === '' ||
  value === false ||
  value === 0n ||
  (value instanceof Uint8Array && value.length === 0);

/** Tag and value. */
function taggedOf(field: DescField): Put {
  switch (field.fieldKind) {
    case 'scalar':
    case 'enum':
      return tagged(field.number, scalarOf(field.scalar));
    case 'message':
      return tagged(field.number, messageOf(field.message));
    case 'list': {
      const item = field.listKind === 'message' ? messageOf(field.message) : scalarOf(field.scalar);
      return field.packed ? packed(field.number, item.put) : each(tagged(field.number, item));
    }
    case 'map': {
      const [key, value] = [
        tagged(1, scalarOf(field.mapKey)),
        tagged(2, field.mapKind === 'message' ? messageOf(field.message) : scalarOf(field.scalar)),
      ];
      const entry: Put<readonly [string, unknown]> = (to, [name, told]) => {
        key(to, name as never);
        value(to, told as never);
      };
      const put = each(tagged(field.number, nested(entry)));
      return (to, map: object) => put(to, Object.entries(map));
    }
  }
}

const tagged = (number: number, { wire, put }: Scalar): Put => {
  const tag = number * 8 + wire;
  return (to, value) => {
    to.varint(tag);
    put(to, value);
  };
};

const nested = <T>(put: Put<T>): Scalar => ({
  wire: WireType.LengthDelimited,
  put: (to, value: T) => to.sized(put, value),
});

function messageOf(desc: DescMessage): Scalar {
  assert(!/^google\.protobuf\.(\w*Value|Struct)$/.test(desc.typeName), `${desc.typeName} is of a kind of its own`);
  return nested(planOf(desc));
}

/** Undefined: an enum. */
function scalarOf(type: ScalarType | undefined): Scalar {
  const scalar = scalars.get(type ?? ScalarType.INT32);
  assert(scalar !== undefined, `no proto of ours has a scalar of type ${type}`);
  return scalar;
}

const each =
  (put: Put): Put<readonly unknown[]> =>
  (to, items) => {
    for (const item of items) put(to, item as never);
  };

const packed = (number: number, item: Put): Put<readonly unknown[]> => {
  const put = tagged(number, nested(each(item)));
  return (to, items) => {
    if (items.length > 0) put(to, items as never);
  };
};

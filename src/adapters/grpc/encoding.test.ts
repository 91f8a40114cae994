import { create, type DescField, type DescMessage, ScalarType, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IssueResponseSchema } from '../../gen/parley/v1/command_service_pb.js';
import { FramesSchema } from '../../gen/parley/v1/media_service_pb.js';
import { encode } from './encoding.js';
import { services } from './server.js';

type Init = Readonly<Record<string, unknown>>;

const depthMax = 4;

const scalars: ReadonlyMap<ScalarType, fc.Arbitrary<unknown>> = new Map<ScalarType, fc.Arbitrary<unknown>>([
  [ScalarType.STRING, fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('ü'.repeat(100)))],
  [ScalarType.BYTES, fc.uint8Array({ maxLength: 200 })],
  [ScalarType.BOOL, fc.boolean()],
  [ScalarType.UINT32, fc.oneof(fc.nat(300), fc.nat(0xffff_ffff))],
  [ScalarType.INT32, fc.integer()],
  [ScalarType.SINT32, fc.integer()],
  [ScalarType.UINT64, fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n))],
  [ScalarType.INT64, fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))],
  [ScalarType.DOUBLE, fc.double()],
]);

const scalarOf = (type: ScalarType | undefined): fc.Arbitrary<unknown> =>
  scalars.get(type ?? ScalarType.INT32) ?? expect.fail(`nothing is known of scalars of type ${type}`);

function arbitraryOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const one = (): fc.Arbitrary<unknown> => {
    if (field.message !== undefined) return messageOf(field.message, depth + 1);
    if (field.enum !== undefined) return fc.constantFrom(...field.enum.values.map(({ number }) => number));
    return scalarOf(field.scalar);
  };
  if (field.fieldKind === 'list') return fc.array(one(), { maxLength: 3 });
  return field.fieldKind === 'map' ? fc.dictionary(fc.string(), one(), { maxKeys: 3 }) : one();
}

/** What a handler could give for it. */
function messageOf({ fields, oneofs }: DescMessage, depth = 0): fc.Arbitrary<Init> {
  if (depth === depthMax) return fc.constant({});
  const single = fields.filter(({ oneof }) => oneof === undefined);
  return fc.record(
    Object.fromEntries([
      ...single.map((field) => [field.localName, fc.option(arbitraryOf(field, depth), { nil: undefined })]),
      ...oneofs.map(({ localName, fields: cases }) => [
        localName,
        fc.oneof(
          fc.constant({ case: undefined }),
          ...cases.map((field) => arbitraryOf(field, depth).map((value) => ({ case: field.localName, value }))),
        ),
      ]),
    ]),
    { requiredKeys: [] },
  );
}

const outputs = services.flatMap(({ methods }) => methods.map(({ output }) => output));

const asInLibrary = (of: DescMessage, init: Init): Buffer => Buffer.from(toBinary(of, create(of, init)));

describe('a reply as bytes', () => {
  it.each(outputs.map((output) => [output.typeName, output] as const))(
    'is what the library makes of it: %s',
    (_, of) => {
      fc.assert(
        fc.property(messageOf(of), (init) => {
          expect(encode(of, init)).toEqual(asInLibrary(of, init));
        }),
        { numRuns: 30 },
      );
    },
  );

  it('may be larger than what is kept for the next one', () => {
    for (const bytes of [100_000, 1, 70_000, 200]) {
      const frames = { legs: [1], payload: new Uint8Array(bytes).fill(7) };
      expect(encode(FramesSchema, frames)).toEqual(asInLibrary(FramesSchema, frames));
    }
  });

  it('is whole although the one before failed half way', () => {
    const broken = { results: [{ id: 1n, outcome: { case: 'updateParticipant', value: null } }] };
    expect(() => encode(IssueResponseSchema, broken)).toThrow();
    expect(encode(IssueResponseSchema, {})).toEqual(Buffer.of());
  });
});

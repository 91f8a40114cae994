import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FramesSchema } from '../../gen/parley/v1/media_service_pb.js';
import { joinFrames, type LegFrame, splitFrames } from './frames.js';

const legFrames = fc.array(fc.record({ leg: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }), {
  maxLength: 20,
});

describe('frames of many legs', () => {
  it('come apart as they were put together', () => {
    fc.assert(
      fc.property(legFrames, (frames: readonly LegFrame[]) => {
        const split = splitFrames(create(FramesSchema, joinFrames(frames)));
        expect(split.ok && split.value.map(({ leg, bytes }) => ({ leg, bytes: Uint8Array.from(bytes) }))).toEqual(
          frames,
        );
      }),
    );
  });

  it('of one size need no lengths', () => {
    const frames = [1, 2, 3].map((leg) => ({ leg, bytes: Uint8Array.of(leg, leg) }));
    expect(joinFrames(frames).lengths).toEqual([]);
    expect(joinFrames([...frames, { leg: 4, bytes: Uint8Array.of(4) }]).lengths).toEqual([2, 2, 2, 1]);
  });

  it('that do not add up are refused whole', () => {
    const faultOf = (legs: number[], bytes: number, lengths: number[] = []) => {
      const split = splitFrames(create(FramesSchema, { legs, payload: new Uint8Array(bytes), lengths }));
      return split.ok ? null : split.error;
    };
    expect(faultOf([], 0)).toBeNull();
    expect(faultOf([], 1)).toBe('payload without legs');
    expect(faultOf([1, 2, 3], 4)).toBe('without lengths all frames must be of one size');
    expect(faultOf([1, 2], 4, [4])).toBe('lengths must be as many as legs, or none');
    expect(faultOf([1, 2], 4, [2, 1])).toBe('lengths must add up to the payload');
    expect(faultOf([1, 2], 4, [2, 3])).toBe('lengths must add up to the payload');
    expect(faultOf([1, 2], 4, [4_294_967_295, 1])).toBe('lengths must add up to the payload');
  });

  it('never throw, whatever they say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 20 }),
        fc.array(fc.nat(20), { maxLength: 5 }),
        (legs, payload, lengths) => {
          const split = splitFrames(create(FramesSchema, { legs, payload, lengths }));
          if (split.ok) expect(split.value.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(payload.length);
        },
      ),
    );
  });
});

/** Frames of many legs in one flat message: taken apart and put together. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { err, ok, type Result } from '../../base/result.js';
import type { Frames, FramesSchema } from '../../gen/parley/v1/media_service_pb.js';

/** `voice`: somebody whom the leg hears speaks in it. */
export type LegFrame = { readonly leg: number; readonly bytes: Uint8Array; readonly voice?: boolean };

/** Views into the payload, in order; or the rule the message breaks. Sizes are the legs' business. */
export function splitFrames({ legs, payload, lengths }: Frames): Result<readonly LegFrame[], string> {
  if (legs.length === 0) return payload.length === 0 ? ok([]) : err('payload without legs');
  if (lengths.length !== 0 && lengths.length !== legs.length) return err('lengths must be as many as legs, or none');
  const uniform = payload.length / legs.length;
  if (lengths.length === 0 && !Number.isInteger(uniform)) return err('without lengths all frames must be of one size');
  const frames: LegFrame[] = [];
  let start = 0;
  for (const [index, leg] of legs.entries()) {
    const end = start + (lengths[index] ?? uniform);
    frames.push({ leg, bytes: payload.subarray(start, end) });
    start = end;
  }
  return start === payload.length ? ok(frames) : err('lengths must add up to the payload');
}

/** Lengths are left out when they are all the same, voice when nobody speaks in any. */
export function joinFrames(frames: readonly LegFrame[]): MessageInitShape<typeof FramesSchema> {
  const payload = new Uint8Array(frames.reduce((total, { bytes }) => total + bytes.length, 0));
  let at = 0;
  for (const { bytes } of frames) {
    payload.set(bytes, at);
    at += bytes.length;
  }
  const isUniform = frames.every(({ bytes }) => bytes.length === frames[0]?.bytes.length);
  return {
    legs: frames.map(({ leg }) => leg),
    payload,
    lengths: isUniform ? [] : frames.map(({ bytes }) => bytes.length),
    ...(frames.some(({ voice }) => voice) ? { voice: frames.map(({ voice }) => voice ?? false) } : {}),
  };
}

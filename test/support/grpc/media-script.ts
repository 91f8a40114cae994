/** A media stream with its client played by a test: the wire is an array, time is virtual, lanes are fakes. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Failure } from '../../../src/adapters/grpc/failure.js';
import type { MediaReply } from '../../../src/adapters/grpc/media-output.js';
import { MediaStream } from '../../../src/adapters/grpc/media-stream.js';
import type { MediaHandle } from '../../../src/app/application.js';
import { err, ok } from '../../../src/base/result.js';
import { StreamRequestSchema } from '../../../src/gen/parley/v1/media_service_pb.js';
import { VirtualClock } from '../virtual-clock.js';
import { accountA, callSid, fakeApplication } from './fake-application.js';
import { FakeLane } from './fake-lane.js';

type Request = NonNullable<MessageInitShape<typeof StreamRequestSchema>['message']>;

export function mediaScript(codec: MediaHandle['codec'] = 'pcmu', rateHz = 8000, frameBytes = 160) {
  const fake = fakeApplication();
  const clock = new VirtualClock();
  const lanes = new Map<string, FakeLane>();
  const over = new Set<string>();
  const attached = new Set<string>();
  fake.answers.attachMedia = (_account, sid) => {
    if (attached.has(sid)) return err({ kind: 'media-attached-elsewhere', callSid: sid });
    attached.add(sid);
    const lane = lanes.get(sid) ?? new FakeLane();
    lanes.set(sid, lane);
    return ok({ callSid: sid, codec, rateHz, frameBytes, lane: () => (over.has(sid) ? null : lane) });
  };
  fake.answers.detachMedia = (handle) => void attached.delete(handle.callSid);
  const wire = { replies: [] as MediaReply[], isReady: true, wake: () => {} };
  const outgoing = {
    isReady: () => wire.isReady,
    write: ({ message }: { readonly message: MediaReply }) => void wire.replies.push(message),
    ready: async () => {},
    taken: async () => {},
    onReady: (listener: () => void) => {
      wire.wake = listener;
    },
  };
  const failures: Failure[] = [];
  const counts: string[] = [];
  const metrics = {
    count: (name: string, labels: object) => void counts.push(`${name} ${Object.values(labels)}`),
    set: () => {},
    observe: () => {},
  };
  const subject = new MediaStream(
    { application: fake.application, clock, metrics, accountSid: accountA },
    outgoing,
    (failure) => failures.push(failure),
  );
  const send = (message: Request): void => {
    subject.receive(create(StreamRequestSchema, { message }));
  };
  return {
    subject,
    clock,
    wire,
    failures,
    counts,
    over,
    attached,
    send,
    lane: (digit: string): FakeLane => {
      const lane = lanes.get(callSid(digit)) ?? new FakeLane();
      lanes.set(callSid(digit), lane);
      return lane;
    },
    attach: (leg: number, digit: string) => send({ case: 'attach', value: { leg, callSid: callSid(digit) } }),
    /** Frames of 160 bytes filled with one number each. */
    frames: (leg: number, ...numbers: readonly number[]) =>
      send({
        case: 'frames',
        value: {
          legs: numbers.map(() => leg),
          payload: Uint8Array.from(numbers.flatMap((each) => Array.from({ length: frameBytes }, () => each))),
        },
      }),
    mark: (leg: number, name: string) => send({ case: 'mark', value: { leg, name } }),
    /** Replies since the last look. */
    said: () => wire.replies.splice(0),
    drain: () => {
      wire.isReady = true;
      wire.wake();
    },
  };
}

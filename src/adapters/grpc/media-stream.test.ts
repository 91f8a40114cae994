import { create } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { callSid } from '../../../test/support/grpc/fake-application.js';
import { mediaScript } from '../../../test/support/grpc/media-script.js';
import { DetachReason, StreamRequestSchema } from '../../gen/parley/v1/media_service_pb.js';
import { queuedFramesMax } from './media-leg.js';
import { answersMax, type MediaReply } from './media-output.js';
import { legsMax, queuedBytesMax } from './media-stream.js';

const errorsIn = (replies: readonly MediaReply[]) =>
  replies.flatMap(({ case: kind, value }) => (kind === 'legError' ? [value] : []));

describe('attaching', () => {
  it('tells how frames are coded', () => {
    const { attach, said } = mediaScript('linear16', 48_000, 1920);
    attach(7, '1');
    expect(said()).toEqual([
      {
        case: 'attached',
        value: { leg: 7, callSid: callSid('1'), encoding: 1, sampleRateHz: 48_000, frameBytes: 1920 },
      },
    ]);
  });

  it('takes either spelling of a sid and gives back the canonical one', () => {
    const { send, said } = mediaScript();
    send({ case: 'attach', value: { leg: 1, callSid: `CA${callSid('1').replaceAll('-', '')}` } });
    expect(said()).toMatchObject([{ case: 'attached', value: { callSid: callSid('1') } }]);
  });

  it('is refused for one leg without a word to the others', async () => {
    const { attach, send, said, frames, clock, lane } = mediaScript();
    attach(1, '1');
    said();
    attach(1, '2');
    send({ case: 'attach', value: { leg: 2, callSid: 'x' } });
    attach(3, '1');
    expect(errorsIn(said())).toMatchObject([
      { leg: 1, code: status.ALREADY_EXISTS, reason: 'LEG_IN_USE' },
      { leg: 2, code: status.INVALID_ARGUMENT },
      { leg: 3, code: status.FAILED_PRECONDITION, reason: 'MEDIA_ATTACHED_ELSEWHERE' },
    ]);
    frames(1, 5);
    await clock.advance(10);
    expect(lane('1').play(1)).toEqual([5]);
  });

  it('drops what the leg heard before anybody listened', async () => {
    const { attach, lane, said, clock } = mediaScript();
    lane('1').heard.push(Uint8Array.of(1), Uint8Array.of(2));
    attach(1, '1');
    said();
    lane('1').heard.push(Uint8Array.of(3));
    await clock.advance(10);
    expect(said()).toEqual([{ case: 'frames', value: { legs: [1], payload: Uint8Array.of(3), lengths: [] } }]);
  });

  it('is refused beyond the most legs a stream takes', () => {
    const { send, said } = mediaScript();
    for (let leg = 0; leg <= legsMax; leg += 1) {
      send({ case: 'attach', value: { leg, callSid: `CA${leg.toString(16).padStart(32, '0')}` } });
    }
    expect(errorsIn(said())).toMatchObject([{ leg: legsMax, reason: 'TOO_MANY_LEGS' }]);
  });

  it('asks nothing of a message that says nothing', () => {
    const { subject, said } = mediaScript();
    subject.receive(create(StreamRequestSchema));
    expect(errorsIn(said())).toMatchObject([{ leg: undefined, code: status.INVALID_ARGUMENT }]);
  });
});

describe('frames from the client', () => {
  it('reach the lane in order, as many as it has room for, the rest when it has room again', async () => {
    const { attach, frames, lane, clock } = mediaScript();
    attach(1, '1');
    frames(1, ...Array.from({ length: 40 }, (_, index) => index));
    await clock.advance(10);
    expect(lane('1').ahead).toHaveLength(32);
    expect(lane('1').play(30)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    await clock.advance(10);
    expect(lane('1').play(30)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  });

  it('are kept as they were, though the message they came in is used again', async () => {
    const { attach, send, lane, clock } = mediaScript();
    attach(1, '1');
    const payload = new Uint8Array(160).fill(1);
    send({ case: 'frames', value: { legs: [1], payload } });
    payload.fill(2);
    await clock.advance(10);
    expect(lane('1').play(1)).toEqual([1]);
  });

  it('of legs of many sizes fit in one message', async () => {
    const { attach, send, lane, clock, said } = mediaScript();
    attach(1, '1');
    said();
    send({
      case: 'frames',
      value: { legs: [1, 9, 9, 1], payload: new Uint8Array(160 + 3 + 5 + 100), lengths: [160, 3, 5, 100] },
    });
    await clock.advance(10);
    expect(lane('1').ahead).toHaveLength(1);
    expect(errorsIn(said())).toMatchObject([
      { leg: 9, code: status.NOT_FOUND, reason: 'LEG_UNKNOWN', framesDropped: 2 },
      { leg: 1, code: status.INVALID_ARGUMENT, message: 'a frame of this leg has 160 bytes', framesDropped: 1 },
    ]);
  });

  it('that do not add up are dropped and told, and the stream goes on', async () => {
    const { attach, send, frames, lane, clock, said } = mediaScript();
    attach(1, '1');
    said();
    send({ case: 'frames', value: { legs: [1, 1], payload: new Uint8Array(161) } });
    expect(errorsIn(said())).toMatchObject([{ leg: undefined, code: status.INVALID_ARGUMENT, framesDropped: 2 }]);
    frames(1, 3);
    await clock.advance(10);
    expect(lane('1').play(1)).toEqual([3]);
  });

  it('more than a minute ahead are dropped for that leg alone, and counted', () => {
    const { attach, frames, said, counts } = mediaScript();
    attach(1, '1');
    attach(2, '2');
    const minute = Array.from({ length: queuedFramesMax - 1 }, () => 1);
    frames(1, ...minute);
    said();
    frames(1, 1, 2, 3);
    frames(2, 1);
    expect(errorsIn(said())).toMatchObject([{ leg: 1, reason: 'TOO_FAR_AHEAD', framesDropped: 2 }]);
    expect(counts).toEqual(['parley_media_overflows_total in']);
  });

  it('of all legs together take no more memory than a stream may', () => {
    const { send, attach, said } = mediaScript('linear16', 48_000, 1920);
    const minute = {
      legs: Array.from({ length: queuedFramesMax }, () => 0),
      payload: new Uint8Array(1920 * queuedFramesMax),
    };
    const legs = Math.ceil(queuedBytesMax / minute.payload.length);
    for (let leg = 0; leg < legs; leg += 1) {
      attach(leg, leg.toString(16));
      send({ case: 'frames', value: { ...minute, legs: minute.legs.map(() => leg) } });
    }
    const dropped = errorsIn(said());
    expect(dropped.map(({ leg, reason }) => [leg, reason])).toEqual([[legs - 1, 'TOO_FAR_AHEAD']]);
  });
});

describe('marks', () => {
  it('come back in order when what was sent before them has been played, and once', async () => {
    const { attach, frames, mark, lane, clock, said } = mediaScript();
    attach(1, '1');
    frames(1, 1, 2);
    mark(1, 'a');
    mark(1, 'b');
    frames(1, 3);
    mark(1, 'c');
    await clock.advance(10);
    said();
    lane('1').play(1);
    await clock.advance(10);
    expect(said()).toEqual([]);
    lane('1').play(1);
    await clock.advance(10);
    expect(said()).toEqual([
      { case: 'markReached', value: { leg: 1, name: 'a', cleared: false } },
      { case: 'markReached', value: { leg: 1, name: 'b', cleared: false } },
    ]);
    lane('1').play(1);
    await clock.advance(20);
    expect(said()).toEqual([{ case: 'markReached', value: { leg: 1, name: 'c', cleared: false } }]);
  });

  it('behind nothing come back with the next pump', async () => {
    const { attach, mark, clock, said } = mediaScript();
    attach(1, '1');
    said();
    mark(1, 'now');
    await clock.advance(10);
    expect(said()).toMatchObject([{ case: 'markReached', value: { name: 'now', cleared: false } }]);
  });

  it('are refused when too long, too many, or of no leg', () => {
    const { attach, frames, mark, said } = mediaScript();
    attach(1, '1');
    frames(1, 1);
    mark(1, 'x'.repeat(256));
    said();
    mark(1, 'x'.repeat(257));
    mark(2, 'x');
    for (let count = 0; count < 1000; count += 1) mark(1, `${count}`);
    expect(errorsIn(said())).toMatchObject([
      { leg: 1, code: status.INVALID_ARGUMENT },
      { leg: 2, reason: 'LEG_UNKNOWN' },
      { leg: 1, reason: 'TOO_MANY_MARKS' },
    ]);
  });
});

describe('clear', () => {
  it('silences what was sent, wherever it waits, and gives the marks back as cleared', async () => {
    const { attach, frames, mark, send, lane, clock, said } = mediaScript();
    attach(1, '1');
    frames(1, ...Array.from({ length: 50 }, () => 1));
    mark(1, 'end');
    await clock.advance(10);
    said();
    send({ case: 'clear', value: { leg: 1 } });
    expect(said()).toEqual([
      { case: 'cleared', value: { leg: 1, framesDropped: 50 } },
      { case: 'markReached', value: { leg: 1, name: 'end', cleared: true } },
    ]);
    frames(1, 9);
    mark(1, 'next');
    await clock.advance(10);
    expect(lane('1').play(32)).toEqual([9]);
    await clock.advance(10);
    expect(said()).toMatchObject([{ case: 'markReached', value: { name: 'next', cleared: false } }]);
  });

  it('tells how much is not heard, and answers when that is nothing', async () => {
    const { attach, frames, send, lane, clock, said } = mediaScript();
    attach(1, '1');
    frames(1, ...Array.from({ length: 40 }, () => 1));
    await clock.advance(10);
    lane('1').play(30);
    said();
    send({ case: 'clear', value: { leg: 1 } });
    send({ case: 'clear', value: { leg: 1 } });
    expect(said()).toEqual([
      { case: 'cleared', value: { leg: 1, framesDropped: 10 } },
      { case: 'cleared', value: { leg: 1, framesDropped: 0 } },
    ]);
  });
});

describe('detaching', () => {
  it('frees number and call, and gives the marks back', () => {
    const { attach, frames, mark, send, attached, said } = mediaScript();
    attach(1, '1');
    frames(1, 1);
    mark(1, 'end');
    said();
    send({ case: 'detach', value: { leg: 1 } });
    expect(said()).toEqual([
      { case: 'markReached', value: { leg: 1, name: 'end', cleared: true } },
      { case: 'detached', value: { leg: 1, reason: DetachReason.REQUESTED } },
    ]);
    expect(attached.size).toBe(0);
    attach(1, '2');
    expect(said()).toMatchObject([{ case: 'attached', value: { leg: 1, callSid: callSid('2') } }]);
    send({ case: 'detach', value: { leg: 5 } });
    expect(errorsIn(said())).toMatchObject([{ leg: 5, reason: 'LEG_UNKNOWN' }]);
  });

  it('happens by itself when the call is over', async () => {
    const { attach, over, attached, said, clock } = mediaScript();
    attach(1, '1');
    attach(2, '2');
    said();
    over.add(callSid('1'));
    await clock.advance(10);
    expect(said()).toEqual([{ case: 'detached', value: { leg: 1, reason: DetachReason.CALL_COMPLETED } }]);
    expect([...attached]).toEqual([callSid('2')]);
  });

  it('happens to every leg at the end of the stream, and nothing runs on', async () => {
    const { subject, attach, attached, clock } = mediaScript();
    attach(1, '1');
    attach(2, '2');
    subject.close();
    expect(attached.size).toBe(0);
    expect(clock.pending()).toBe(0);
  });
});

describe('frames for the client', () => {
  it('of all legs come in one message a pump', async () => {
    const { attach, lane, clock, said } = mediaScript();
    attach(1, '1');
    attach(2, '2');
    said();
    lane('1').heard.push(Uint8Array.of(1, 1), Uint8Array.of(2, 2));
    lane('2').heard.push(Uint8Array.of(3, 3));
    await clock.advance(10);
    expect(said()).toEqual([
      { case: 'frames', value: { legs: [1, 1, 2], payload: Uint8Array.of(1, 1, 2, 2, 3, 3), lengths: [] } },
    ]);
    await clock.advance(10);
    expect(said()).toEqual([]);
  });

  it('say in which of them somebody speaks', async () => {
    const { attach, lane, clock, said } = mediaScript();
    attach(1, '1');
    said();
    const [quiet, loud] = [Uint8Array.of(1), Uint8Array.of(2)];
    lane('1').voiced.add(loud);
    lane('1').heard.push(quiet, loud);
    await clock.advance(10);
    lane('1').heard.push(quiet);
    await clock.advance(10);
    expect(said()).toEqual([
      {
        case: 'frames',
        value: { legs: [1, 1], payload: Uint8Array.of(1, 2), lengths: [], voice: [false, true] },
      },
      { case: 'frames', value: { legs: [1], payload: Uint8Array.of(1), lengths: [] } },
    ]);
  });

  it('wait for a client that does not read, a second long; the gap is told before what follows', async () => {
    const { attach, lane, clock, wire, said, drain, counts } = mediaScript();
    attach(1, '1');
    said();
    wire.isReady = false;
    for (let frame = 0; frame < 75; frame += 1) {
      lane('1').heard.push(Uint8Array.of(frame));
      await clock.advance(20);
    }
    expect(said()).toEqual([]);
    drain();
    const [gap, ...rest] = said();
    const frames = rest.flatMap(({ case: kind, value }) => (kind === 'frames' ? [...(value.payload ?? [])] : []));
    expect(gap).toEqual({ case: 'gap', value: { leg: 1, frames: 75 - frames.length } });
    expect(frames.length).toBeGreaterThanOrEqual(49);
    expect(frames.length).toBeLessThanOrEqual(51);
    expect(frames.at(-1)).toBe(74);
    expect(frames).toEqual(Array.from({ length: frames.length }, (_, index) => 75 - frames.length + index));
    expect(counts).toContain('parley_media_overflows_total out');
  });

  it('never follow the end of their leg, nor does a gap', async () => {
    const { attach, send, lane, clock, wire, said, drain } = mediaScript();
    attach(1, '1');
    said();
    wire.isReady = false;
    for (let frame = 0; frame < 75; frame += 1) {
      lane('1').heard.push(Uint8Array.of(frame));
      await clock.advance(20);
    }
    send({ case: 'detach', value: { leg: 1 } });
    attach(1, '2');
    drain();
    expect(said().map(({ case: kind }) => kind)).toEqual(['detached', 'attached']);
    lane('2').heard.push(Uint8Array.of(1));
    await clock.advance(20);
    expect(said().map(({ case: kind }) => kind)).toEqual(['frames']);
  });

  it('stop, with the stream, for a client that leaves too many answers unread', () => {
    const { mark, wire, failures, drain, counts } = mediaScript();
    for (let count = 0; count < answersMax; count += 1) mark(1, 'read at once');
    wire.isReady = false;
    for (let count = 0; count < answersMax; count += 1) mark(1, 'read late');
    drain();
    wire.isReady = false;
    for (let count = 0; count < answersMax; count += 1) mark(1, 'x');
    expect(failures).toEqual([]);
    mark(1, 'x');
    expect(failures).toMatchObject([{ code: status.RESOURCE_EXHAUSTED, reason: 'READS_TOO_SLOWLY' }]);
    expect(counts).toContain('parley_rpcs_cut_total slow-reader');
  });
});

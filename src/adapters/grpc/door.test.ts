/** What clients of HTTP/2 and of gRPC see of a refusal at the door; which calls are refused is tested beside. */
import { once } from 'node:events';
import { constants } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accountA, callSid } from '../../../test/support/grpc/fake-application.js';
import { GrpcClient, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { ask, ended, open, rawClient } from '../../../test/support/grpc/raw-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { refusalMsMax } from '../../app/requests/late-refusals.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { messageBytesMax } from './server.js';

const { getCall } = CallService.method;
const nobody = { accounts: () => null };
const allowing = (perSecond: number) => ({
  allowedOf: () => ({ perSecond, burst: perSecond }),
  visitorsAllowed: () => ({ perSecond, burst: perSecond }),
  streamsMaxOf: () => null,
});

describe('a refusal', () => {
  it.each([
    ['who has asked', (port: number) => ask(rawClient(port), getCall, { callSid: callSid('1') })],
    ['who has said nothing yet', (port: number) => open(rawClient(port), getCall)],
    ['who wants a stream', (port: number) => open(rawClient(port), EventService.method.watchEvents)],
  ])('is one block of headers that ends the stream, to %s', async (_who, begin) => {
    const served = await serveFake(nobody);
    const stream = begin(served.server.port);
    stream.on('trailers', () => expect.fail('there is nothing after the headers'));
    const [headers, flags] = await once(stream, 'response');
    expect(headers).toMatchObject({
      ...{ ':status': 200, 'content-type': 'application/grpc+proto' },
      ...{ 'grpc-status': String(status.UNAUTHENTICATED), 'grpc-message': expect.stringMatching(/^send%20metadata/) },
      'grpc-status-details-bin': expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/),
    });
    expect(flags & constants.NGHTTP2_FLAG_END_STREAM).toBe(constants.NGHTTP2_FLAG_END_STREAM);
    stream.resume();
    expect(await ended(stream)).toBe(constants.NGHTTP2_NO_ERROR);
    expect(served.asked).toEqual([]);
  });

  it('stops a client that goes on sending', async () => {
    const served = await serveFake(nobody);
    const stream = open(rawClient(served.server.port), getCall);
    let sent = 0;
    const pour = (): void => {
      while (!stream.closed && stream.write(Buffer.alloc(16_384))) sent += 16_384;
    };
    stream.on('drain', pour);
    pour();
    stream.resume();
    expect(await ended(stream)).toBe(constants.NGHTTP2_NO_ERROR);
    // One window of its stream, and what the client keeps of its own.
    expect(sent).toBeLessThan(4 * 65_536);
  });

  it('reaches a client of gRPC whose message is as long as one may be', async () => {
    const served = await serveFake(nobody);
    const long = Buffer.alloc(messageBytesMax - 100);
    expect(await refusalOf(served.client.unaryBytes(getCall, long))).toMatchObject({
      ...{ code: status.UNAUTHENTICATED, reason: 'UNAUTHENTICATED', contractCode: '20003' },
      message: expect.stringContaining('send metadata "authorization: Bearer TOKEN"'),
    });
    // The connection is as good as before.
    expect(await refusalOf(served.client.unary(getCall, { callSid: callSid('1') }))).toMatchObject({
      code: status.UNAUTHENTICATED,
    });
  });

  it('that is said late is forgotten when nobody waits for it any more', async () => {
    const clock = new VirtualClock();
    const served = await serveFake({ clock, requests: allowing(1) });
    const session = rawClient(served.server.port);
    const streams = Array.from({ length: 60 }, () => open(session, getCall));
    await eventually(
      () => served.counts.filter((line) => line.startsWith('parley_api_refusals_postponed')).length,
    ).toBe(9);
    streams.at(-1)?.close(constants.NGHTTP2_CANCEL);
    const cancellations = () => served.counts.filter((line) => line === 'parley_rpcs_total CANCELLED').length;
    await eventually(cancellations).toBe(1);
    session.destroy();
    await eventually(cancellations).toBe(9);
    await clock.advance(refusalMsMax);
    expect(cancellations()).toBe(9);
    expect(served.errors).toEqual([]);
  });
});

describe('a call of a method that there is not', () => {
  it('is told so to accounts alone, and counts as any other', async () => {
    const accounts = (authorization: string | null) => (authorization === 'Bearer alpha' ? accountA : null);
    const served = await serveFake({ accounts, clock: new VirtualClock(), requests: allowing(1) });
    const nothing = { ...getCall, name: 'Nothing' } as typeof getCall;
    const asked = async (client: GrpcClient) => (await refusalOf(client.unary(nothing, {}))).code;
    expect(await asked(served.client)).toBe(status.UNAUTHENTICATED);
    const known = served.connect('Bearer alpha');
    expect([await asked(known), await asked(known)]).toEqual([status.UNIMPLEMENTED, status.RESOURCE_EXHAUSTED]);
  });
});

describe('what is no gRPC', () => {
  it('has an answer of HTTP', async () => {
    const served = await serveFake(nobody);
    const stream = rawClient(served.server.port).request({ ':path': '/' });
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(415);
  });
});

describe('a token that several clients show', () => {
  it('is looked at anew with each call, as accounts change', async () => {
    let owner: typeof accountA | null = accountA;
    const served = await serveFake({ accounts: () => owner });
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer alpha');
    const client = new GrpcClient(served.server.port, metadata);
    onTestFinished(() => client.close());
    await client.unary(getCall, { callSid: callSid('1') });
    owner = null;
    expect(await refusalOf(client.unary(getCall, { callSid: callSid('1') }))).toMatchObject({
      code: status.UNAUTHENTICATED,
    });
  });
});

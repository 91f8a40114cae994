import { getEventListeners } from 'node:events';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accountA } from '../../../test/support/grpc/fake-application.js';
import { GrpcClient, reader, readRefusal } from '../../../test/support/grpc/grpc-client.js';
import { eventually } from '../../../test/support/grpc/served.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { ok } from '../../base/result.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { MediaService } from '../../gen/parley/v1/media_service_pb.js';
import { Admission } from './admission.js';
import { AdmittedCalls } from './admitted-calls.js';
import { Door } from './door.js';
import { internal } from './failure.js';
import { meetHttp2Server } from './http2-server.js';
import { type CallContext, type ServiceHost, serve } from './service-definition.js';
import { StandingCalls } from './standing-calls.js';
import { supervision } from './supervision.js';

/** A server of its own with whatever `addServices` gives it, and a client to it. */
async function serving(addServices: (host: ServiceHost) => void) {
  const [clock, metrics] = [new VirtualClock(), recordingMetrics()];
  const calls = new AdmittedCalls(metrics);
  const admission = new Admission(null, null);
  const stopping = new AbortController();
  const supervised = { clock, metrics, calls, standing: new StandingCalls(), stopping: stopping.signal };
  const server = new Server({ interceptors: [supervision(supervised)] });
  const methods = new Map();
  const door = new Door({
    clock,
    metrics,
    accounts: () => accountA,
    admission,
    calls,
    spans: null,
    methods,
    streamsMax: 10,
  });
  meetHttp2Server(server, (http2) => door.stand(http2));
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  addServices({ server, logger, clock, calls, stopping: stopping.signal });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new GrpcClient(port);
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  return { client, stopping };
}

describe('a server stream that is over', () => {
  it('is forgotten, though the server lives on', async () => {
    const contexts: CallContext[] = [];
    const { client, stopping } = await serving((host) =>
      serve(host, EventService, {
        watchEvents: async (_request, context) => {
          contexts.push(context);
          return ok(undefined);
        },
      }),
    );
    expect(await reader(client.serverStream(EventService.method.watchEvents, {})).next()).toBeNull();
    await eventually(() => contexts[0]?.signal.aborted).toBe(true);
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
  });
});

describe('a duplex stream that fails', () => {
  it('says why, whatever is written after, and is closed once', async () => {
    let closed = 0;
    const { client } = await serving((host) =>
      serve(host, MediaService, {
        stream: (_context, outgoing, fail) => ({
          receive: () => {
            outgoing.write({ message: { case: 'gap', value: { leg: 1, frames: 1 } } });
            fail({ ...internal, reason: 'THE_CAUSE' });
            outgoing.write({ message: { case: 'gap', value: { leg: 2, frames: 1 } } });
            fail({ ...internal, reason: 'ANOTHER' });
          },
          close: () => {
            closed += 1;
          },
        }),
      }),
    );
    const stream = client.duplex(MediaService.method.stream);
    stream.write({ message: { case: undefined } });
    stream.write({ message: { case: undefined } });
    stream.end();
    const replies = reader(stream);
    expect(await replies.next()).toMatchObject({ message: { value: { leg: 1 } } });
    expect(await replies.next().catch(readRefusal)).toMatchObject({
      code: status.INTERNAL,
      reason: 'THE_CAUSE',
    });
    expect(closed).toBe(1);
  });
});

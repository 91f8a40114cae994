import { getEventListeners } from 'node:events';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { accountA } from '../../../test/support/grpc/fake-application.js';
import { GrpcClient, reader } from '../../../test/support/grpc/grpc-client.js';
import { ok } from '../../base/result.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { authentication } from './authentication.js';
import { type CallContext, serve } from './service-definition.js';

it('forgets a stream that is over, though the server lives on', async () => {
  const server = new Server({ interceptors: [authentication(() => accountA)] });
  const stopping = new AbortController();
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const contexts: CallContext[] = [];
  serve({ server, logger, stopping: stopping.signal }, EventService, {
    watchEvents: async (_request, context) => {
      contexts.push(context);
      return ok(undefined);
    },
  });
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
  expect(await reader(client.serverStream(EventService.method.watchEvents, {})).next()).toBeNull();
  await expect.poll(() => contexts[0]?.signal.aborted).toBe(true);
  expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
});

/** A gRPC server on a port of the machine's choice with a fake behind it, and clients to it; all end with the test. */
import { Metadata } from '@grpc/grpc-js';
import { expect, onTestFinished } from 'vitest';
import type { Operations } from '../../../src/adapters/grpc/admin-handlers.js';
import type { Accounts } from '../../../src/adapters/grpc/authentication.js';
import { type ConnectionTimes, connectionTimes } from '../../../src/adapters/grpc/connection-times.js';
import { type GrpcServer, startGrpcServer } from '../../../src/adapters/grpc/server.js';
import type { Auditing } from '../../../src/adapters/grpc/service-definition.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import type { FailedLogins } from '../../../src/app/failed-logins.js';
import type { Metrics } from '../../../src/app/metrics.js';
import type { ConnectionLimits } from '../../../src/app/requests/connections.js';
import { RequestLimits, type RequestLimitsParts } from '../../../src/app/requests/request-limits.js';
import type { TlsIdentity } from '../../../src/app/tls.js';
import type { Clock, Logger } from '../../../src/base/ports.js';
import type { Tracer } from '../../../src/base/tracer.js';
import { accountA, type FakeApplication, fakeApplication } from './fake-application.js';
import { GrpcClient } from './grpc-client.js';

export type Served = FakeApplication & {
  readonly server: GrpcServer;
  readonly client: GrpcClient;
  /** `name labels` of every count so far. */
  readonly counts: readonly string[];
  /** Event names of errors that were logged: bugs. */
  readonly errors: readonly string[];
  connect(authorization?: string): GrpcClient;
};

export async function serveFake(
  options: {
    readonly accounts?: Accounts;
    readonly clock?: Clock;
    readonly tls?: TlsIdentity;
    readonly operations?: Operations;
    readonly auditing?: Auditing;
    readonly failedLogins?: FailedLogins;
    readonly requests?: Pick<RequestLimitsParts, 'allowedOf' | 'visitorsAllowed' | 'streamsMaxOf'>;
    readonly connectionLimits?: ConnectionLimits;
    /** Those that are others than a daemon's. */
    readonly times?: Partial<ConnectionTimes>;
    readonly tracer?: Tracer;
  } = {},
): Promise<Served> {
  const fake = fakeApplication();
  const counts: string[] = [];
  const errors: string[] = [];
  const metrics: Metrics = {
    count: (name, labels) => counts.push(`${name} ${Object.values(labels).join(' ')}`),
    set: () => {},
    observe: () => {},
  };
  const logger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: (event) => errors.push(event) };
  const { clock = systemClock, requests, connectionLimits } = options;
  const server = await startGrpcServer({
    application: fake.application,
    accounts: options.accounts ?? (() => accountA),
    clock,
    logger,
    metrics,
    address: '127.0.0.1:0',
    tls: options.tls ?? null,
    operations: options.operations ?? null,
    auditing: options.auditing ?? null,
    failedLogins: options.failedLogins ?? null,
    tracer: options.tracer ?? null,
    requestLimits: requests === undefined ? null : new RequestLimits({ ...requests, clock, metrics }),
    times: { ...connectionTimes, ...options.times },
    ...(connectionLimits === undefined ? {} : { connectionLimits: () => connectionLimits }),
  });
  const clients: GrpcClient[] = [];
  const connect = (authorization?: string): GrpcClient => {
    const metadata = new Metadata();
    if (authorization !== undefined) metadata.set('authorization', authorization);
    const client = new GrpcClient(server.port, metadata);
    clients.push(client);
    return client;
  };
  onTestFinished(async () => {
    for (const client of clients) client.close();
    await server.stop(0);
  });
  return { ...fake, server, client: connect(), counts, errors, connect };
}

/** For what happens on the other side of the wire: looks again and again. */
export const eventually = <T>(look: () => T) => expect.poll(look);

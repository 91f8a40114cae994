/** gRPC over TLS and with certificates of clients, on real sockets. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Issued, TestAuthority } from '../../../test/support/certificates.js';
import { accountA, accountB, callSid, conferenceSid, running } from '../../../test/support/grpc/fake-application.js';
import { GrpcClient, reader, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import { TestIdentity } from '../../../test/support/tls.js';
import { ok } from '../../base/result.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';
import type { Accounts } from './authentication.js';

const { getCall } = CallService.method;
const { watchConference } = ConferenceService.method;

const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'parley-grpc-tls-')));
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
const [authority, strangers] = folders.map((folder) => new TestAuthority(folder)) as [TestAuthority, TestAuthority];
const [server, nextServer, platform, stranger] = [
  authority.issue('server'),
  authority.issue('next-server'),
  authority.issue('platform', { subject: '/O=Acme/CN=platform' }),
  strangers.issue('stranger', { subject: '/O=Acme/CN=platform' }),
];

/** Trusts the authority of the test. */
function clientTo(port: number, shown: Issued | null = null, token: string | null = null): GrpcClient {
  const files = shown === null ? [] : [readFileSync(shown.key), readFileSync(shown.cert)];
  const channel = credentials.createSsl(readFileSync(authority.file), files[0], files[1]);
  const metadata = new Metadata();
  if (token !== null) metadata.set('authorization', `Bearer ${token}`);
  const client = new GrpcClient(port, metadata, channel);
  onTestFinished(() => client.close());
  return client;
}

/** The name in the certificate that the server shows now. */
const shownBy = (port: number): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: readFileSync(authority.file), ALPNProtocols: ['h2'] }, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.destroy();
    });
    socket.on('error', reject);
  });

const ask = (client: GrpcClient) => client.unary(getCall, { callSid: callSid('1') });

describe('gRPC over TLS', () => {
  it('is answered to whoever trusts the certificate, and to nobody in clear text', async () => {
    const served = await serveFake({ tls: new TestIdentity(server) });
    await ask(clientTo(served.server.port));
    expect(await refusalOf(ask(served.client))).toMatchObject({ code: status.UNAVAILABLE });
    expect(served.asked).toHaveLength(1);
  });

  it('shows a new certificate to those who come, and goes on with those who are there', async () => {
    const identity = new TestIdentity(server);
    const served = await serveFake({ tls: identity });
    let tell = (): void => {};
    served.answers.watchConference = async (_account, _sid, listener) => {
      tell = () => listener(running());
      tell();
      return ok(() => {});
    };
    const before = clientTo(served.server.port);
    const states = reader(before.serverStream(watchConference, { conferenceSid }));
    await states.next();
    expect(await shownBy(served.server.port)).toBe('server');
    identity.replace(nextServer);
    expect(await shownBy(served.server.port)).toBe('next-server');
    await ask(before);
    tell();
    await states.next();
    await ask(clientTo(served.server.port));
  });
});

describe('certificates of clients', () => {
  const accounts: Accounts = (authorization, subject) =>
    subject?.CN === 'platform' ? accountA : authorization === 'Bearer token' ? accountB : null;

  it('are asked of everybody, and nobody gets in by another authority', async () => {
    const served = await serveFake({ tls: new TestIdentity(server, authority.file), accounts });
    const { port } = served.server;
    expect(await refusalOf(ask(clientTo(port, null, 'token')))).toMatchObject({ code: status.UNAVAILABLE });
    expect(await refusalOf(ask(clientTo(port, stranger, 'token')))).toMatchObject({ code: status.UNAVAILABLE });
    expect(served.asked).toEqual([]);
  });

  it('say who calls, beside a token or without one', async () => {
    const served = await serveFake({ tls: new TestIdentity(server, authority.file), accounts });
    const { port } = served.server;
    await ask(clientTo(port, platform));
    await ask(clientTo(port, nextServer, 'token'));
    expect(served.asked.map(({ arguments: [account] }) => account)).toEqual([accountA, accountB]);
    expect(await refusalOf(ask(clientTo(port, nextServer)))).toMatchObject({ code: status.UNAUTHENTICATED });
  });
});

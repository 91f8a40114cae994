/** How long connections are kept, on real sockets and by the real clock, which grpc-js goes by: with short times. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Issued, TestAuthority } from '../../../test/support/certificates.js';
import { breakable } from '../../../test/support/grpc/breakable.js';
import { callSid, conferenceSid, running } from '../../../test/support/grpc/fake-application.js';
import { ask, open, rawClient } from '../../../test/support/grpc/raw-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { closed, quietly } from '../../../test/support/sockets.js';
import { TestIdentity } from '../../../test/support/tls.js';
import { ok } from '../../base/result.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import type { ConnectionTimes } from './connection-times.js';

const { getCall } = CallService.method;
const { watchConference } = ConferenceService.method;
const { watchEvents } = EventService.method;

/** Short, but longer than a busy machine holds up one that does its part. */
const short = { handshake: 1000, keepAlive: 50, answer: 2000, idle: 1000, age: 1000 };
/** For whom nobody answers anyway. */
const shortAnswer = 400;

describe('a connection without a call', () => {
  it('is closed after a while; one with a call is not, however long that says nothing', async () => {
    const { server } = await serveFake({ times: { idle: short.idle } });
    const busy = rawClient(server.port);
    await once(ask(busy, watchEvents, {}), 'response');
    await once(rawClient(server.port), 'close');
    expect([busy.closed, busy.destroyed]).toEqual([false, false]);
    await once(ask(busy, getCall, { callSid: callSid('1') }), 'response');
  });
});

describe('a connection that has its age', () => {
  it('is told so and takes no new call, and those under way go on', async () => {
    const served = await serveFake({ times: { age: short.age } });
    let tell = (): void => {};
    served.answers.watchConference = async (_account, _sid, listener) => {
      tell = () => listener(running());
      tell();
      return ok(() => {});
    };
    const session = rawClient(served.server.port);
    const states = ask(session, watchConference, { conferenceSid });
    const [code, , why] = await once(session, 'goaway');
    expect([code, String(why)]).toEqual([constants.NGHTTP2_NO_ERROR, 'max_age']);
    expect(() => open(session, getCall)).toThrow('GOAWAY');
    states.read();
    tell();
    await once(states, 'readable');
    await once(ask(rawClient(served.server.port), getCall, { callSid: callSid('1') }), 'response');
  });
});

describe('a client that is gone without a word', () => {
  it('is noticed, and the handlers of its streams let go', async () => {
    const served = await serveFake({ times: { keepAlive: short.keepAlive, answer: short.answer } });
    const left: string[] = [];
    served.answers.watchConference = async (_account, _sid, listener) => {
      listener(running());
      return ok(() => left.push('watch'));
    };
    const way = await breakable(served.server.port);
    const stays = rawClient(served.server.port);
    await once(ask(stays, watchEvents, {}), 'response');
    await once(ask(rawClient(way.port), watchConference, { conferenceSid }), 'response');
    way.freeze();
    await eventually(() => left).toEqual(['watch']);
    expect(stays.destroyed).toBe(false);
  });

  it('holds up no stop, neither before nor while that is noticed', async () => {
    for (const times of [{}, { keepAlive: short.keepAlive, answer: short.answer }]) {
      const { server, answers } = await serveFake({ times });
      const stopped = new Promise<void>((resolve) => {
        answers.watchConference = async (_account, _sid, listener) => {
          listener(running());
          return ok(() => resolve(server.stop(0)));
        };
      });
      const way = await breakable(server.port);
      await once(ask(rawClient(way.port), watchConference, { conferenceSid }), 'response');
      way.freeze();
      await ('answer' in times ? stopped : server.stop(0));
    }
  });

  it('is noticed, too, when it never said one', async () => {
    const { server } = await serveFake({ times: { keepAlive: short.keepAlive, answer: shortAnswer } });
    await closed(quietly(connect(server.port, '127.0.0.1')).resume());
  });
});

describe('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-grpc-times-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const authority = new TestAuthority(folder);
  const issued: Issued = authority.issue('server');
  /** With a place for one alone. */
  const serve = (times: Partial<ConnectionTimes>) =>
    serveFake({ tls: new TestIdentity(issued), times, connectionLimits: { max: 1, perAddressMax: 0 } });
  const greets = (port: number): Promise<void> =>
    new Promise((resolve) => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: readFileSync(authority.file), ALPNProtocols: ['h2'] });
      quietly(socket).once('secureConnect', () => resolve());
    });

  it('a client that says nothing is gone, and its place is free', async () => {
    const { server } = await serve({ handshake: short.handshake });
    await closed(quietly(connect(server.port, '127.0.0.1')).resume());
    await greets(server.port);
  });

  it('a client that greets byte by byte is gone likewise', async () => {
    const { server } = await serve({ handshake: short.handshake });
    const socket = quietly(connect(server.port, '127.0.0.1')).resume();
    // The head of a record of 512 bytes, and of a ClientHello that fills it (RFC 8446 4 and 5.1).
    const greeting = Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), Buffer.alloc(500)]);
    let said = 0;
    const speaking = setInterval(() => socket.write(greeting.subarray(said, ++said)), 5);
    onTestFinished(() => clearInterval(speaking));
    await closed(socket);
    clearInterval(speaking);
    expect(said).toBeLessThan(greeting.length);
    await greets(server.port);
  });

  it('a client that greets and then says nothing is gone as in clear text', async () => {
    const { server } = await serve({ keepAlive: short.keepAlive, answer: shortAnswer });
    const socket = connectTls({
      port: server.port,
      host: '127.0.0.1',
      ca: readFileSync(authority.file),
      ALPNProtocols: ['h2'],
    });
    await closed(quietly(socket).resume());
    await greets(server.port);
  });
});

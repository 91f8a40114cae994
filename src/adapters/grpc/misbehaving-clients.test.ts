/** Clients that ask too much, take nothing, or only hold their place: what becomes of them, and not of others. */
import { once } from 'node:events';
import { constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { fromBinary } from '@bufbuild/protobuf';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accountA, accountB, callSid, conferenceSid, running } from '../../../test/support/grpc/fake-application.js';
import { GrpcClient, reader, readRefusal, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { ask, ended, open, rawClient, readsNothing } from '../../../test/support/grpc/raw-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { closed, quietly } from '../../../test/support/sockets.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { ConferenceView } from '../../app/application.js';
import { FailedLogins, ofAddress } from '../../app/failed-logins.js';
import { refusalMsMax } from '../../app/requests/late-refusals.js';
import { ok } from '../../base/result.js';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { AdminService } from '../../gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { ConferenceService, WatchConferenceResponseSchema } from '../../gen/parley/v1/conference_service_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { MediaService } from '../../gen/parley/v1/media_service_pb.js';
import { bearerToken } from './authentication.js';
import { pingsAllowed } from './connection-guard.js';
import { crowdMin } from './crowds.js';
import { stallMsMax } from './outgoing.js';
import { callMsMax } from './supervision.js';

const { getCall } = CallService.method;
const accounts = (authorization: string | null) => {
  const token = bearerToken(authorization);
  return token === 'alpha' ? accountA : token === 'beta' ? accountB : null;
};
const allowing = (perSecond: number, streamsMax: number | null = null) => ({
  allowedOf: () => ({ perSecond, burst: 2 * perSecond }),
  visitorsAllowed: () => ({ perSecond, burst: 2 * perSecond }),
  streamsMaxOf: () => streamsMax,
});
const tooMany = {
  code: status.RESOURCE_EXHAUSTED,
  reason: 'TOO_MANY_REQUESTS',
  contractCode: '20429',
  retryAfterSeconds: 1,
};

describe('an account that asks more than it may', () => {
  it('is told when to come back before its message is read, and another account is not', async () => {
    const served = await serveFake({ accounts, clock: new VirtualClock(), requests: allowing(1) });
    const [greedy, modest] = [served.connect('Bearer alpha'), served.connect('Bearer beta')];
    for (const _ of [1, 2]) await greedy.unary(getCall, { callSid: callSid('1') });
    const refused = await refusalOf(greedy.unaryBytes(getCall, Buffer.from([0xff])));
    expect(refused).toMatchObject(tooMany);
    expect(refused.message).toContain('apiRequestsPerSecond');
    expect(await reader(greedy.duplex(MediaService.method.stream)).next().catch(readRefusal)).toMatchObject(tooMany);
    await modest.unary(getCall, { callSid: callSid('1') });
    expect(served.asked).toHaveLength(3);
    expect(served.counts).toContain('parley_api_rate_limited_total grpc');
  });

  it('in a flood waits for its refusals, which are not lost', async () => {
    const clock = new VirtualClock();
    const served = await serveFake({ accounts, clock, requests: allowing(1) });
    const greedy = served.connect('Bearer alpha');
    let answered = 0;
    const flood = Array.from({ length: 70 }, () =>
      refusalOf(greedy.unary(getCall, { callSid: callSid('1') })).then(
        () => (answered += 1),
        () => (answered += 1),
      ),
    );
    await eventually(() => answered).toBe(52);
    expect(served.counts.filter((line) => line === 'parley_api_refusals_postponed_total grpc')).toHaveLength(18);
    await clock.advance(5000);
    await Promise.all(flood);
  });

  it('with wrong tokens waits for its refusals, and who has a right one does not', async () => {
    const clock = new VirtualClock();
    const failedLogins = new FailedLogins(clock, recordingMetrics());
    const served = await serveFake({ accounts, clock, failedLogins });
    const nobody = served.connect('Bearer a-guess');
    const codes: unknown[] = [];
    const flood = Array.from({ length: ofAddress.burst + 60 }, async () => {
      codes.push((await refusalOf(nobody.unary(getCall, { callSid: callSid('1') }))).code);
    });
    // A second of refusals is said at once.
    await eventually(() => codes.length).toBe(ofAddress.burst + 50);
    await served.connect('Bearer alpha').unary(getCall, { callSid: callSid('1') });
    await clock.advance(5000);
    await Promise.all(flood);
    expect(codes.filter((code) => code === status.UNAUTHENTICATED)).toHaveLength(ofAddress.burst);
    expect(codes.filter((code) => code === status.RESOURCE_EXHAUSTED)).toHaveLength(60);
  });

  it('cannot spend what another account has, nor an address that of others', async () => {
    const served = await serveFake({ accounts, clock: new VirtualClock(), requests: allowing(1) });
    const spoof = new Metadata();
    spoof.set('parley-account-sid', accountB);
    const nobody = new GrpcClient(served.server.port, spoof);
    onTestFinished(() => nobody.close());
    const check = () => nobody.unary(Health.method.check, { service: '' });
    for (const _ of [1, 2]) await check();
    expect(await refusalOf(check())).toMatchObject(tooMany);
    const modest = served.connect('Bearer beta');
    for (const _ of [1, 2]) await modest.unary(getCall, { callSid: callSid('1') });
  });

  it('has so many streams, and another when one has ended', async () => {
    const served = await serveFake({ accounts, requests: allowing(0, 2) });
    const greedy = served.connect('Bearer alpha');
    const watch = () => {
      const stream = greedy.serverStream(EventService.method.watchEvents, {});
      return { stream, states: reader(stream) };
    };
    const [first, second] = [watch(), watch()];
    for (const { states } of [first, second]) await states.next();
    expect(await watch().states.next().catch(readRefusal)).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'ACCOUNT_LIMIT',
      contractCode: '16021',
    });
    first.stream.on('error', () => {});
    first.stream.cancel();
    await eventually(() => served.counts).toContain('parley_rpcs_total CANCELLED');
    expect(await watch().states.next()).toMatchObject({ message: { case: 'watchStarted' } });
    second.stream.on('error', () => {});
    second.stream.cancel();
  });
});

describe('a call that does not end', () => {
  it('is ended after a minute, and its handler is told', async () => {
    const clock = new VirtualClock();
    const served = await serveFake({ clock });
    served.answers.endConference = () => new Promise(() => {});
    const update = { conferenceSid, update: { case: 'end', value: {} } } as const;
    const refusal = refusalOf(served.client.unary(ConferenceService.method.updateConference, update));
    await eventually(() => served.asked.length).toBe(1);
    await clock.advance(callMsMax);
    expect(await refusal).toMatchObject({ code: status.DEADLINE_EXCEEDED, reason: 'OUT_OF_TIME' });
    expect(served.counts).toContain('parley_rpcs_total DEADLINE_EXCEEDED');
  });

  it.each([
    ['a method', getCall],
    ['a stream', EventService.method.watchEvents],
  ])('because its message never comes is ended too: of %s', async (_what, method) => {
    const clock = new VirtualClock();
    const served = await serveFake({ clock });
    const stream = open(rawClient(served.server.port), method);
    // A call that is answered after it was seen after it.
    await once(stream.session ?? stream, 'remoteSettings');
    await served.client.unary(getCall, { callSid: callSid('1') });
    const told = once(stream, 'response');
    await clock.advance(callMsMax);
    const [headers] = await told;
    expect(headers['grpc-status']).toBe(String(status.DEADLINE_EXCEEDED));
  });

  it('because its reply is not taken is cut', async () => {
    const clock = new VirtualClock();
    const served = await serveFake({ clock });
    const stream = ask(rawClient(served.server.port, readsNothing), AdminService.method.getCapacity, {});
    await once(stream, 'response');
    const end = ended(stream);
    await clock.advance(callMsMax + 1000);
    expect(await end).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(served.counts).toContain('parley_rpcs_cut_total too-long');
  });
});

describe('a stream that nobody reads', () => {
  it('is cut when nothing was taken for a minute, and its handler lets go', async () => {
    const clock = new VirtualClock();
    const served = await serveFake({ clock });
    const left: string[] = [];
    served.answers.watchConference = async (_account, _sid, listener) => {
      listener(running());
      return ok(() => left.push('watch'));
    };
    const session = rawClient(served.server.port, readsNothing);
    const streams = [
      ask(session, ConferenceService.method.watchConference, { conferenceSid }),
      ask(session, EventService.method.watchEvents, {}),
    ];
    await Promise.all(streams.map((stream) => once(stream, 'response')));
    const ends = Promise.all(streams.map(ended));
    await clock.advance(stallMsMax - 1);
    expect(left).toEqual([]);
    await clock.advance(1);
    const calm = constants.NGHTTP2_ENHANCE_YOUR_CALM;
    expect(await ends).toEqual([calm, calm]);
    await eventually(() => left).toEqual(['watch']);
    expect(served.counts.filter((line) => line === 'parley_rpcs_cut_total slow-reader')).toHaveLength(2);
  });

  it('keeps one state of a conference and the newest, however many there were', async () => {
    const served = await serveFake();
    let put = (_view: ConferenceView): void => {};
    served.answers.watchConference = async (_account, _sid, listener) => {
      put = listener;
      return ok(() => {});
    };
    const session = rawClient(served.server.port, readsNothing);
    const stream = ask(session, ConferenceService.method.watchConference, { conferenceSid });
    await eventually(() => served.asked.length).toBe(1);
    const view = running();
    put(view);
    await once(stream, 'response');
    for (let state = 0; state < 10; state += 1) {
      put(view);
      // Time for it to be written, if it were.
      await new Promise((resolve) => setImmediate(resolve));
    }
    let bytes = Buffer.alloc(0);
    stream.on('data', (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
    });
    session.settings({ initialWindowSize: 1 << 20 });
    const messages = () => {
      const read = [];
      for (let at = 0; at + 5 <= bytes.length; ) {
        const end = at + 5 + bytes.readUInt32BE(at + 1);
        if (end > bytes.length) break;
        read.push(fromBinary(WatchConferenceResponseSchema, bytes.subarray(at + 5, end)).skippedStates);
        at = end;
      }
      return read;
    };
    await eventually(messages).toEqual([0, 9]);
    stream.close();
  });
});

describe('a connection', () => {
  it('that sends a flood of pings is closed, and says why', async () => {
    const served = await serveFake({ clock: new VirtualClock() });
    const session = rawClient(served.server.port, { maxOutstandingPings: 10 * pingsAllowed.burst });
    await once(session, 'remoteSettings');
    const told = once(session, 'goaway');
    for (let ping = 0; ping <= pingsAllowed.burst; ping += 1) session.ping(() => {});
    const [code, , why] = await told;
    expect([code, String(why)]).toEqual([constants.NGHTTP2_ENHANCE_YOUR_CALM, 'too_many_pings']);
    expect(served.counts).toContain('parley_connections_cut_total pings');
    await served.client.unary(getCall, { callSid: callSid('1') });
  });

  it('takes a thousand calls at once', async () => {
    const served = await serveFake();
    const session = rawClient(served.server.port);
    await once(session, 'remoteSettings');
    expect(session.remoteSettings.maxConcurrentStreams).toBe(1000);
  });

  it('that brings a flood takes fewer at once until no refusal waits, beside those that run', async () => {
    const clock = new VirtualClock();
    const served = await serveFake({ clock, requests: allowing(1) });
    const session = rawClient(served.server.port);
    await once(session, 'remoteSettings');
    const told = once(session, 'remoteSettings');
    const asked = Array.from({ length: 52 + crowdMin }, () => open(session, EventService.method.watchEvents));
    const [narrow] = await told;
    expect(narrow.maxConcurrentStreams).toBe(2 + crowdMin);
    // Those that run, and the others that wait with them, are answered as ever.
    const refused = asked.slice(52).map((stream) => once(stream, 'response'));
    const wide = once(session, 'remoteSettings');
    await clock.advance(refusalMsMax);
    for (const [headers] of await Promise.all(refused)) {
      expect(headers['grpc-status']).toBe(String(status.RESOURCE_EXHAUSTED));
    }
    expect((await wide)[0].maxConcurrentStreams).toBe(1000);
    expect(asked[0]?.closed).toBe(false);
  });

  it('that is one too many is closed at once, and those there are go on', async () => {
    const served = await serveFake({ connectionLimits: { max: 3, perAddressMax: 0 } });
    await served.client.unary(getCall, { callSid: callSid('1') });
    const come = (): Socket => quietly(connect(served.server.port, '127.0.0.1')).resume();
    const silent = [come(), come()];
    await Promise.all(silent.map((socket) => once(socket, 'data')));
    await closed(come());
    expect(served.counts).toContain('parley_connections_refused_total grpc all');
    await served.client.unary(getCall, { callSid: callSid('1') });
    const gone = silent[0];
    gone?.destroy();
    await eventually(async () => {
      const socket = come();
      return Promise.race([
        new Promise((resolve) => socket.once('data', () => resolve('let in'))),
        closed(socket).then(() => 'closed'),
      ]);
    }).toBe('let in');
  });
});

import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { breakable } from '../../../test/support/grpc/breakable.js';
import { accountA, accountB, callSid, conferenceSid, running } from '../../../test/support/grpc/fake-application.js';
import { FakeLane } from '../../../test/support/grpc/fake-lane.js';
import { GrpcClient, reader, readRefusal, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { ok } from '../../base/result.js';
import { Health, HealthCheckResponse_ServingStatus as Serving } from '../../gen/grpc/health/v1/health_pb.js';
import { AdminService } from '../../gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { MediaService } from '../../gen/parley/v1/media_service_pb.js';
import { bearerToken } from './authentication.js';
import { startGrpcServer } from './server.js';

const { getCall, dial } = CallService.method;

describe('accounts', () => {
  const accounts = (authorization: string | null) => {
    const token = bearerToken(authorization);
    return token === 'alpha' ? accountA : token === 'beta' ? accountB : null;
  };

  it('are told apart by their tokens', async () => {
    const served = await serveFake({ accounts });
    await served.connect('Bearer alpha').unary(getCall, { callSid: callSid('1') });
    await served.connect('bearer  beta').unary(getCall, { callSid: callSid('1') });
    expect(served.asked.map(({ arguments: [account] }) => account)).toEqual([accountA, accountB]);
  });

  it('are needed for every method of every service, streams and reflection too', async () => {
    const served = await serveFake({ accounts });
    for (const authorization of [undefined, '', 'Bearer ', 'Bearer gamma', 'Basic alpha', 'alpha', 'Bearer alpha x']) {
      const client = served.connect(authorization);
      expect(await refusalOf(client.unary(getCall, { callSid: callSid('1') }))).toMatchObject({
        code: status.UNAUTHENTICATED,
        reason: 'UNAUTHENTICATED',
        contractCode: '20003',
      });
      const streams = [
        client.serverStream(EventService.method.watchEvents, {}),
        client.serverStream(ConferenceService.method.watchConference, { conferenceSid }),
        client.duplex(MediaService.method.stream),
      ];
      for (const stream of streams) {
        const error = await reader(stream)
          .next()
          .catch((failure) => failure);
        expect(error.code).toBe(status.UNAUTHENTICATED);
      }
    }
    expect(served.asked).toEqual([]);
    expect(served.counts.every((line) => line === 'parley_rpcs_total UNAUTHENTICATED')).toBe(true);
  });

  it('that have lost a token have its streams ended at once, and nobody else has', async () => {
    const letIn = new Set(['alpha', 'beta']);
    const served = await serveFake({
      accounts: (authorization) => {
        const token = bearerToken(authorization);
        return token !== null && letIn.has(token) ? (token === 'alpha' ? accountA : accountB) : null;
      },
    });
    const closed: string[] = [];
    served.answers.watchConference = async (account, _sid, listener) => {
      listener(running());
      return ok(() => closed.push(account));
    };
    const [gone, stays] = ['alpha', 'beta'].map((token) => {
      const client = served.connect(`Bearer ${token}`);
      const states = reader(client.serverStream(ConferenceService.method.watchConference, { conferenceSid }));
      return { client, states, media: client.duplex(MediaService.method.stream) };
    });
    if (gone === undefined || stays === undefined) expect.fail('there are two');
    for (const { states } of [gone, stays]) await states.next();
    const endOfMedia = new Promise((resolve) =>
      gone.media.on('error', (error: ServiceError) => resolve(readRefusal(error))),
    );
    stays.media.on('error', () => closed.push('media of the other'));
    // Until it has been let in.
    await gone.client.unary(getCall, { callSid: callSid('1') });
    letIn.delete('alpha');
    served.server.accountsChanged();
    const unauthenticated = { code: status.UNAUTHENTICATED, reason: 'UNAUTHENTICATED' };
    expect(await gone.states.next().catch(readRefusal)).toMatchObject(unauthenticated);
    expect(await endOfMedia).toMatchObject(unauthenticated);
    expect(await refusalOf(gone.client.unary(getCall, { callSid: callSid('1') }))).toMatchObject(unauthenticated);
    await stays.client.unary(getCall, { callSid: callSid('1') });
    // Handlers learn of it, so that nothing is kept for those who are gone.
    await eventually(() => closed).toEqual([accountA]);
    stays.media.cancel();
  });

  it('cannot be claimed by metadata', async () => {
    const served = await serveFake({ accounts });
    const spoof = new Metadata();
    spoof.set('parley-account-sid', accountB);
    spoof.set('authorization', 'Bearer alpha');
    await new GrpcClient(served.server.port, spoof).unary(getCall, { callSid: callSid('1') });
    expect(served.lastArguments('call')[0]).toBe(accountA);
    spoof.remove('authorization');
    const refusal = await refusalOf(
      new GrpcClient(served.server.port, spoof).unary(getCall, { callSid: callSid('1') }),
    );
    expect(refusal.code).toBe(status.UNAUTHENTICATED);
    // Nor is what is refused counted as if it were of the account that it names.
    expect(served.counts.filter((each) => each.startsWith('parley_account'))).toEqual([
      `parley_account_requests_total ${accountA} grpc`,
    ]);
  });
});

describe('health', () => {
  it('is told to anybody, of the whole and of each service', async () => {
    const served = await serveFake({ accounts: () => null });
    const check = async (service: string) => (await served.client.unary(Health.method.check, { service })).status;
    expect(await check('')).toBe(Serving.SERVING);
    expect(await check('parley.v1.CallService')).toBe(Serving.SERVING);
    expect(await refusalOf(check('parley.v1.Nothing'))).toMatchObject({ code: status.NOT_FOUND });
    served.server.setServing(false);
    expect(await check('')).toBe(Serving.NOT_SERVING);
    expect(await check('parley.v1.MediaService')).toBe(Serving.NOT_SERVING);
  });
});

describe('a watch of the health service', () => {
  it('sees the server go, and does not hold it up', async () => {
    const served = await serveFake();
    const states = reader(served.client.serverStream(Health.method.watch, { service: 'parley.v1.CallService' }));
    expect(await states.next()).toMatchObject({ status: Serving.SERVING });
    const stopped = served.server.stop(600_000);
    expect(await states.next()).toMatchObject({ status: Serving.NOT_SERVING });
    expect(await states.next().catch(readRefusal)).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
    await stopped;
  });
});

describe('many streams at once', () => {
  it('leave nothing behind, and no warning', async () => {
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    const served = await serveFake();
    const streams = Array.from({ length: 30 }, () => served.client.serverStream(EventService.method.watchEvents, {}));
    for (const stream of streams) {
      stream.on('error', () => {});
      await reader(stream).next();
    }
    for (const stream of streams) stream.cancel();
    await eventually(() => served.counts.filter((each) => each.startsWith('parley_rpcs_total')).length).toBe(30);
    expect(warnings).toEqual([]);
  });
});

describe('a bug in a handler', () => {
  it('is INTERNAL, logged, and harms no other call', async () => {
    const served = await serveFake();
    const { call, watchConference, attachMedia } = served.answers;
    served.answers.call = () => {
      throw new Error('secret');
    };
    served.answers.watchConference = async () => {
      throw new Error('secret');
    };
    served.answers.attachMedia = () => {
      throw new Error('secret');
    };
    const refusal = await refusalOf(served.client.unary(getCall, { callSid: callSid('1') }));
    expect(refusal).toMatchObject({ code: status.INTERNAL, message: 'internal error', contractCode: '16099' });
    const watch = served.client.serverStream(ConferenceService.method.watchConference, { conferenceSid });
    expect(await reader(watch).next().catch(readRefusal)).toMatchObject({ code: status.INTERNAL, reason: 'INTERNAL' });
    const media = served.client.duplex(MediaService.method.stream);
    media.write({ message: { case: 'attach', value: { leg: 1, callSid: callSid('1') } } });
    expect(await reader(media).next().catch(readRefusal)).toMatchObject({ code: status.INTERNAL, reason: 'INTERNAL' });
    expect(served.errors).toEqual(['rpc-failed', 'rpc-failed', 'rpc-failed']);
    Object.assign(served.answers, { call, watchConference, attachMedia });
    await served.client.unary(getCall, { callSid: callSid('1') });
  });
});

describe('a media stream over the wire', () => {
  async function withLane() {
    const served = await serveFake();
    const connection = await breakable(served.server.port);
    const lane = new FakeLane();
    const detached: unknown[] = [];
    served.answers.attachMedia = () =>
      ok({ callSid: callSid('1'), codec: 'pcmu', rateHz: 8000, frameBytes: 160, lane: () => lane });
    served.answers.detachMedia = (handle) => detached.push(handle.callSid);
    const media = new GrpcClient(connection.port).duplex(MediaService.method.stream);
    media.on('error', () => {});
    const replies = reader(media);
    media.write({ message: { case: 'attach', value: { leg: 1, callSid: callSid('1') } } });
    expect(await replies.next()).toMatchObject({ message: { case: 'attached' } });
    return { served, lane, detached, connection, media, replies };
  }

  it('carries frames and marks both ways, and ends when the client ends it', async () => {
    const { lane, detached, media, replies } = await withLane();
    media.write({ message: { case: 'frames', value: { legs: [1, 1], payload: new Uint8Array(320).fill(7) } } });
    media.write({ message: { case: 'mark', value: { leg: 1, name: 'said' } } });
    await eventually(() => lane.ahead.length).toBe(2);
    expect(lane.play(2)).toEqual([7, 7]);
    expect(await replies.next()).toMatchObject({ message: { case: 'markReached', value: { leg: 1, name: 'said' } } });
    lane.heard.push(new Uint8Array(160).fill(9));
    const frames = (await replies.next())?.message;
    expect(frames).toMatchObject({ case: 'frames', value: { legs: [1], lengths: [] } });
    expect(frames?.case === 'frames' && [...frames.value.payload]).toEqual(Array.from({ length: 160 }, () => 9));
    media.end();
    expect(await replies.next()).toBeNull();
    expect(detached).toEqual([callSid('1')]);
  });

  it('lets its legs go when the client is killed, and counts the call', async () => {
    const { served, detached, connection } = await withLane();
    connection.kill();
    await eventually(() => detached).toEqual([callSid('1')]);
    expect(served.counts).toContain('parley_rpcs_total CANCELLED');
    expect(served.errors).toEqual([]);
  });

  it('lets its legs go when the client cancels', async () => {
    const { detached, media } = await withLane();
    media.cancel();
    await eventually(() => detached).toEqual([callSid('1')]);
  });

  it('ends with UNAVAILABLE when the server stops', async () => {
    const { served, detached, replies } = await withLane();
    const last = replies.next().catch(readRefusal);
    await served.server.stop(1000);
    expect(await last).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
    expect(detached).toEqual([callSid('1')]);
  });
});

describe('stopping', () => {
  it('lets a unary call finish, within the grace', async () => {
    const served = await serveFake();
    const happy = served.answers.dial;
    let join = (): void => {};
    const joined = new Promise<void>((resolve) => {
      join = resolve;
    });
    served.answers.dial = async (request) => {
      await joined;
      return happy(request);
    };
    const request = {
      instruction: { case: 'dial', value: { conference: { roomName: 'x' } } },
      media: { case: 'rtp', value: { sdpOffer: 'v=0' } },
    } as const;
    const reply = served.client.unary(dial, request);
    await eventually(() => served.asked.length).toBe(1);
    const stopped = served.server.stop(10_000);
    join();
    expect(await reply).toMatchObject({ callSid: callSid('9') });
    await stopped;
  });

  it('cuts what outlasts the grace', async () => {
    const served = await serveFake();
    served.answers.endConference = () => new Promise(() => {});
    const ended = refusalOf(
      served.client.unary(ConferenceService.method.updateConference, {
        conferenceSid,
        update: { case: 'end', value: {} },
      }),
    );
    await eventually(() => served.asked.length).toBe(1);
    await served.server.stop(0);
    expect(status[(await ended).code]).toMatch(/UNAVAILABLE|CANCELLED|INTERNAL/);
  });
});

describe('starting', () => {
  it('rejects when the address is taken', async () => {
    const served = await serveFake();
    const options = {
      application: served.application,
      accounts: () => accountA,
      clock: new VirtualClock(),
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      metrics: { count: () => {}, set: () => {}, observe: () => {} },
      address: `127.0.0.1:${served.server.port}`,
    };
    await expect(startGrpcServer(options)).rejects.toThrow();
  });

  it('counts every call by its status', async () => {
    const served = await serveFake();
    await served.client.unary(AdminService.method.getCapacity, {});
    await refusalOf(served.client.unary(AdminService.method.drain, {}));
    await refusalOf(served.client.unaryBytes(getCall, Buffer.from([0xff])));
    expect(served.counts).toEqual([
      'parley_rpcs_total OK',
      `parley_account_requests_total ${accountA} grpc`,
      'parley_rpcs_total PERMISSION_DENIED',
      `parley_account_requests_total ${accountA} grpc`,
      'parley_rpcs_total INVALID_ARGUMENT',
      `parley_account_requests_total ${accountA} grpc`,
    ]);
  });
});

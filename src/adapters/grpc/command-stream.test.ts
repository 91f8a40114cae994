import type { MessageInitShape } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import {
  accountA,
  accountB,
  callSid,
  conferenceSid,
  participant,
} from '../../../test/support/grpc/fake-application.js';
import { type GrpcClient, type Refused, reader, readRefusal } from '../../../test/support/grpc/grpc-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { countingRandom } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { AuditEntry } from '../../app/audit.js';
import { err, ok, type Result } from '../../base/result.js';
import type { Trace } from '../../base/trace.js';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.js';
import { type CommandResult, CommandSchema, CommandService } from '../../gen/parley/v1/command_service_pb.js';
import { ParticipantService } from '../../gen/parley/v1/participant_service_pb.js';
import { bearerToken } from './authentication.js';
import { commandsPerMessageMax, commandsUnderWayMax } from './command-stream.js';

const { issue } = CommandService.method;

type CommandInit = MessageInitShape<typeof CommandSchema>;

const mute = (id: number, changes: object = {}): CommandInit => ({
  id: BigInt(id),
  request: { case: 'updateParticipant', value: { conferenceSid, callSid: callSid('1'), muted: true, ...changes } },
});

/** A stream of commands, and their results one by one. */
function issuing(client: GrpcClient) {
  const stream = client.duplex(issue);
  const messages = reader(stream);
  const results: CommandResult[] = [];
  return {
    send: (...commands: CommandInit[]) => stream.write({ commands }),
    end: () => stream.end(),
    /** Null: the stream has ended well. */
    next: async (): Promise<CommandResult | null> => {
      if (results.length === 0) results.push(...((await messages.next())?.results ?? []));
      return results.shift() ?? null;
    },
    refusal: async (): Promise<Refused> => readRefusal(await messages.next().then(expect.fail, (error) => error)),
  };
}

const failureOf = ({ outcome }: CommandResult) => {
  if (outcome.case !== 'failure') expect.fail(`it was done: ${outcome.case}`);
  const info = outcome.value.details.map((any) => anyUnpack(any, ErrorInfoSchema)).find((each) => each !== undefined);
  const { code, message } = outcome.value;
  return { code, message, reason: info?.reason, contractCode: info?.metadata.code };
};

describe('a command of a stream', () => {
  it('is answered by its id with what a call of its method is answered', async () => {
    const { client, lastArguments } = await serveFake();
    const { send, next } = issuing(client);
    send(mute(7), { id: 9n, request: { case: 'removeParticipant', value: { conferenceSid, callSid: callSid('2') } } });
    const [first, second] = [await next(), await next()];
    const { participant: asOfCall } = await client.unary(ParticipantService.method.updateParticipant, {
      ...{ conferenceSid, callSid: callSid('1'), muted: true },
    });
    expect(first).toMatchObject({ id: 7n, outcome: { case: 'updateParticipant', value: { participant: asOfCall } } });
    expect(second).toMatchObject({ id: 9n, outcome: { case: 'removeParticipant' } });
    expect(lastArguments('removeParticipant').slice(0, 3)).toEqual([accountA, conferenceSid, callSid('2')]);
  });

  it('that is refused has the status and details of a call, and the others are done', async () => {
    const { client, answers } = await serveFake();
    answers.removeParticipant = async () => err({ kind: 'conference-completed' });
    const { send, next } = issuing(client);
    send(
      mute(1, { callSid: 'not a sid' }),
      { id: 2n, request: { case: 'removeParticipant', value: { conferenceSid, callSid: callSid('1') } } },
      { id: 3n },
      mute(4),
    );
    const results = new Map<bigint, CommandResult>();
    for (let count = 0; count < 4; count += 1) {
      const result = (await next()) ?? expect.fail('the stream goes on');
      results.set(result.id, result);
    }
    const of = (id: bigint): CommandResult => results.get(id) ?? expect.fail(`nothing came of ${id}`);
    expect(failureOf(of(1n))).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'INVALID_ARGUMENT' });
    expect(failureOf(of(2n))).toMatchObject({
      ...{ code: status.FAILED_PRECONDITION, reason: 'CONFERENCE_COMPLETED', contractCode: '10000' },
    });
    expect(failureOf(of(3n))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringContaining('request'),
    });
    expect(of(4n).outcome.case).toBe('updateParticipant');
  });

  it('with a bug of ours fails alone, and is logged', async () => {
    const { client, answers, errors } = await serveFake();
    answers.removeParticipant = () => Promise.reject(new Error('a bug'));
    const { send, next } = issuing(client);
    send({ id: 1n, request: { case: 'removeParticipant', value: { conferenceSid, callSid: callSid('1') } } });
    expect(failureOf((await next()) ?? expect.fail())).toMatchObject({ code: status.INTERNAL, reason: 'INTERNAL' });
    send(mute(2));
    expect(await next()).toMatchObject({ id: 2n, outcome: { case: 'updateParticipant' } });
    expect(errors).toEqual(['rpc-failed']);
  });

  it('is audited and counted as a call of its method, in the trace that it names', async () => {
    const noted: AuditEntry[] = [];
    const audit = { note: (entry: AuditEntry) => noted.push(entry) };
    const served = await serveFake({ auditing: { audit, clock: new VirtualClock(), random: countingRandom() } });
    const { send, next } = issuing(served.connect('Bearer a-token-of-the-account'));
    const traceId = 'f'.repeat(32);
    send({ ...mute(1), traceparent: `00-${traceId}-${'e'.repeat(16)}-01` }, mute(2));
    for (const _ of [1, 2]) await next();
    const told = {
      ...{ face: 'grpc', accountSid: accountA, operation: 'UpdateParticipant', status: 0, code: null },
      target: '/parley.v1.ParticipantService/UpdateParticipant',
      said: { conference_sid: conferenceSid, call_sid: callSid('1'), muted: 'true' },
      ...{ token: expect.stringMatching(/^[0-9a-f]{8}$/), from: expect.stringMatching(/127\.0\.0\.1$/) },
    };
    expect(noted).toMatchObject([{ ...told, traceId }, told]);
    expect(noted[1]?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(noted[1]?.traceId).not.toBe(traceId);
    expect((served.lastArguments('updateParticipant').at(-1) as Trace).traceId).toBe(noted[1]?.traceId);
    expect(served.counts.filter((line) => line === 'parley_rpcs_total OK')).toHaveLength(2);
    expect(served.counts.filter((line) => line === `parley_account_requests_total ${accountA} grpc`)).toHaveLength(2);
  });

  it('may be any that a message of the proto can hold', async () => {
    const { client } = await serveFake();
    const { send, next } = issuing(client);
    const cases = CommandSchema.oneofs.flatMap(({ fields }) => fields.map(({ localName }) => localName));
    send(...cases.map((name, index) => ({ id: BigInt(index), request: { case: name, value: {} } }) as CommandInit));
    const refused = new Map<bigint, string>();
    for (const _ of cases) {
      const result = (await next()) ?? expect.fail('the stream goes on');
      refused.set(result.id, failureOf(result).message);
    }
    // Each says what its own message lacks.
    expect([...refused.values()].every((message) => !message.startsWith('request '))).toBe(true);
    expect(refused.size).toBe(cases.length);
  });
});

describe('a stream of commands', () => {
  it('answers what is under way when the client has said all, then ends', async () => {
    const { client, answers } = await serveFake();
    let answer = (_: Result<void, never>): void => {};
    answers.removeParticipant = () => new Promise((resolve) => (answer = resolve));
    const { send, end, next } = issuing(client);
    send({ id: 1n, request: { case: 'removeParticipant', value: { conferenceSid, callSid: callSid('1') } } }, mute(2));
    expect((await next())?.id).toBe(2n);
    end();
    const last = next();
    // The end was seen, or would be ahead of an answer to another call.
    await client.unary(ParticipantService.method.getParticipant, { conferenceSid, callSid: callSid('1') });
    answer(ok(undefined));
    expect((await last)?.id).toBe(1n);
    expect(await next()).toBeNull();
  });

  it('of a daemon that stops answers what is under way, takes nothing more, and says why it ends', async () => {
    const { client, answers, server, asked } = await serveFake();
    let answer = (_: Result<void, never>): void => {};
    answers.removeParticipant = () => new Promise((resolve) => (answer = resolve));
    const { send, next, refusal } = issuing(client);
    send({ id: 1n, request: { case: 'removeParticipant', value: { conferenceSid, callSid: callSid('1') } } });
    await eventually(() => asked.length).toBe(1);
    const stopped = server.stop(10_000);
    answer(ok(undefined));
    expect((await next())?.id).toBe(1n);
    expect(await refusal()).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
    await stopped;
  });

  it('takes no more than may be under way until some of it is answered', async () => {
    const { client, answers, asked } = await serveFake();
    const waiting: (() => void)[] = [];
    answers.updateParticipant = () =>
      new Promise((resolve) => waiting.push(() => resolve(ok(participant(callSid('1'))))));
    const { send, next } = issuing(client);
    const each = commandsPerMessageMax;
    for (let first = 0; first < 4 * each; first += each) {
      send(...Array.from({ length: each }, (_, index) => mute(first + index)));
    }
    await eventually(() => asked.length).toBe(commandsUnderWayMax);
    // Those behind were sent before this call, over the same connection.
    await client.unary(ParticipantService.method.getParticipant, { conferenceSid, callSid: callSid('1') });
    expect(asked.filter(({ name }) => name === 'updateParticipant')).toHaveLength(commandsUnderWayMax);
    const ids = new Set<bigint>();
    while (ids.size < 4 * each) {
      for (const resolve of waiting.splice(0)) resolve();
      const result = (await next()) ?? expect.fail('the stream goes on');
      ids.add(result.id);
    }
    expect(asked.filter(({ name }) => name === 'updateParticipant')).toHaveLength(4 * each);
  });

  it('ends when a message holds more than one may', async () => {
    const { client, asked } = await serveFake();
    const { send, refusal } = issuing(client);
    send(...Array.from({ length: commandsPerMessageMax + 1 }, (_, index) => mute(index)));
    expect(await refusal()).toMatchObject({
      code: status.INVALID_ARGUMENT,
      violations: [{ field: 'commands', description: 'takes at most 256 commands' }],
    });
    expect(asked).toEqual([]);
  });

  it('needs an account, and acts for no other', async () => {
    const accounts = (authorization: string | null) => {
      const token = bearerToken(authorization);
      return token === 'alpha' ? accountA : token === 'beta' ? accountB : null;
    };
    const { connect, lastArguments } = await serveFake({ accounts });
    expect(await issuing(connect()).refusal()).toMatchObject({ code: status.UNAUTHENTICATED });
    const { send, next } = issuing(connect('Bearer beta'));
    send(mute(1));
    expect((await next())?.outcome.case).toBe('updateParticipant');
    expect(lastArguments('updateParticipant')[0]).toBe(accountB);
  });

  it('spends the requests of its account command by command, and is refused late in a flood', async () => {
    const clock = new VirtualClock();
    const allowed = () => ({ perSecond: 5, burst: 5 });
    const served = await serveFake({
      clock,
      requests: { allowedOf: allowed, visitorsAllowed: allowed, streamsMaxOf: () => null },
    });
    const { send, next } = issuing(served.client);
    const count = 100;
    send(...Array.from({ length: count }, (_, index) => mute(index)));
    const results: CommandResult[] = [];
    const take = async (most: number) => {
      while (results.length < most) results.push((await next()) ?? expect.fail('the stream goes on'));
    };
    // The stream itself was the first of five requests; fifty refusals are answered at once.
    await take(4 + 50);
    expect(results.filter(({ outcome }) => outcome.case === 'updateParticipant')).toHaveLength(4);
    const refused = results.filter(({ outcome }) => outcome.case === 'failure');
    expect(failureOf(refused[0] ?? expect.fail())).toMatchObject({
      ...{ code: status.RESOURCE_EXHAUSTED, reason: 'TOO_MANY_REQUESTS', contractCode: '20429' },
    });
    expect(served.counts.filter((line) => line === 'parley_api_refusals_postponed_total grpc')).toHaveLength(46);
    expect(served.counts.filter((line) => line === 'parley_rpcs_total RESOURCE_EXHAUSTED')).toHaveLength(50);
    await clock.advance(5000);
    await take(count);
  });
});

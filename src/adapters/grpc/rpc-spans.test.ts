import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { accountA, callSid, conferenceSid, running } from '../../../test/support/grpc/fake-application.js';
import { reader } from '../../../test/support/grpc/grpc-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { recordingTracer } from '../../../test/support/recorded-spans.js';
import { ok } from '../../base/result.js';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { CommandService } from '../../gen/parley/v1/command_service_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';

const { getCall } = CallService.method;

async function traced() {
  const tracer = recordingTracer();
  const accounts = (authorization: string | null) => (authorization === 'Bearer alpha' ? accountA : null);
  return { tracer, ...(await serveFake({ tracer, accounts })) };
}

it('a call has a span with its status and its account, a refused one and one that failed too', async () => {
  const { tracer, answers, connect } = await traced();
  const known = connect('Bearer alpha');
  await known.unary(getCall, { callSid: callSid('1') });
  await expect(connect('Bearer beta').unary(getCall, { callSid: callSid('1') })).rejects.toThrow();
  answers.call = () => {
    throw new Error('a bug');
  };
  await expect(known.unary(getCall, { callSid: callSid('1') })).rejects.toThrow();
  const account = { 'parley.account_sid': accountA };
  expect(tracer.spans.map(({ name, failure, attributes }) => ({ name, failure, attributes }))).toEqual(
    [
      { code: status.OK, of: account, failure: null },
      { code: status.UNAUTHENTICATED, of: {}, failure: null },
      { code: status.INTERNAL, of: account, failure: 'INTERNAL' },
    ].map(({ code, of, failure }) => ({
      name: 'parley.v1.CallService/GetCall',
      failure,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': 'parley.v1.CallService',
        'rpc.method': 'GetCall',
        'rpc.grpc.status_code': code,
        ...of,
      },
    })),
  );
});

it('a stream has one until it ends, and a health check none', async () => {
  const { tracer, answers, connect } = await traced();
  answers.watchConference = async (_account, _sid, listener) => {
    listener(running());
    return ok(() => {});
  };
  const client = connect('Bearer alpha');
  await client.unary(Health.method.check, {});
  const stream = client.serverStream(ConferenceService.method.watchConference, { conferenceSid });
  await reader(stream).next();
  expect(tracer.spans).toHaveLength(1);
  expect(tracer.spans[0]).not.toHaveProperty('failure');
  stream.cancel();
  await eventually(() => tracer.spans[0]?.attributes['rpc.grpc.status_code']).toBe(status.CANCELLED);
});

it('a command of a stream has one as a call of its method has, below what the command itself names', async () => {
  const { tracer, lastArguments, connect } = await traced();
  const stream = connect('Bearer alpha').duplex(CommandService.method.issue);
  const results = reader(stream);
  const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const value = { conferenceSid, callSid: callSid('1'), muted: true };
  stream.write({
    commands: [
      { id: 1n, traceparent: `00-${traceId}-${spanId}-01`, request: { case: 'updateParticipant', value } },
      { id: 2n },
    ],
  });
  await results.next();
  const [, command, ...others] = tracer.spans;
  expect(others).toEqual([]);
  expect(command).toMatchObject({
    ...{ name: 'parley.v1.ParticipantService/UpdateParticipant', cause: { traceId, spanId }, failure: null },
    attributes: { 'rpc.grpc.status_code': status.OK, 'parley.account_sid': accountA },
  });
  expect(lastArguments('updateParticipant').at(-1)).toMatchObject({ traceId, spanId: '2'.padStart(16, '0') });
});

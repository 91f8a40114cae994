/**
 * Telephones that dial `sip:ROOM@HOST:PORT` are in the room, from INVITE to BYE, on either side.
 *
 *   tsx examples/sip-front/front.ts [--listen 127.0.0.1:5070] [--address 127.0.0.1:7300]
 *
 * The token of the account is in PARLEY_TOKEN. Writes one JSON object a line on what it does.
 */
import { parseArgs } from 'node:util';
import { type ServiceError, status } from '@grpc/grpc-js';
import { ApiClient } from '../../src/client/api-client.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { SipFront } from './sip-front.js';

/** Before a stream that was lost is opened again. */
const reconnectMs = 1000;

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:5070' },
    address: { type: 'string', default: '127.0.0.1:7300' },
  },
});
const client = new ApiClient(values.address, process.env.PARLEY_TOKEN ?? null);
const { dial, updateCall } = CallService.method;

const say = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
};

/** docs/sip.md has the table. */
const refusals: Readonly<Record<number, string>> = {
  [status.INVALID_ARGUMENT]: '488 Not Acceptable Here',
  [status.RESOURCE_EXHAUSTED]: '503 Service Unavailable',
  [status.UNAVAILABLE]: '503 Service Unavailable',
  [status.FAILED_PRECONDITION]: '480 Temporarily Unavailable',
  [status.ALREADY_EXISTS]: '480 Temporarily Unavailable',
};
const isServiceError = (error: unknown): error is ServiceError => error instanceof Error && 'code' in error;

const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(values.listen) ?? [];
const front = await SipFront.open(host, Number(port), {
  async dial({ user, from, offer }) {
    const { callSid, conferenceSid, media } = await client.call(dial, {
      call: { from, to: user },
      instruction: { case: 'dial', value: { conference: { roomName: user } } },
      media: { case: 'rtp', value: { sdpOffer: offer } },
    });
    say('called', { callSid, conferenceSid, from });
    return { callSid, answer: media.case === 'rtp' ? media.value.sdpAnswer : '' };
  },
  async reoffer(callSid, offer) {
    const { rtp } = await client.call(updateCall, { callSid, update: { case: 'rtp', value: { sdpOffer: offer } } });
    return rtp?.sdpAnswer ?? '';
  },
  async hangUp(callSid) {
    say('hung-up', { callSid });
    await client.call(updateCall, { callSid, update: { case: 'hangUp', value: {} } });
  },
  established: (callSid) => say('established', { callSid }),
  refusal: (error) => (isServiceError(error) ? refusals[error.code] : undefined) ?? '500 Server Internal Error',
});

/** Who was taken out, or whose conference has ended, is told by BYE. */
function follow(): void {
  const events = client.watch(EventService.method.watchEvents, {});
  events.on('data', ({ message }) => {
    if (message.case !== 'event') return;
    const { happened } = message.value;
    if (happened.case === 'callCompleted') void front.over(happened.value.callSid);
  });
  events.on('error', () => setTimeout(follow, reconnectMs));
  events.on('end', () => setTimeout(follow, reconnectMs));
}

follow();
say('listening', { sip: front.address });

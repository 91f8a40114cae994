/**
 * A call-control service that makes the calls Parley asks for: subscribes to CallService.Originations, calls the
 * number, and reports how far it is. What it cannot know is when a call that was let in is over: EventService says so.
 *
 *   tsx examples/originator/originator.ts [--address 127.0.0.1:7300] [--record FOLDER]
 *
 * The token of the account is in PARLEY_TOKEN. Writes one JSON object a line on what it does.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ServiceError, status } from '@grpc/grpc-js';
import { ApiClient } from '../../src/client/api-client.js';
import { CallOutcome, CallService, type Originate } from '../../src/gen/parley/v1/call_service_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { reach, type Telephone } from './telephone.js';

/** Before a stream that was lost is opened again. */
const reconnectMs = 1000;

const { values } = parseArgs({
  options: { address: { type: 'string', default: '127.0.0.1:7300' }, record: { type: 'string' } },
});
const client = new ApiClient(values.address, process.env.PARLEY_TOKEN ?? null);
const { originations, reportOrigination } = CallService.method;

/** By call: null while it rings at nobody's, or is not known yet. */
const calls = new Map<string, Telephone | null>();

const say = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
};

async function make({ callSid, to, conferenceSid }: Originate): Promise<void> {
  // Asked for again after a stream was lost: it is being made.
  if (calls.has(callSid)) return;
  calls.set(callSid, null);
  say('calling', { callSid, to, conferenceSid });
  const reached = await reach(to);
  if (reached.kind === 'busy') {
    calls.delete(callSid);
    await client.call(reportOrigination, { callSid, report: { case: 'ended', value: { outcome: CallOutcome.BUSY } } });
    return;
  }
  await client.call(reportOrigination, { callSid, report: { case: 'ringing', value: {} } });
  if (reached.kind === 'nobody') return;
  const { telephone } = reached;
  // Taken back while it rang.
  if (!calls.has(callSid)) return telephone.hangUp(null);
  calls.set(callSid, telephone);
  const { media } = await client.call(reportOrigination, {
    callSid,
    report: { case: 'answered', value: { media: { case: 'rtp', value: { sdpOffer: telephone.sdpOffer } } } },
  });
  if (media.case !== 'rtp') throw new Error('an RTP offer is answered with RTP');
  telephone.connect(media.value.sdpAnswer);
  say('connected', { callSid });
}

/** The call is over, or nobody waits for it. */
function hangUp(callSid: string): void {
  const telephone = calls.get(callSid);
  if (telephone === undefined) return;
  calls.delete(callSid);
  telephone?.hangUp(values.record === undefined ? null : join(values.record, `${callSid}.wav`));
  say('hung-up', { callSid });
}

/** Parley does not want it any more, or does not let it in: whoever was called is hung up on. */
function refused(callSid: string, error: ServiceError): void {
  say('refused', { callSid, code: status[error.code], why: error.details });
  hangUp(callSid);
}

function subscribe(): void {
  const orders = client.watch(originations, {});
  orders.on('data', ({ message }) => {
    if (message.case === 'started') say('subscribed');
    if (message.case === 'originate') {
      const { callSid } = message.value;
      make(message.value).catch((error: ServiceError) => refused(callSid, error));
    }
    if (message.case === 'withdraw') hangUp(message.value.callSid);
  });
  orders.on('error', ({ code, details }: ServiceError) => {
    say('stream-lost', { code: status[code], why: details });
    setTimeout(subscribe, reconnectMs);
  });
}

/** Calls that were let in end with a leave, or with their conference. */
function follow(): void {
  const events = client.watch(EventService.method.watchEvents, {});
  events.on('data', ({ message }) => {
    if (message.case !== 'event') return;
    const { happened } = message.value;
    if (happened.case === 'callCompleted') hangUp(happened.value.callSid);
  });
  events.on('error', () => setTimeout(follow, reconnectMs));
}

follow();
subscribe();

/** Calls that an account's URL is asked for, over a crash: each is told to its end, in order, under one key each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DaemonProcess, startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { CallProgressEvent, ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const [signingKey, token] = ['a-key-that-signs', 'a-token-of-16-or-more'];
const everything = [
  CallProgressEvent.INITIATED,
  CallProgressEvent.RINGING,
  CallProgressEvent.ANSWERED,
  CallProgressEvent.COMPLETED,
];
const { createParticipant } = ParticipantService.method;
const { reportOrigination } = CallService.method;
const grpc = { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 8000 } } as const;

let folder: string;
let receiver: WebhookReceiver;
let daemon: DaemonProcess;
let client: ApiClient;

async function start(): Promise<void> {
  const account = {
    sid: `AC${'1'.repeat(32)}`,
    name: 'acme',
    tokens: [token],
    signingKeys: [signingKey],
    originateUrl: receiver.url('/originate'),
  };
  daemon = await startDaemon({
    PARLEY_ACCOUNTS: JSON.stringify([account]),
    PARLEY_DATA_DIR: join(folder, 'data'),
    PARLEY_SHARDS: '1',
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
  });
  client = new ApiClient(daemon.grpcAddress, token);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-originations-'));
  receiver = await WebhookReceiver.start({ signingKey });
  receiver.answerAt('/originate', { status: 204 });
  await start();
});
afterEach(async () => {
  client.close();
  await daemon.stop();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

async function create(room: string): Promise<string> {
  const { callSid } = await client.call(createParticipant, {
    ...{ conference: { roomName: room }, to: '+15550100002', from: '+15550100001' },
    ...{ statusCallback: receiver.url('/call'), statusCallbackEvent: everything },
  });
  return callSid;
}

/** What was told of a call, each thing once: it may come twice, under one key. */
function toldOf(callSid: string): readonly string[] {
  const byKey = new Map(
    receiver.received
      .filter(({ path, parameters }) => path === '/call' && parameters.CallSid === callSid)
      .map(({ headers, parameters }) => [headers['idempotency-key'], parameters] as const),
  );
  return [...byKey.values()].map(({ SequenceNumber, CallStatus }) => `${SequenceNumber} ${CallStatus}`);
}

it('calls that are being made when the daemon is killed are over, and it is told of all of them', async () => {
  // What is told before the crash is not taken.
  receiver.answerNext(...Array.from({ length: 6 }, () => ({ status: 500 })));
  const [queued, rings, talks] = [await create('one'), await create('two'), await create('three')];
  await client.call(reportOrigination, { callSid: rings, report: { case: 'ringing', value: {} } });
  const answer = { case: 'answered', value: { media: grpc } } as const;
  const { conferenceSid } = await client.call(reportOrigination, { callSid: talks, report: answer });
  expect(conferenceSid).not.toBe('');
  await until(async () => receiver.received.filter(({ path }) => path === '/originate').length === 3);
  client.close();
  await daemon.kill();
  await start();

  const ends = { [queued]: '1 failed', [rings]: '2 failed', [talks]: '2 completed' };
  await until(async () => Object.entries(ends).every(([callSid, end]) => toldOf(callSid).includes(end)));
  expect(toldOf(queued)).toEqual(['0 initiated', '1 failed']);
  expect(toldOf(rings)).toEqual(['0 initiated', '1 ringing', '2 failed']);
  expect(toldOf(talks)).toEqual(['0 initiated', '1 in-progress', '2 completed']);
  expect(receiver.received.filter(({ isSigned, repeatedNames }) => !isSigned || repeatedNames.length > 0)).toEqual([]);
  const asked = receiver.received.find(
    ({ path, parameters }) => path === '/originate' && parameters.CallSid === queued,
  );
  expect(asked?.parameters).toMatchObject({
    FriendlyName: 'one',
    OriginationEvent: 'originate',
    Timeout: '60',
    To: '+15550100002',
  });
  const late = client
    .call(reportOrigination, { callSid: rings, report: answer })
    .catch((error: ServiceError) => error.code);
  expect(await late).toBe(status.NOT_FOUND);
}, 60_000);

/**
 * CONTRACT §8.9, case 47, by both policies of one daemon: that of the vendors, and the longer one that is the default.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.js';
import { CallStatus, MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { CallbackList, CallbackService } from '../../src/gen/parley/v1/callback_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { type Daemon, startDaemon } from '../../src/main.js';
import { GrpcClient } from '../support/grpc/grpc-client.js';
import { recordingLogger } from '../support/silent.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const signingKey = 'a-key-that-signs';
const account = (digit: string, wishes: object) => ({
  sid: `AC${digit.repeat(32)}`,
  name: `account ${digit}`,
  tokens: [digit.repeat(16)],
  signingKeys: [signingKey],
  ...wishes,
});

let folder: string;
let daemon: Daemon;
const clients: GrpcClient[] = [];
const receivers: WebhookReceiver[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-horizons-'));
  const environment = {
    PARLEY_GRPC_LISTEN: '127.0.0.1:0',
    PARLEY_HTTP_LISTEN: '127.0.0.1:0',
    PARLEY_RTP_PORTS: '0',
    PARLEY_DATA_DIR: join(folder, 'data'),
    PARLEY_SHARDS: '1',
    PARLEY_REALTIME_PRIORITY: '0',
    PARLEY_LEGS_PER_SHARD: '8',
    PARLEY_LANES_PER_SHARD: '4',
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
    PARLEY_ACCOUNTS: JSON.stringify([account('1', { callbackHorizonHours: 0 }), account('2', {})]),
  };
  const config = parseConfig({ environment, file: null });
  daemon = await startDaemon(config.ok ? config.value : expect.fail(config.error.join()), recordingLogger());
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await daemon.stop();
  for (const receiver of receivers.splice(0)) await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A call whose application answers 500 three times; what it was told by then, and what became of the call. */
async function refusedThrice(digit: string, requests: number) {
  const receiver = await WebhookReceiver.start({ signingKey, answers: [500, 500, 500].map((status) => ({ status })) });
  receivers.push(receiver);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${digit.repeat(16)}`);
  const client = new GrpcClient(Number(daemon.addresses.grpc.split(':').at(-1)), metadata);
  clients.push(client);
  const { callSid, conferenceSid } = await client.unary(CallService.method.dial, {
    instruction: {
      case: 'dial',
      value: {
        conference: {
          roomName: 'told',
          statusCallback: receiver.url(),
          statusCallbackEvent: [StatusCallbackEvent.JOIN, StatusCallbackEvent.MUTE],
        },
      },
    },
    media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 8000 } },
  });
  await receiver.waitFor(3);
  const muted = await client.unary(ParticipantService.method.updateParticipant, {
    conferenceSid,
    callSid,
    muted: true,
  });
  const received = await receiver.waitFor(requests);
  const { call } = await client.unary(CallService.method.getCall, { callSid });
  const { callbacks } = await client.unary(CallbackService.method.listCallbacks, { list: CallbackList.DEAD });
  return {
    told: received.map(({ parameters }) => `${parameters.SequenceNumber} ${parameters.StatusCallbackEvent}`),
    keys: new Set(received.map(({ headers }) => headers['idempotency-key'])).size,
    isMuted: muted.participant?.muted,
    isUp: call?.status === CallStatus.IN_PROGRESS && call.conferenceSid === conferenceSid,
    dead: callbacks.map(({ reason }) => reason),
  };
}

const [join1, mute2] = ['1 participant-join', '2 participant-mute'];
const well = { keys: 2, isMuted: true, isUp: true };

/** The waits between its tries are those of a daemon. */
describe('a callback that is answered 500 three times', { timeout: 60_000 }, () => {
  it('case 47: is dropped where there is no horizon, goes on where there is, and the call never notices', async () => {
    const [vendors, own] = await Promise.all([refusedThrice('1', 4), refusedThrice('2', 5)]);
    expect(vendors).toEqual({ ...well, told: [join1, join1, join1, mute2], dead: ['500'] });
    expect(own).toEqual({ ...well, told: [join1, join1, join1, join1, mute2], dead: [] });
  });
});

/** One trace id from a command to what comes of it: events, callbacks, and their repetitions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTraceparent } from '../../src/base/trace.js';
import { parseConfig } from '../../src/config/config.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import type { Event } from '../../src/gen/parley/v1/event_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { type Daemon, startDaemon } from '../../src/main.js';
import { GrpcClient } from '../support/grpc/grpc-client.js';
import { recordingLogger } from '../support/silent.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const signingKey = 'parley-development-signing-key';

let folder: string;
let daemon: Daemon;
let receiver: WebhookReceiver;
const clients: GrpcClient[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-trace-'));
  const environment = {
    PARLEY_GRPC_LISTEN: '127.0.0.1:0',
    PARLEY_HTTP_LISTEN: '127.0.0.1:0',
    PARLEY_RTP_PORTS: '0',
    PARLEY_DATA_DIR: join(folder, 'data'),
    PARLEY_SHARDS: '1',
    PARLEY_REALTIME_PRIORITY: '0',
    PARLEY_LEGS_PER_SHARD: '8',
    PARLEY_LANES_PER_SHARD: '4',
  };
  const config = parseConfig({ environment, file: null });
  daemon = await startDaemon(config.ok ? config.value : expect.fail(config.error.join()), recordingLogger());
  receiver = await WebhookReceiver.start({ signingKey });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await daemon.stop();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

function clientWith(traceparent: string | null): GrpcClient {
  const metadata = new Metadata();
  if (traceparent !== null) metadata.set('traceparent', traceparent);
  const client = new GrpcClient(Number(daemon.addresses.grpc.split(':').at(-1)), metadata);
  clients.push(client);
  return client;
}

/** Everything that happened, `count` events long. */
async function eventsUntil(count: number): Promise<readonly Event[]> {
  const events: Event[] = [];
  const stream = clientWith(null).serverStream(EventService.method.watchEvents, { cursor: 0n });
  await new Promise<void>((resolve) => {
    stream.on('error', () => {});
    stream.on('data', ({ message }) => {
      if (message.case === 'event') events.push(message.value);
      if (events.length === count) resolve();
    });
  });
  stream.cancel();
  return events;
}

describe('a trace', () => {
  it('goes from the command to its events and its callbacks; without one each command begins its own', async () => {
    const dialed = await clientWith(`00-${traceId}-00f067aa0ba902b7-01`).unary(CallService.method.dial, {
      instruction: {
        case: 'dial',
        value: {
          conference: {
            roomName: 'traced',
            statusCallback: receiver.url('/status'),
            statusCallbackEvent: [StatusCallbackEvent.JOIN, StatusCallbackEvent.MUTE],
          },
        },
      },
      media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 8000 } },
    });
    receiver.answerNext({ status: 204 }, { status: 500 });
    const { conferenceSid, callSid } = dialed;
    await clientWith('not a trace').unary(ParticipantService.method.updateParticipant, {
      ...{ conferenceSid, callSid, muted: true },
    });

    const sent = (await receiver.waitFor(3)).map(({ headers }) => String(headers.traceparent));
    const [joined, muted, mutedAgain] = sent.map((header) => parseTraceparent(header)?.traceId);
    expect(joined).toBe(traceId);
    expect(sent[0]).not.toContain('00f067aa0ba902b7');
    expect(muted).toMatch(/^[0-9a-f]{32}$/);
    expect([muted === traceId, mutedAgain, sent[2]]).toEqual([false, muted, sent[1]]);

    const events = await eventsUntil(4);
    expect(events.map(({ happened, traceId: id }) => `${happened.case} ${id}`)).toEqual([
      `callDialed ${traceId}`,
      `conferenceCreated ${traceId}`,
      `participantJoined ${traceId}`,
      `participantMuted ${muted}`,
    ]);
  });
});

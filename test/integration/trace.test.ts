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
import { freePorts } from '../support/serving.js';
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
  const environment = { ...freePorts, PARLEY_DATA_DIR: join(folder, 'data') };
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
    // The first to the callback of the join, which may be there before the reply.
    receiver.answerNext({ status: 204 }, { status: 500 });
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

  it('goes to whoever is asked for a document: what it is asked for by is what the document comes of', async () => {
    const idOf = (digit: string): string => digit.repeat(32);
    const by = (digit: string): GrpcClient => clientWith(`00-${idOf(digit)}-00f067aa0ba902b7-01`);
    const xml = (verbs: string) => ({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<Response>${verbs}</Response>`,
    });
    const at = (path: string): string => receiver.url(path);
    receiver.answerAt(
      '/voice',
      xml(
        `<Dial action="${at('/action')}"><Conference startConferenceOnEnter="false" waitUrl="${at('/wait')}">` +
          'asked</Conference></Dial>',
      ),
    );
    receiver.answerAt('/action', xml('<Pause length="60"/>'));
    receiver.answerAt('/moved', xml('<Pause length="60"/>'));
    for (const path of ['/wait', '/hold', '/news']) receiver.answerAt(path, xml('<Pause length="60"/>'));

    const { callSid, conferenceSid } = await by('1').unary(CallService.method.dial, {
      instruction: { case: 'documentUrl', value: { url: at('/voice') } },
      media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 8000 } },
    });
    const [participant, who] = [ParticipantService.method, { conferenceSid, callSid }];
    await receiver.waitFor(2);
    // Only in a conference that has begun is anybody held.
    await by('6').unary(CallService.method.dial, {
      instruction: { case: 'dial', value: { conference: { roomName: 'asked' } } },
      media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 8000 } },
    });
    await by('2').unary(participant.updateParticipant, { ...who, hold: true, holdUrl: at('/hold') });
    await receiver.waitFor(3);
    await by('3').unary(participant.updateParticipant, { ...who, announceUrl: at('/news') });
    await receiver.waitFor(4);
    await by('4').unary(participant.removeParticipant, who);
    await receiver.waitFor(5);
    await by('5').unary(CallService.method.updateCall, {
      callSid,
      update: { case: 'documentUrl', value: { url: at('/moved') } },
    });
    const asked = (await receiver.waitFor(6)).map(({ path, headers }) => {
      const trace = parseTraceparent(String(headers.traceparent));
      return `${path.split('?')[0]} ${trace?.traceId}`;
    });
    expect(asked).toEqual([
      `/voice ${idOf('1')}`,
      `/wait ${idOf('1')}`,
      `/hold ${idOf('2')}`,
      `/news ${idOf('3')}`,
      `/action ${idOf('4')}`,
      `/moved ${idOf('5')}`,
    ]);
  });
});

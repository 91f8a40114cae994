/** Everything a busy or careless client asks of the control plane, all at once and for as long as it is told to. */
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import type { Guest, Platform } from './platform.js';

/** Of each kind of request, in flight together. */
const atOnce = 25;

/**
 * Streams of each kind that are dropped: nghttp2, which Node is built with, takes more than a thousand on a connection
 * for an attack (CVE-2023-44487) and closes that.
 */
const droppedMax = 400;

/** What a request came to: the name of its gRPC status. */
type Outcome = string;

const nameOf = (code: number): Outcome => status[code] ?? String(code);
const outcomeOf = (request: Promise<unknown>): Promise<Outcome> =>
  request.then(
    () => 'OK',
    (error: ServiceError) => nameOf(error.code),
  );

/** Opens a stream and drops it at its first message. */
const openAndDrop = <M>(stream: ClientReadableStream<M>): Promise<Outcome> =>
  new Promise((resolve) => {
    stream.once('data', () => stream.cancel());
    stream.on('error', (error: ServiceError) => resolve(nameOf(error.code)));
    stream.on('end', () => resolve('OK'));
  });

type Request = (platform: Platform, guest: Guest, turn: number) => Promise<Outcome>;

const requests = {
  'dial and hang up': async (platform, _guest, turn) => {
    const media = { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 16_000 } } as const;
    const dialled = platform.dial(`flood ${turn}`, media);
    const outcome = await outcomeOf(dialled);
    return outcome === 'OK' ? outcomeOf(platform.hangUp(await dialled)) : outcome;
  },
  'get a call': ({ client }, { callSid }) => outcomeOf(client.call(CallService.method.getCall, { callSid })),
  'list conferences': ({ client }) => outcomeOf(client.call(ConferenceService.method.listConferences, {})),
  'list participants': ({ client }, { conferenceSid }) =>
    outcomeOf(client.call(ParticipantService.method.listParticipants, { conferenceSid })),
  'watch events': ({ client }) => openAndDrop(client.watch(EventService.method.watchEvents, {})),
  'watch a conference': ({ client }, { conferenceSid }) =>
    openAndDrop(client.watch(ConferenceService.method.watchConference, { conferenceSid })),
  'ask nonsense': ({ client }) => outcomeOf(client.call(CallService.method.getCall, { callSid: 'nobody' })),
} satisfies Record<string, Request>;

export type FloodKind = keyof typeof requests;
export const floodKinds = Object.keys(requests) as readonly FloodKind[];

/** How often each kind came to each outcome. `guest` is somebody to ask about. */
export type Flood = Readonly<Record<FloodKind, Readonly<Record<Outcome, number>>>>;

export async function flood(platform: Platform, guest: Guest, ms: number): Promise<Flood> {
  const endsAtMs = performance.now() + ms;
  const counted = await Promise.all(
    floodKinds.map(async (kind) => {
      const outcomes: Record<Outcome, number> = {};
      const one = async (client: number): Promise<void> => {
        const turns = kind.startsWith('watch') ? droppedMax : Number.POSITIVE_INFINITY;
        for (let turn = client; turn < turns && performance.now() < endsAtMs; turn += atOnce) {
          const outcome = await requests[kind](platform, guest, turn);
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({ length: atOnce }, (_, client) => one(client)));
      return [kind, outcomes] as const;
    }),
  );
  return Object.fromEntries(counted) as Flood;
}

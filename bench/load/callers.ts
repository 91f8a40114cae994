/** Dials the telephones of a load into their rooms over gRPC, many at a time, and hangs them up again. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { ApiClient } from '../../src/client/api-client.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { Beep, StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import type { Generator } from './generator.js';
import { makeOffer, readAnswer, type Suite } from './offer.js';
import type { Coding, Shape } from './shapes.js';
import type { Target } from './target.js';

/** Dials in flight together. */
const atOnce = 32;
/** The most the API takes: a load sets its own limits. */
const participantsMax = 100_000;

export type Call = { readonly callSid: string; readonly conferenceSid: string };

export type LoadOptions = {
  readonly shape: Shape;
  readonly coding: Coding;
  readonly suite: Suite | null;
  /** Address of this machine as the daemon reaches it. */
  readonly mediaHost: string;
  /** Where the daemon tells of the conferences; null: nowhere. */
  readonly statusCallback?: string | null;
};

/** The daemon has no place for one more. */
export class Refused extends Error {}

const isRefusal = (error: unknown): boolean => (error as Partial<ServiceError>).code === status.RESOURCE_EXHAUSTED;

export class Callers {
  readonly client: ApiClient;
  /** By the number of the leg. */
  readonly calls: (Call | undefined)[] = [];
  readonly #generator: Generator;
  readonly #options: LoadOptions;

  constructor(target: Target, generator: Generator, options: LoadOptions) {
    this.client = new ApiClient(target.grpcAddress, target.token);
    this.#generator = generator;
    this.#options = options;
  }

  /** Dials the legs from `from` to below `to`; resolves with how many came in a second. Rejects with Refused. */
  async dialAll(from: number, to: number): Promise<number> {
    const startedMs = performance.now();
    // The first of a room makes the conference, and what the others hear of it is in the order of their coming.
    await this.dial(from);
    let next = from + 1;
    const worker = async (): Promise<void> => {
      try {
        while (next < to) await this.dial(next++);
      } catch (error) {
        // The others stop too, so that nothing is on its way any more when this is told.
        next = to;
        throw error;
      }
    };
    const dialled = await Promise.allSettled(Array.from({ length: atOnce }, worker));
    for (const outcome of dialled) if (outcome.status === 'rejected') throw outcome.reason;
    return ((to - from) * 1000) / (performance.now() - startedMs);
  }

  async dial(leg: number): Promise<void> {
    const { shape, coding, suite, mediaHost, statusCallback = null } = this.#options;
    const part = shape.part(leg);
    const offer = makeOffer(mediaHost, this.#generator.ports[leg] ?? 0, coding, suite);
    const told =
      statusCallback === null
        ? {}
        : {
            statusCallback,
            statusCallbackEvent: [
              StatusCallbackEvent.START,
              StatusCallbackEvent.END,
              StatusCallbackEvent.JOIN,
              StatusCallbackEvent.LEAVE,
            ],
          };
    const conference = {
      roomName: part.room,
      beep: Beep.FALSE,
      waitUrl: '',
      muted: part.muted ?? false,
      maxParticipants: participantsMax,
      ...told,
    };
    try {
      const { callSid, conferenceSid, media } = await this.client.call(CallService.method.dial, {
        instruction: { case: 'dial', value: { conference } },
        media: { case: 'rtp', value: { sdpOffer: offer.sdp } },
      });
      const answer = readAnswer(media.case === 'rtp' ? media.value.sdpAnswer : '', coding, suite);
      this.calls[leg] = { callSid, conferenceSid };
      this.#generator.answer(leg, part, { ...answer, offered: offer.key, suite });
    } catch (error) {
      throw isRefusal(error) ? new Refused((error as Error).message) : error;
    }
  }

  /** Is to be tried again when it rejects: until then the daemon has the call. */
  async hangUp(leg: number): Promise<void> {
    const call = this.calls[leg];
    if (call === undefined) return;
    this.#generator.hangUp(leg);
    const { callSid } = call;
    await this.client.call(CallService.method.updateCall, { callSid, update: { case: 'hangUp', value: {} } });
    this.calls[leg] = undefined;
  }

  /** Forgets calls that ended by themselves, as those of a conference that was ended. */
  forgetAll(legs: number): void {
    for (let leg = 0; leg < legs; leg += 1) this.#generator.hangUp(leg);
    this.calls.length = 0;
  }

  close(): void {
    this.client.close();
  }
}

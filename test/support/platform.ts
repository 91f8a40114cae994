/**
 * A telephony platform for tests: a daemon in its own process, and guests that it dials into rooms over RTP and gRPC.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { attachRecorded, type RecordedLeg } from '../../src/cli/caller/recorded-leg.js';
import type { Recording } from '../../src/cli/caller/recording.js';
import { RtpCaller } from '../../src/cli/caller/rtp-caller.js';
import type { Voice } from '../../src/cli/caller/voice.js';
import { type DaemonProcess, startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import type { Coding } from '../../src/client/coding.js';
import type { G711Law } from '../../src/client/g711.js';
import { MediaLine } from '../../src/client/media-line.js';
import { CallService, type DialRequestSchema, type DialResponse } from '../../src/gen/parley/v1/call_service_pb.js';
import { Beep, type DialSchema } from '../../src/gen/parley/v1/dial_pb.js';
import {
  ParticipantService,
  type UpdateParticipantRequestSchema,
} from '../../src/gen/parley/v1/participant_service_pb.js';

export { type Coding, linear16 } from '../../src/client/coding.js';

/** Attributes of `<Conference>` beside the room's name. */
export type Attributes = Omit<
  NonNullable<MessageInitShape<typeof DialSchema>['conference']>,
  '$typeName' | '$unknown' | 'roomName'
>;

export type Guest = {
  readonly callSid: string;
  readonly conferenceSid: string;
  readonly recording: Recording;
};

export type RtpGuest = Guest & { readonly caller: RtpCaller };
export type GrpcGuest = Guest & { readonly leg: RecordedLeg };

type Media = NonNullable<MessageInitShape<typeof DialRequestSchema>['media']>;

export class Platform {
  readonly daemon: DaemonProcess;
  readonly client: ApiClient;
  readonly #callers: RtpCaller[] = [];
  readonly #lines: MediaLine[] = [];

  private constructor(daemon: DaemonProcess, token: string | null) {
    this.daemon = daemon;
    this.client = new ApiClient(daemon.grpcAddress, token);
  }

  /** `token`: of the account whose calls it dials; null where none is asked for. */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    token: string | null = null,
  ): Promise<Platform> {
    return Platform.of(await startDaemon({ PARLEY_LOG_LEVEL: 'info', ...environment }), token);
  }

  /** One that calls a daemon which was started already. */
  static of(daemon: DaemonProcess, token: string | null = null): Platform {
    return new Platform(daemon, token);
  }

  async end(): Promise<void> {
    for (const caller of this.#callers) caller.close();
    for (const line of this.#lines) line.close();
    this.client.close();
    await this.daemon.stop();
  }

  /** Dials media of any kind; beeps are off and waiting is silent unless the attributes say otherwise. */
  dial(roomName: string, media: Media, attributes: Attributes = {}): Promise<DialResponse> {
    return this.client.call(CallService.method.dial, {
      instruction: {
        case: 'dial',
        value: { conference: { beep: Beep.FALSE, waitUrl: '', ...attributes, roomName } },
      },
      media,
    });
  }

  async dialRtp(
    roomName: string,
    telephone: { readonly voice: Voice; readonly law: G711Law },
    attributes: Attributes = {},
  ): Promise<RtpGuest> {
    const caller = await RtpCaller.open({ voice: telephone.voice, laws: [telephone.law] });
    this.#callers.push(caller);
    const media: Media = { case: 'rtp', value: { sdpOffer: caller.offer() } };
    const { callSid, conferenceSid, media: answer } = await this.dial(roomName, media, attributes);
    caller.start(answer.case === 'rtp' ? answer.value.sdpAnswer : '');
    return { callSid, conferenceSid, recording: caller.recording, caller };
  }

  openLine(): MediaLine {
    const line = new MediaLine(this.client);
    this.#lines.push(line);
    return line;
  }

  async dialGrpc(
    roomName: string,
    telephone: { readonly line: MediaLine; readonly voice: Voice; readonly coding: Coding },
    attributes: Attributes = {},
  ): Promise<GrpcGuest> {
    const { encoding, rateHz } = telephone.coding;
    const media: Media = { case: 'grpc', value: { encoding, sampleRateHz: rateHz } };
    const { callSid, conferenceSid } = await this.dial(roomName, media, attributes);
    const leg = await attachRecorded(telephone.line, { callSid, voice: telephone.voice, coding: telephone.coding });
    return { callSid, conferenceSid, recording: leg.recording, leg };
  }

  async update(
    { conferenceSid, callSid }: Guest,
    changes: Omit<MessageInitShape<typeof UpdateParticipantRequestSchema>, 'conferenceSid' | 'callSid' | '$typeName'>,
  ): Promise<void> {
    await this.client.call(ParticipantService.method.updateParticipant, { conferenceSid, callSid, ...changes });
  }

  async hangUp({ callSid }: Pick<Guest, 'callSid'>): Promise<void> {
    await this.client.call(CallService.method.updateCall, { callSid, update: { case: 'hangUp', value: {} } });
  }
}

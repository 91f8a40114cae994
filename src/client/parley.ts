/** A daemon, as an application uses it: calls of one's own, conferences, events. */
import { readFileSync } from 'node:fs';
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { CallService, type DialRequestSchema, type DialResponse } from '../gen/parley/v1/call_service_pb.js';
import type { Conference as ConferenceState } from '../gen/parley/v1/conference_pb.js';
import { Beep, type Dial_ConferenceSchema } from '../gen/parley/v1/dial_pb.js';
import type { Event } from '../gen/parley/v1/event_pb.js';
import { ApiClient } from './api-client.js';
import { Call } from './call.js';
import { type Coding, isRate, linear16, pcmu, type Rate, rateFor } from './coding.js';
import { CommandLine } from './command-line.js';
import { Conference, liveConferences } from './conference.js';
import { MediaLine } from './media-line.js';
import { isSound, open, type SoundSource } from './sound-source.js';
import { type WatchOptions, watchEvents } from './watch.js';

/** Bytes, or the path of a file of PEM. */
export type Pem = string | Uint8Array;

export type TlsOptions = {
  /** Authorities of the daemon's certificate; left out: those of the machine. */
  readonly ca?: Pem;
  /** What this client shows of itself (mTLS): both or none. */
  readonly cert?: Pem;
  readonly key?: Pem;
};

export type ConnectOptions = {
  /** host:port of the gRPC API. */
  readonly address: string;
  /** Where the daemon asks for one. */
  readonly token?: string;
  /** `true`: with the authorities of the machine. Left out: in clear text. */
  readonly tls?: boolean | TlsOptions;
  /** For each call of the API that does not say otherwise, milliseconds. Default 10 s. */
  readonly deadlineMs?: number;
};

type Attributes = Omit<MessageInitShape<typeof Dial_ConferenceSchema>, 'roomName' | '$typeName' | '$unknown'>;

export type JoinOptions = {
  readonly room: string;
  /** Its name among the participants. */
  readonly label?: string;
  /** Said as soon as it is in; `call.said` is how it went. */
  readonly from?: SoundSource;
  /** 8000, 16000, 24000 or 48000. Default that of `from` when it is whole, else 16000. */
  readonly rateHz?: Rate;
  /** Frames as µ-law at 8 kHz instead: half of the bytes. */
  readonly coding?: 'linear16' | 'pcmu';
  /** What else `<Conference>` may say: docs of parley.v1.Dial.Conference. */
  readonly attributes?: Attributes;
  /** As Dial takes it; left out: the daemon makes one. */
  readonly callSid?: string;
  /** Who calls whom, for callbacks. */
  readonly facts?: MessageInitShape<typeof DialRequestSchema>['call'];
};

export class Parley implements AsyncDisposable {
  /** Every RPC, by the generated descriptors. */
  readonly api: ApiClient;
  #line: MediaLine | null = null;
  #commands: CommandLine | null = null;
  readonly #lines = new Set<MediaLine>();
  readonly #calls = new Set<Call>();

  private constructor(api: ApiClient) {
    this.api = api;
  }

  /** Rejects with a ParleyError when the daemon is not reached within the deadline, and when a file cannot be read. */
  static async connect({ address, token, tls = false, deadlineMs }: ConnectOptions): Promise<Parley> {
    const api = new ApiClient(address, token ?? null, channelOf(tls), deadlineMs);
    try {
      await api.ready();
    } catch (error) {
      api.close();
      throw error;
    }
    return new Parley(api);
  }

  /** A call of its own in a room, with its media here. */
  async join(options: JoinOptions): Promise<Call> {
    const from = options.from === undefined ? null : await open(options.from);
    const coding = codingOf(options, from !== null && isSound(from) ? from.rateHz : null);
    const call = await Call.attach(this.api, this.#openLine(), await this.#dial(options, coding), coding);
    this.#calls.add(call);
    const forget = (): void => void this.#calls.delete(call);
    call.ended.then(forget, forget);
    if (from !== null) call.begin(from);
    return call;
  }

  /** Asks nothing of the daemon. */
  conference(sid: string): Conference {
    return new Conference(this.api, sid);
  }

  /** Those that live, of a room or of all. */
  conferences(filter: { readonly room?: string } = {}): Promise<readonly ConferenceState[]> {
    return liveConferences(this.api, filter.room);
  }

  /** The conference that lives in a room now. */
  async find(room: string): Promise<Conference | null> {
    const [found] = await liveConferences(this.api, room);
    return found === undefined ? null : this.conference(found.sid);
  }

  /**
   * As `api.call`, for who commands some hundred times a second: all go over one stream, at a fraction of the cost.
   * Of a command that is rejected because the stream broke (`UNAVAILABLE`) nobody knows whether it was done; the next
   * one opens another stream. Throws a TypeError for a method that changes nothing of calls or recordings.
   */
  command<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    if (this.#commands?.isOpen !== true) this.#commands = new CommandLine(this.api);
    return this.#commands.command(method, request);
  }

  /** Events, resumed where they were when the daemon was away. */
  watch(options: WatchOptions = {}): AsyncGenerator<Event, void, undefined> {
    return watchEvents(this.api, options);
  }

  /** Hangs up its calls and closes the connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#calls].map((call) => call.close()));
    for (const line of this.#lines) line.close();
    this.#commands?.close();
    this.api.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #dial({ room, label, attributes, callSid, facts }: JoinOptions, coding: Coding): Promise<DialResponse> {
    const named = label === undefined ? {} : { participantLabel: label };
    const conference = { beep: Beep.FALSE, ...named, ...attributes, roomName: room };
    return this.api.call(CallService.method.dial, {
      ...(callSid === undefined ? {} : { callSid }),
      ...(facts === undefined ? {} : { call: facts }),
      instruction: { case: 'dial', value: { conference } },
      media: { case: 'grpc', value: { encoding: coding.encoding, sampleRateHz: coding.rateHz } },
    });
  }

  /** All calls share a stream as long as there is room on it. */
  #openLine(): MediaLine {
    if (this.#line?.isOpen) return this.#line;
    const line = new MediaLine(this.api);
    this.#line = line;
    this.#lines.add(line);
    for (const old of this.#lines) if (old.hasEnded) this.#lines.delete(old);
    return line;
  }
}

function codingOf({ rateHz, coding = 'linear16' }: JoinOptions, soundRateHz: number | null): Coding {
  if (coding === 'pcmu') {
    if (rateHz !== undefined && rateHz !== pcmu.rateHz) throw new RangeError('rateHz: PCMU has 8000');
    return pcmu;
  }
  const wanted = rateHz ?? rateFor(soundRateHz ?? 16_000);
  if (!isRate(wanted)) throw new RangeError('rateHz: 8000, 16000, 24000 or 48000');
  return linear16(wanted);
}

/** Throws when a file cannot be read. */
export function channelOf(tls: boolean | TlsOptions): ChannelCredentials {
  if (tls === false) return credentials.createInsecure();
  const { ca, cert, key } = tls === true ? ({} as TlsOptions) : tls;
  if ((cert === undefined) !== (key === undefined)) throw new TypeError('tls: cert and key, or neither');
  return credentials.createSsl(pemOf(ca), pemOf(key), pemOf(cert));
}

function pemOf(pem: Pem | undefined): Buffer | null {
  if (pem === undefined) return null;
  return typeof pem === 'string' ? readFileSync(pem) : Buffer.from(pem);
}

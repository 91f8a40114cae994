/**
 * One MediaService.Stream and the legs on it: numbers them, puts their frames together into few messages and takes
 * those of the daemon apart.
 *
 * Time is the daemon's: a leg is given a frame each 20 ms, and whoever has something to say to it sends then. So
 * nothing here needs a timer, no two clocks drift apart, and a daemon that stands still is not sent anything.
 */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ClientDuplexStream, status } from '@grpc/grpc-js';
import type { MediaEncoding } from '../gen/parley/v1/call_pb.js';
import {
  type Attached,
  type Frames,
  FramesSchema,
  MediaService,
  type StreamRequest,
  StreamRequestSchema,
  type StreamResponse,
} from '../gen/parley/v1/media_service_pb.js';
import type { ApiClient } from './api-client.js';
import { ParleyError, toParleyError } from './parley-error.js';

/** What the daemon takes on one stream. */
export const legsPerLineMax = 1000;

/** Told, in order, what happens to a leg from `attach` on. */
export type LegListener = {
  /** 20 ms of what it hears; `payload` is valid until the call returns. */
  readonly heard: (payload: Uint8Array, voice: boolean) => void;
  /** Frames that were lost because this process read too slowly. */
  readonly gap: (frames: number) => void;
  readonly markReached: (name: string, cleared: boolean) => void;
  readonly cleared: (framesDropped: number) => void;
  /** The daemon could not do something; the leg goes on. */
  readonly complaint: (error: ParleyError) => void;
  /** Nothing follows. Null: its call is over, or it was let go. */
  readonly ended: (error: ParleyError | null) => void;
};

/** A leg that is in the stream. What is said to one that is not any more goes nowhere. */
export type LineLeg = {
  readonly encoding: MediaEncoding;
  readonly rateHz: number;
  readonly frameBytes: number;
  readonly send: (frame: Uint8Array) => void;
  readonly mark: (name: string) => void;
  readonly clear: () => void;
  readonly detach: () => void;
};

type Asked = NonNullable<MessageInitShape<typeof StreamRequestSchema>['message']>;

type Leg = {
  readonly listener: LegListener;
  readonly whenAttached: (attached: Attached) => void;
  readonly whenRefused: (error: ParleyError) => void;
  isAttached: boolean;
};

export class MediaLine {
  readonly #stream: ClientDuplexStream<StreamRequest, StreamResponse>;
  readonly #legs = new Map<number, Leg>();
  #unsent: { readonly leg: number; readonly frame: Uint8Array }[] = [];
  #isTaking = false;
  #nextLeg = 1;
  #failure: ParleyError | null = null;

  constructor(client: ApiClient) {
    this.#stream = client.stream(MediaService.method.stream);
    this.#stream.on('data', (response: StreamResponse) => this.#take(response));
    this.#stream.on('error', (error) => this.#fail(toParleyError(error)));
    this.#stream.on('end', () => this.#fail(lineEnded));
  }

  /** False once it has failed or was closed, and when it is full. */
  get isOpen(): boolean {
    return this.#failure === null && this.#legs.size < legsPerLineMax;
  }

  get hasEnded(): boolean {
    return this.#failure !== null;
  }

  /** Resolves when frames may flow; rejects when the daemon refuses the leg or the line breaks. */
  attach(callSid: string, listener: LegListener): Promise<LineLeg> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const number = this.#nextLeg++;
    return new Promise((resolve, reject) => {
      this.#legs.set(number, {
        listener,
        whenAttached: ({ encoding, sampleRateHz: rateHz, frameBytes }) =>
          resolve({ encoding, rateHz, frameBytes, ...this.#controls(number) }),
        whenRefused: reject,
        isAttached: false,
      });
      this.#send({ case: 'attach', value: { leg: number, callSid } });
    });
  }

  /** Hangs nobody up: another line may take the legs. */
  close(): void {
    this.#end(null, lineClosed);
    this.#stream.end();
  }

  /** As a client does that dies: without a word. */
  break(): void {
    this.#end(lineClosed, lineClosed);
    this.#stream.cancel();
  }

  #controls(number: number): Pick<LineLeg, 'send' | 'mark' | 'clear' | 'detach'> {
    const say = (message: Asked): void => {
      if (!this.#legs.has(number) || this.#failure !== null) return;
      this.#flush();
      this.#send(message);
    };
    return {
      send: (frame) => {
        if (!this.#legs.has(number) || this.#failure !== null) return;
        this.#unsent.push({ leg: number, frame });
        if (!this.#isTaking) this.#flush();
      },
      mark: (name) => say({ case: 'mark', value: { leg: number, name } }),
      // Behind what was sent: the daemon counts that among what it drops.
      clear: () => say({ case: 'clear', value: { leg: number } }),
      detach: () => say({ case: 'detach', value: { leg: number } }),
    };
  }

  #send(message: Asked): void {
    this.#stream.write(create(StreamRequestSchema, { message }));
  }

  #flush(): void {
    const unsent = this.#unsent;
    if (unsent.length === 0) return;
    this.#unsent = [];
    const size = unsent[0]?.frame.length;
    const isUniform = unsent.every(({ frame }) => frame.length === size);
    const value = create(FramesSchema, {
      legs: unsent.map(({ leg }) => leg),
      payload: Buffer.concat(unsent.map(({ frame }) => frame)),
      lengths: isUniform ? [] : unsent.map(({ frame }) => frame.length),
    });
    this.#send({ case: 'frames', value });
  }

  /** What legs want to say to this message leaves in one. */
  #take({ message }: StreamResponse): void {
    this.#isTaking = true;
    try {
      if (message.case === 'frames') this.#hear(message.value);
      else if (message.case !== undefined) this.#tell(message);
    } finally {
      this.#isTaking = false;
    }
    if (this.#failure === null) this.#flush();
  }

  #tell(message: Exclude<StreamResponse['message'], { case: 'frames' | undefined }>): void {
    const number = message.value.leg ?? 0;
    const leg = this.#legs.get(number);
    if (leg === undefined) return;
    const { listener } = leg;
    switch (message.case) {
      case 'attached':
        leg.isAttached = true;
        leg.whenAttached(message.value);
        return;
      case 'detached':
        this.#legs.delete(number);
        listener.ended(null);
        return;
      case 'markReached':
        listener.markReached(message.value.name, message.value.cleared);
        return;
      case 'cleared':
        listener.cleared(message.value.framesDropped);
        return;
      case 'gap':
        listener.gap(message.value.frames);
        return;
      case 'legError': {
        const { code, reason, message: details } = message.value;
        const error = new ParleyError({ code, reason, details });
        if (leg.isAttached) {
          listener.complaint(error);
          return;
        }
        this.#legs.delete(number);
        leg.whenRefused(error);
      }
    }
  }

  #hear({ legs, lengths, payload, voice }: Frames): void {
    let from = 0;
    for (const [index, number] of legs.entries()) {
      const to = from + (lengths[index] ?? payload.length / legs.length);
      this.#legs.get(number)?.listener.heard(payload.subarray(from, to), voice[index] ?? false);
      from = to;
    }
  }

  #fail(error: ParleyError): void {
    this.#end(error, error);
  }

  /** `toAttached` is the end of those who are in, `toOthers` the refusal of those who wanted to be. */
  #end(toAttached: ParleyError | null, toOthers: ParleyError): void {
    if (this.#failure !== null) return;
    this.#failure = toOthers;
    const legs = [...this.#legs.values()];
    this.#legs.clear();
    this.#unsent = [];
    for (const leg of legs) {
      if (leg.isAttached) leg.listener.ended(toAttached);
      else leg.whenRefused(toOthers);
    }
  }
}

const lineEnded = new ParleyError({ code: status.UNAVAILABLE, details: 'the daemon ended the media stream' });
const lineClosed = new ParleyError({ code: status.CANCELLED, details: 'the media stream was closed here' });

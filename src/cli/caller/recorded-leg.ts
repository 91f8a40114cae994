/** Callers without RTP: their frames travel over MediaService.Stream, all those of one line on one stream. */
import { create } from '@bufbuild/protobuf';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { MediaEncoding } from '../../gen/parley/v1/call_pb.js';
import {
  AttachSchema,
  type Frames,
  FramesSchema,
  MediaService,
  type StreamRequest,
  StreamRequestSchema,
  type StreamResponse,
} from '../../gen/parley/v1/media_service_pb.js';
import type { ApiClient } from './api-client.js';
import { decodeG711, encodeG711 } from './g711.js';
import { every, monotonicNowMs } from './monotonic.js';
import { Recording } from './recording.js';
import type { Voice } from './voice.js';

const frameMs = 20;

/** One leg of a line: what it says, what it heard, and what went wrong with it. */
export type LineLeg = {
  readonly recording: Recording;
  /** Frames Parley dropped because we read too slowly. */
  readonly framesLost: () => number;
  /** What Parley said against this leg, newest last. */
  readonly complaints: () => readonly string[];
  /** False from the moment Parley let the leg go. */
  readonly attached: () => boolean;
};

type Leg = {
  readonly voice: Voice;
  readonly encoding: MediaEncoding;
  readonly frameSamples: number;
  readonly recording: Recording;
  readonly complaints: string[];
  readonly whenAttached: () => void;
  readonly whenRefused: (error: Error) => void;
  attached: boolean;
  framesHeard: number;
  framesLost: number;
};

export type LegOptions = {
  readonly callSid: string;
  readonly voice: Voice;
  readonly encoding: MediaEncoding;
  readonly rateHz: number;
};

function encodeFrame(leg: Leg): Uint8Array {
  const samples = leg.voice.next(leg.frameSamples) ?? new Int16Array(leg.frameSamples);
  if (leg.encoding === MediaEncoding.PCMU) return encodeG711('pcmu', samples);
  const bytes = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(sample, index * 2);
  });
  return bytes;
}

function decodeFrame(leg: Leg, payload: Uint8Array): Int16Array {
  if (leg.encoding === MediaEncoding.PCMU) return decodeG711('pcmu', payload);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Int16Array.from({ length: payload.length / 2 }, (_, index) => view.getInt16(index * 2, true));
}

/** Where each frame of a message begins and ends (media_service.proto, `Frames`). */
function frameBounds({
  legs,
  lengths,
  payload,
}: Frames): readonly (readonly [leg: number, from: number, to: number])[] {
  let from = 0;
  return legs.map((leg, index) => {
    const to = from + (lengths[index] ?? payload.length / legs.length);
    const bounds = [leg, from, to] as const;
    from = to;
    return bounds;
  });
}

export class MediaLine {
  readonly #stream: ClientDuplexStream<StreamRequest, StreamResponse>;
  readonly #legs = new Map<number, Leg>();
  readonly #stopSending: () => void;
  #nextLeg = 1;
  #failure: Error | null = null;

  constructor(client: ApiClient) {
    this.#stream = client.stream(MediaService.method.stream);
    this.#stream.on('data', (response: StreamResponse) => this.#take(response));
    this.#stream.on('error', (error) => this.#fail(error));
    this.#stopSending = every(frameMs, () => this.#sendFrames());
  }

  /** Resolves when frames may flow; rejects when Parley refuses the leg or the line breaks. */
  attach({ callSid, voice, encoding, rateHz }: LegOptions): Promise<LineLeg> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const number = this.#nextLeg++;
    return new Promise((resolve, reject) => {
      const leg: Leg = {
        voice,
        encoding,
        frameSamples: (rateHz * frameMs) / 1000,
        recording: new Recording(rateHz),
        complaints: [],
        whenAttached: () =>
          resolve({
            recording: leg.recording,
            framesLost: () => leg.framesLost,
            complaints: () => leg.complaints,
            attached: () => leg.attached,
          }),
        whenRefused: reject,
        attached: false,
        framesHeard: 0,
        framesLost: 0,
      };
      this.#legs.set(number, leg);
      this.#send({ case: 'attach', value: create(AttachSchema, { leg: number, callSid }) });
    });
  }

  /** Hangs nobody up: another line may take the legs. */
  close(): void {
    this.#stopSending();
    this.#stream.end();
  }

  /** As a client does that dies: without a word. */
  break(): void {
    this.#stopSending();
    this.#stream.cancel();
  }

  #send(message: StreamRequest['message']): void {
    this.#stream.write(create(StreamRequestSchema, { message }));
  }

  #sendFrames(): void {
    const attached = [...this.#legs].filter(([, leg]) => leg.attached);
    if (attached.length === 0) return;
    const frames = attached.map(([, leg]) => encodeFrame(leg));
    this.#send({
      case: 'frames',
      value: create(FramesSchema, {
        legs: attached.map(([number]) => number),
        payload: Buffer.concat(frames),
        lengths: frames.map(({ length }) => length),
      }),
    });
  }

  #take({ message }: StreamResponse): void {
    switch (message.case) {
      case 'frames':
        this.#hear(message.value);
        return;
      case 'attached': {
        const leg = this.#legs.get(message.value.leg);
        if (leg === undefined) return;
        leg.attached = true;
        leg.whenAttached();
        return;
      }
      case 'detached': {
        const leg = this.#legs.get(message.value.leg);
        if (leg !== undefined) leg.attached = false;
        return;
      }
      case 'gap': {
        const leg = this.#legs.get(message.value.leg);
        if (leg === undefined) return;
        leg.framesLost += message.value.frames;
        leg.framesHeard += message.value.frames;
        return;
      }
      case 'legError': {
        const leg = this.#legs.get(message.value.leg ?? 0);
        const complaint = `${message.value.reason}: ${message.value.message}`;
        leg?.complaints.push(complaint);
        if (leg?.attached === false) leg.whenRefused(new Error(complaint));
        return;
      }
      case 'markReached':
      case undefined:
        return;
    }
  }

  #hear(frames: Frames): void {
    const nowMs = monotonicNowMs();
    for (const [number, from, to] of frameBounds(frames)) {
      const leg = this.#legs.get(number);
      if (leg === undefined) continue;
      const samples = decodeFrame(leg, frames.payload.subarray(from, to));
      leg.recording.add(leg.framesHeard & 0xffff, (leg.framesHeard * leg.frameSamples) >>> 0, samples, nowMs);
      leg.framesHeard++;
    }
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#stopSending();
    for (const leg of this.#legs.values()) {
      leg.attached = false;
      leg.whenRefused(error);
    }
  }
}

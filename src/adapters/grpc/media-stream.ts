/** MediaService.Stream: between the messages of one client and the lanes of its legs, every 10 ms. */
import { status } from '@grpc/grpc-js';
import type { Application } from '../../app/application.js';
import type { Metrics } from '../../app/metrics.js';
import type { AccountSid } from '../../base/brands.js';
import type { Cancel, Clock } from '../../base/ports.js';
import { parseSid } from '../../base/sids.js';
import { type Attach, DetachReason, type Frames, type StreamRequest } from '../../gen/parley/v1/media_service_pb.js';
import type { Failure } from './failure.js';
import { type LegFrame, splitFrames } from './frames.js';
import { toEncoding } from './media-encoding.js';
import { MediaLeg } from './media-leg.js';
import { MediaOutput, type MediaReply } from './media-output.js';
import type { Outgoing } from './outgoing.js';
import type { DuplexSession } from './service-definition.js';
import { failureOf } from './status.js';

/** Half a frame: what waits for the pump waits 5 ms on average. */
export const pumpMs = 10;
export const legsMax = 1000;
/** Of all legs of a stream together: a minute of 11 legs at 48 kHz, or of 69 at 8 kHz. */
export const queuedBytesMax = 64 * 1024 * 1024;
const markNameCharactersMax = 256;

const readsTooSlowly: Failure = {
  code: status.RESOURCE_EXHAUSTED,
  reason: 'READS_TOO_SLOWLY',
  message: 'too many answers were left unread',
  contractCode: null,
  violations: [],
};

/** Why one message could not be carried out for one leg; the stream goes on. */
type LegFault = Pick<Failure, 'code' | 'reason' | 'message'>;

const invalid = (message: string): LegFault => ({ code: status.INVALID_ARGUMENT, reason: 'INVALID_ARGUMENT', message });
const exhausted = (reason: string, message: string): LegFault => ({ code: status.RESOURCE_EXHAUSTED, reason, message });
const legUnknown: LegFault = { code: status.NOT_FOUND, reason: 'LEG_UNKNOWN', message: 'no such leg is attached' };
const legInUse: LegFault = {
  code: status.ALREADY_EXISTS,
  reason: 'LEG_IN_USE',
  message: 'the number is in use on this stream',
};
const tooFarAhead = exhausted('TOO_FAR_AHEAD', 'a minute of frames of this leg, or too many of all legs, wait already');

type Dependencies = {
  readonly application: Application;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly accountSid: AccountSid;
};

export class MediaStream implements DuplexSession<StreamRequest> {
  readonly #dependencies: Dependencies;
  readonly #output: MediaOutput;
  readonly #fail: (failure: Failure) => void;
  readonly #legs = new Map<number, MediaLeg>();
  #cancelPump: Cancel;

  constructor(
    dependencies: Dependencies,
    outgoing: Outgoing<{ readonly message: MediaReply }>,
    fail: (failure: Failure) => void,
  ) {
    this.#dependencies = dependencies;
    this.#output = new MediaOutput(outgoing);
    this.#fail = fail;
    this.#cancelPump = this.#pumpLater();
  }

  receive({ message }: StreamRequest): void {
    switch (message.case) {
      case 'frames':
        this.#takeFrames(message.value);
        break;
      case undefined:
        this.#report(undefined, invalid('a message must hold frames, attach, detach, clear or mark'));
        break;
      case 'attach':
      case 'detach':
      case 'clear':
      case 'mark': {
        const fault = this.#control(message);
        if (fault !== null) this.#report(message.value.leg, fault);
      }
    }
  }

  close(): void {
    this.#cancelPump();
    for (const leg of this.#legs.values()) this.#dependencies.application.detachMedia(leg.handle);
    this.#legs.clear();
  }

  #control(
    message: Extract<StreamRequest['message'], { case: 'attach' | 'detach' | 'clear' | 'mark' }>,
  ): LegFault | null {
    if (message.case === 'attach') return this.#attach(message.value);
    const number = message.value.leg;
    const leg = this.#legs.get(number);
    if (leg === undefined) return legUnknown;
    switch (message.case) {
      case 'detach':
        this.#detach(number, leg, DetachReason.REQUESTED);
        return null;
      case 'clear':
        this.#clear(number, leg);
        return null;
      case 'mark': {
        const { name } = message.value;
        if (name.length > markNameCharactersMax)
          return invalid(`a mark has at most ${markNameCharactersMax} characters`);
        return leg.mark(name) ? null : exhausted('TOO_MANY_MARKS', 'too many marks of this leg are pending');
      }
    }
  }

  #clear(number: number, leg: MediaLeg): void {
    const { frames, marks } = leg.clear();
    this.#say({ case: 'cleared', value: { leg: number, framesDropped: frames } });
    this.#giveBack(number, marks, 'cleared');
  }

  #attach({ leg: number, callSid }: Attach): LegFault | null {
    if (this.#legs.has(number)) return legInUse;
    if (this.#legs.size >= legsMax) return exhausted('TOO_MANY_LEGS', `a stream takes ${legsMax} legs`);
    const sid = parseSid('call', callSid);
    if (sid === null) return invalid('call_sid must be a UUID, or CA and 32 hexadecimal digits');
    const { application, accountSid } = this.#dependencies;
    const handle = application.attachMedia(accountSid, sid);
    if (!handle.ok) return failureOf(handle.error);
    this.#legs.set(number, new MediaLeg(handle.value));
    const { codec, rateHz, frameBytes } = handle.value;
    const encoding = toEncoding(codec);
    this.#say({ case: 'attached', value: { leg: number, callSid: sid, encoding, sampleRateHz: rateHz, frameBytes } });
    return null;
  }

  #detach(number: number, leg: MediaLeg, reason: DetachReason): void {
    this.#giveBack(number, leg.clearMarks(), 'cleared');
    this.#legs.delete(number);
    this.#dependencies.application.detachMedia(leg.handle);
    this.#output.forget(number);
    this.#say({ case: 'detached', value: { leg: number, reason } });
  }

  /** At most one report a leg and message, however many of its frames are at fault. */
  #takeFrames(message: Frames): void {
    const frames = splitFrames(message);
    if (!frames.ok) {
      this.#report(undefined, invalid(frames.error), message.legs.length);
      return;
    }
    let queuedBytes = 0;
    for (const leg of this.#legs.values()) queuedBytes += leg.queuedBytes();
    const dropped = new Map<number, { readonly fault: LegFault; readonly frames: number }>();
    for (const { leg: number, bytes } of frames.value) {
      const fault = this.#takeFrame(this.#legs.get(number), bytes, queuedBytes);
      if (fault === null) queuedBytes += bytes.length;
      else dropped.set(number, { fault, frames: (dropped.get(number)?.frames ?? 0) + 1 });
    }
    for (const [number, { fault, frames: count }] of dropped) {
      if (fault === tooFarAhead) this.#dependencies.metrics.count('parley_media_overflows_total', { direction: 'in' });
      this.#report(number, fault, count);
    }
  }

  #takeFrame(leg: MediaLeg | undefined, bytes: Uint8Array, queuedBytes: number): LegFault | null {
    if (leg === undefined) return legUnknown;
    const { frameBytes } = leg.handle;
    if (bytes.length !== frameBytes) return invalid(`a frame of this leg has ${frameBytes} bytes`);
    return queuedBytes + frameBytes <= queuedBytesMax && leg.enqueue(bytes) ? null : tooFarAhead;
  }

  #pumpLater(): Cancel {
    return this.#dependencies.clock.after(pumpMs, () => {
      this.#cancelPump = this.#pumpLater();
      this.#pump();
    });
  }

  #pump(): void {
    const heard: LegFrame[] = [];
    for (const [number, leg] of [...this.#legs]) {
      const isUp = leg.pump((bytes, voice) => heard.push({ leg: number, bytes, voice }));
      if (isUp) this.#giveBack(number, leg.reachedMarks(), 'played');
      else this.#detach(number, leg, DetachReason.CALL_COMPLETED);
    }
    const { clock, metrics } = this.#dependencies;
    const dropped = this.#output.frames(heard, clock.monotonic());
    if (dropped > 0) metrics.count('parley_media_overflows_total', { direction: 'out' });
  }

  #giveBack(leg: number, names: readonly string[], why: 'played' | 'cleared'): void {
    for (const name of names) this.#say({ case: 'markReached', value: { leg, name, cleared: why === 'cleared' } });
  }

  #report(leg: number | undefined, { code, reason, message }: LegFault, framesDropped = 0): void {
    this.#say({ case: 'legError', value: { leg, code, reason, message, framesDropped } });
  }

  #say(reply: MediaReply): void {
    if (this.#output.answer(reply)) return;
    this.#dependencies.metrics.count('parley_rpcs_cut_total', { why: 'slow-reader' });
    this.#fail(readsTooSlowly);
  }
}

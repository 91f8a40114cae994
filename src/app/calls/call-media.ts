/**
 * The media of a call that runs documents: offered, then a leg that stays open until the call is over, in conferences
 * and between them.
 */
import { assert } from '../../base/assert.js';
import type { AccountSid, CallSid } from '../../base/brands.js';
import type { Clock, Random } from '../../base/ports.js';
import { ok, type Result } from '../../base/result.js';
import type { JitterBufferSize } from '../../cxml/conference-attributes.js';
import type { EnginePort, EngineRefusal, Leg, LegMedia, ShardId } from '../../media/engine-port.js';
import type { MediaAnswer, MediaOffer, Refusal, ShapingWishes } from '../application.js';
import type { Calls } from './calls.js';
import { type MediaSettings, type PreparedMedia, prepareMedia, settingsForDial, shapedMedia } from './leg-media.js';

/** Two ticks: by then the engine has read the ring. */
const retryMs = 10;

export type CallMediaParts = {
  readonly engine: EnginePort;
  readonly calls: Calls;
  readonly media: MediaSettings;
  readonly random: Random;
  readonly clock: Clock;
};

export type MediaWish = { readonly offer: MediaOffer; readonly shaping: ShapingWishes };

export class CallMedia {
  readonly #parts: CallMediaParts;
  readonly #accountSid: AccountSid;
  readonly #callSid: CallSid;
  readonly #wish: MediaWish | null;
  #leg: Leg | null = null;
  #prepared: PreparedMedia | null = null;
  #answer: MediaAnswer = { kind: 'grpc' };
  #isMoving = false;

  /** `wish` of null: it has a leg already, which `adopt` tells. */
  constructor(
    parts: CallMediaParts,
    { accountSid, callSid, wish }: { accountSid: AccountSid; callSid: CallSid; wish: MediaWish | null },
  ) {
    this.#parts = parts;
    this.#accountSid = accountSid;
    this.#callSid = callSid;
    this.#wish = wish;
  }

  /** Null until it has one. */
  leg(): Leg | null {
    return this.#leg;
  }

  /** The shard that has its leg; null while it has none, or goes from one to another. */
  shard(): ShardId | null {
    return this.#isMoving ? null : (this.#leg?.shard ?? null);
  }

  /** What the offer was answered. REQUIRES: it has a leg, and was not adopted. */
  answer(): MediaAnswer {
    return this.#answer;
  }

  /** The leg of a call that began without a document. */
  adopt(leg: Leg): void {
    this.#leg = leg;
  }

  /** How its leg is coded, or is to be; a jitter buffer may be wished for until it has one. */
  media(jitterBuffer: JitterBufferSize | null): Result<LegMedia, Refusal> {
    const { calls, media: settings, random } = this.#parts;
    const live = calls.live(this.#accountSid, this.#callSid);
    if (live !== null) return ok(live.media);
    assert(this.#wish !== null, 'who has no media has offered some');
    const { offer, shaping } = this.#wish;
    const ofDial = offer.kind === 'rtp' ? settingsForDial(settings, jitterBuffer ?? undefined) : settings;
    const prepared = prepareMedia(offer, ofDial, random);
    if (!prepared.ok) return prepared;
    this.#prepared = prepared.value;
    return ok(shapedMedia(prepared.value.media, shaping, settings));
  }

  /** The leg that a conference took for it; nothing when it has one already. REQUIRES: `media` was asked. */
  take(leg: Leg): void {
    if (this.#leg !== null) return;
    this.#leg = leg;
    const prepared = this.#prepared;
    const answered = prepared?.answer(leg) ?? null;
    if (prepared === null || answered === null) return;
    this.#parts.calls.answer(this.#accountSid, this.#callSid, prepared.media, answered);
    this.#answer = { kind: 'rtp', sdpAnswer: answered.text };
  }

  /**
   * A leg of its own, in no room: on the shard where its call will be in a conference if that has a place for it, else
   * on the one with the least to do. `take` follows once the call has begun.
   */
  open(media: LegMedia, wanted: ShardId | null): Result<Leg, EngineRefusal> {
    const opened = wanted === null ? null : this.#openOn(wanted, media);
    if (opened?.ok === true) return opened;
    const shard = this.#parts.engine.place();
    return shard.ok ? this.#openOn(shard.value, media) : shard;
  }

  /**
   * Takes its leg to another shard; one that fails then takes the leg with it. REQUIRES: it has a leg, which is in no
   * room and is played nothing.
   */
  async move(to: ShardId): Promise<Result<void, EngineRefusal>> {
    const { calls, engine } = this.#parts;
    const live = calls.live(this.#accountSid, this.#callSid);
    assert(live !== null && this.#leg !== null, 'a leg that moves is that of a call in progress');
    this.#isMoving = true;
    const moved = await engine.moveLeg(live.leg, live.media, to);
    this.#isMoving = false;
    if (moved.ok) this.#leg = moved.value;
    else if (moved.error.kind === 'engine-unavailable') this.#leg = null;
    return moved.ok ? ok(undefined) : moved;
  }

  #openOn(shard: ShardId, media: LegMedia): Result<Leg, EngineRefusal> {
    const { engine } = this.#parts;
    const leg = engine.reserveLeg(shard, media);
    if (!leg.ok) return leg;
    const opened = engine.apply(shard, [{ kind: 'open-leg', leg: leg.value.id, media }]);
    if (opened.ok) return leg;
    engine.releaseLeg(leg.value.id);
    return opened;
  }

  /** The call is over while it is in no room. REQUIRES: nothing is played to it. */
  close(): void {
    const { engine, clock } = this.#parts;
    const leg = this.#leg;
    if (leg === null) return;
    const closed = engine.apply(leg.shard, [{ kind: 'close-leg', leg: leg.id }]);
    if (!closed.ok && closed.error.kind === 'engine-full') clock.after(retryMs, () => this.close());
  }
}

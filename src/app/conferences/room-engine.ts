/**
 * One conference's standing with the engine: the room and legs it holds, what the engine was last told, and what is
 * still to be told. A change the command ring has no place for is told later, as the difference there is by then.
 */
import { assert } from '../../base/assert.js';
import type { CallSid } from '../../base/brands.js';
import { empty } from '../../base/empty.js';
import type { Cancel, Clock } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import {
  type CallLeg,
  engineBatch,
  noRecorders,
  noSounds,
  type RoomPicture,
  type RoomRecorders,
  type RoomSounds,
  roomPicture,
} from '../../media/engine-batch.js';
import type {
  EnginePort,
  EngineRefusal,
  Leg,
  LegId,
  LegMedia,
  MixRoom,
  RecorderId,
  RtpMedia,
  ShardId,
} from '../../media/engine-port.js';
import type { MixPlan } from '../../media/mix-plan.js';
import {
  type HeldRate,
  holdRate,
  type MixedRate,
  type RoomRateHz,
  roomRate,
  savedRate,
} from '../../media/room-rate.js';
import type { RoomRateSaving } from '../health/room-rate-saving.js';
import type { Metrics } from '../metrics.js';
import type { RecorderPlace } from '../recordings/conference-recordings.js';

/** Two ticks: by then the engine has read the ring. */
const retryMs = 10;

export type RoomEngineParts = {
  readonly engine: EnginePort;
  readonly rateSaving: Pick<RoomRateSaving, 'saves'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** A leg taken for a newcomer whose join is not committed yet; `standing`: it was open before, and stays so. */
export type LegReservation = {
  readonly leg: Leg;
  readonly media: LegMedia;
  readonly room: MixRoom;
  readonly standing: boolean;
};

const atRate = (picture: RoomPicture, rateHz: RoomRateHz): RoomPicture =>
  picture.rateHz === rateHz ? picture : { ...picture, rateHz };

export class RoomEngine {
  readonly #parts: RoomEngineParts;
  readonly #legs = new Map<CallSid, CallLeg>();
  /** Of the same calls: not all need be on the home of the room. */
  readonly #shards = new Map<CallSid, ShardId>();
  #room: MixRoom | null = null;
  #plan: MixPlan = new Map();
  #sounds: RoomSounds = noSounds;
  #recorders: RoomRecorders = noRecorders;
  /** Of these, those that are over: their call left, or the room was closed. */
  readonly #spent = new Set<RecorderId>();
  #told: RoomPicture | null = null;
  /** Open legs of which the engine is still to be told: in now; on without the room; over before it heard of them. */
  readonly #arriving = new Set<LegId>();
  readonly #parting = new Map<LegId, LegMedia>();
  readonly #ending = new Set<LegId>();
  /** Null while nobody is in. */
  #held: HeldRate | null = null;
  /** The rate that the engine was told last is less than the one held then. */
  #isSaved = false;
  #cancelLook: Cancel = () => {};
  #isRetrying = false;

  constructor(parts: RoomEngineParts) {
    this.#parts = parts;
  }

  /** The home of the room. Null before the first leg and after the last. */
  shard(): ShardId | null {
    return this.#room?.shard ?? null;
  }

  /** Where a call that is in, or about to be, has its leg; null: it is in no room of this conference. */
  shardOf(callSid: CallSid): ShardId | null {
    return this.#shards.get(callSid) ?? null;
  }

  /** Whether what this shard has is part of it. */
  isOn(shard: ShardId): boolean {
    return this.shard() === shard || [...this.#shards.values()].includes(shard);
  }

  /** The leg of a call that is in. */
  leg(callSid: CallSid): CallLeg | null {
    return this.#legs.get(callSid) ?? null;
  }

  /**
   * Takes a leg, or the one that stands open already, and with the first one the room. To be given to `admit` or back
   * to `release` at once after.
   */
  reserve(media: LegMedia, standing: Leg | null = null): Result<LegReservation, EngineRefusal> {
    const { engine } = this.#parts;
    const room = this.#room === null ? this.#reserveRoom(standing) : ok(this.#room);
    if (!room.ok) return room;
    if (standing !== null) {
      if (standing.shard !== room.value.shard) return err({ kind: 'engine-full', what: 'same-shard' });
      return ok({ leg: standing, media, room: room.value, standing: true });
    }
    const leg = engine.reserveLegFor(room.value, media);
    if (leg.ok) return ok({ leg: leg.value, media, room: room.value, standing: false });
    if (this.#room === null) engine.releaseRoom(room.value.id);
    return leg;
  }

  /** The join did not come to pass. */
  release({ leg, room, standing }: LegReservation): void {
    if (!standing) this.#parts.engine.releaseLeg(leg.id);
    if (this.#room === null) this.#parts.engine.releaseRoom(room.id);
  }

  /** The join was committed; the leg is opened with the next `tell`. */
  admit(callSid: CallSid, { leg, media, room, standing }: LegReservation): void {
    assert(!this.#legs.has(callSid), 'a call has one leg');
    this.#room = room;
    if (standing) this.#arriving.add(leg.id);
    this.#legs.set(callSid, { leg: leg.id, media });
    this.#shards.set(callSid, leg.shard);
  }

  /**
   * Brings the engine to `plan`, whose every call was admitted, and to what is played in it; other legs are closed, but
   * for those of `parting`.
   */
  tell(plan: MixPlan, sounds: RoomSounds, parting: ReadonlySet<CallSid> = new Set()): void {
    this.#plan = plan;
    this.#take(sounds);
    for (const [callSid, { leg, media }] of this.#legs) {
      if (plan.has(callSid)) continue;
      this.#legs.delete(callSid);
      this.#shards.delete(callSid);
      this.#forget(leg, media, parting.has(callSid));
    }
    this.#catchUp();
  }

  /** Something else is played, and nothing else is otherwise. */
  play(sounds: RoomSounds): void {
    this.#take(sounds);
    this.#catchUp();
  }

  /**
   * What is taken down of the room from now on: said with the next `tell` or `play`, in the batch of what else changes.
   * Those of a call end with it, and all with the room: none begins twice. REQUIRES: reserved on the shard of this
   * room, and given back by nobody else.
   */
  record(recorders: RoomRecorders): void {
    for (const recorder of this.#recorders.keys()) if (!recorders.has(recorder)) this.#dropRecorder(recorder);
    this.#recorders = recorders;
  }

  /** One that the engine never heard of is over before it began. */
  #dropRecorder(recorder: RecorderId): void {
    const isKnown = this.#told?.recorders.has(recorder) === true;
    if (!this.#spent.delete(recorder) && !isKnown) this.#parts.engine.releaseRecorder(recorder);
  }

  /** What the engine was told last is no longer so. */
  #noteSpent(picture: RoomPicture | null): void {
    for (const recorder of this.#told?.recorders.keys() ?? []) {
      const isOver = picture?.recorders.has(recorder) !== true && this.#recorders.has(recorder);
      if (isOver) this.#spent.add(recorder);
    }
    if (picture !== null) return;
    for (const recorder of this.#recorders.keys()) {
      if (this.#spent.has(recorder)) continue;
      this.#parts.engine.releaseRecorder(recorder);
      this.#spent.add(recorder);
    }
  }

  /**
   * Where the room is or will be mixed, and at what rate, once this leg is in, too; null: nowhere. The rate is that of
   * a home that does not save: what goes by it lasts longer than the saving.
   */
  placeWith(reservation: LegReservation | null): RecorderPlace | null {
    const shard = reservation?.room.shard ?? this.shard();
    if (shard === null) return null;
    const shardOf = (callSid: CallSid): ShardId => this.shardOf(callSid) ?? reservation?.leg.shard ?? shard;
    return { shard, shardOf, rateHz: this.#rateWith(reservation?.media ?? null) };
  }

  #rateWith(newcomer: LegMedia | null): RoomRateHz {
    const medias = [...this.#legs.values()].map(({ media }) => media);
    const all = newcomer === null ? medias : [...medias, newcomer];
    const needed = roomRate(all.map(({ rateHz }) => rateHz));
    return this.#held !== null && this.#held.rateHz > needed ? this.#held.rateHz : needed;
  }

  /** Players that are gone are ended with the next batch; of those it never heard of the engine is told nothing. */
  #take(sounds: RoomSounds): void {
    for (const player of this.#sounds.players.keys()) {
      const isKnown = sounds.players.has(player) || this.#told?.players.has(player) === true;
      if (!isKnown) this.#parts.engine.releasePlayer(player);
    }
    this.#sounds = sounds;
  }

  /** The engine does not know yet that this leg is no longer here. */
  isParting(leg: LegId): boolean {
    return this.#parting.has(leg);
  }

  #forget(leg: LegId, media: LegMedia, parts: boolean): void {
    const wasTold = this.#told?.legs.has(leg) === true;
    if (this.#arriving.delete(leg)) {
      // Open, and the engine never heard that it was here.
      if (!parts) this.#ending.add(leg);
    } else if (parts) this.#parting.set(leg, media);
    else if (!wasTold) this.#parts.engine.releaseLeg(leg);
  }

  /** New media for the leg of a call that is in: taken at once with all that is still to be told, or not at all. */
  update(callSid: CallSid, media: RtpMedia): Result<void, EngineRefusal> {
    const known = this.#legs.get(callSid);
    assert(known !== undefined, 'only a call that is in has its media changed');
    // The engine must have heard of the leg before it hears of a change.
    if (this.#told?.legs.has(known.leg) !== true) return err({ kind: 'engine-full', what: 'command-ring' });
    this.#legs.set(callSid, { leg: known.leg, media });
    const told = this.#tellDifference();
    if (!told.ok) this.#legs.set(callSid, known);
    return told;
  }

  #reserveRoom(standing: Leg | null): Result<MixRoom, EngineRefusal> {
    const shard = standing === null ? this.#parts.engine.place() : ok(standing.shard);
    return shard.ok ? this.#parts.engine.reserveRoom(shard.value) : shard;
  }

  /** Its home saves, or does so no longer. */
  lookAtRate(): void {
    this.#catchUp();
  }

  #catchUp(): void {
    const { clock, metrics } = this.#parts;
    const told = this.#tellDifference();
    if (told.ok || told.error.kind !== 'engine-full') return;
    metrics.count('parley_engine_batches_postponed_total', {});
    if (!this.#isRetrying) clock.after(retryMs, () => this.#retry());
    this.#isRetrying = true;
  }

  /** All of it or, when the engine is full, nothing. */
  #tellDifference(): Result<void, EngineRefusal> {
    const { engine } = this.#parts;
    if (this.#room === null) return ok(undefined);
    const { id, shard } = this.#room;
    const held = this.#heldPicture();
    const mixed = held && this.#mixedRate(shard, held);
    const picture = held && mixed && atRate(held, mixed.rateHz);
    const batch = engineBatch(id, this.#told, picture, {
      arriving: this.#arriving,
      parting: this.#parting,
      ending: this.#ending,
    });
    const applied = batch.length === 0 ? ok(undefined) : engine.apply(shard, batch);
    if (!applied.ok && applied.error.kind === 'engine-full') return applied;
    this.#noteSpent(picture);
    // A shard that is gone has nothing left to be told; the conference is ended for it elsewhere.
    if (picture === null) {
      if (this.#told === null) engine.releaseRoom(id);
      this.#room = null;
    }
    this.#told = picture;
    this.#isSaved = mixed?.isSaved ?? false;
    for (const moved of [this.#arriving, this.#parting, this.#ending]) empty(moved);
    return applied;
  }

  /** The picture of the plan at the rate that is held; arms the next look at that. */
  #heldPicture(): RoomPicture | null {
    const { clock } = this.#parts;
    const picture = roomPicture(this.#plan, this.#legs, this.#sounds, this.#unspent(), this.#told);
    const nowMs = clock.monotonic();
    this.#cancelLook();
    this.#held = picture && holdRate(this.#held, picture.rateHz, nowMs);
    if (picture === null || this.#held === null) return null;
    const { lowerAtMs } = this.#held;
    if (lowerAtMs !== null) this.#cancelLook = clock.after(lowerAtMs - nowMs, () => this.#catchUp());
    return atRate(picture, this.#held.rateHz);
  }

  #mixedRate(home: ShardId, { rateHz, legs }: RoomPicture): MixedRate {
    if (!this.#parts.rateSaving.saves(home)) return { rateHz, isSaved: false };
    const legRatesHz = [...legs.values()].map(({ media }) => media.rateHz);
    return savedRate(rateHz, legRatesHz, this.#isSaved);
  }

  #unspent(): RoomRecorders {
    if (this.#spent.size === 0) return this.#recorders;
    return new Map([...this.#recorders].filter(([recorder]) => !this.#spent.has(recorder)));
  }

  #retry(): void {
    this.#isRetrying = false;
    this.#catchUp();
  }
}

/**
 * Rooms that have legs on several shards (ADR 0022): which shards those are, and what each of them is told of a batch
 * that is for all. The control plane names one room, on its home shard; each other shard has a room of its own for it,
 * from the first leg there to the last.
 */
import { assert, assertNever } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import { spanMembersMax } from '../../media/engine-layout.js';
import type {
  EngineCommand,
  EngineRefusal,
  Leg,
  LegId,
  LegMedia,
  MixRoomId,
  PlayerId,
  RecorderId,
} from '../../media/engine-port.js';
import type { RoomRateHz } from '../../media/room-rate.js';
import { type Abroad, type LegAbroad, nobodyAbroad, type ShardCommand } from './command-records.js';
import type { Shard } from './shard.js';

/** What is needed of the addon. */
export type SpanTable = {
  /** The id of a span, whose memory is kept until it is removed; 0 when there is no place for one more. */
  addSpan(members: number, legsMax: number): number;
  /** The engine of this member runs no more. */
  leaveSpan(id: number, member: number): void;
  /** REQUIRES: no engine has a room in it, nor will be told to. */
  removeSpan(id: number): void;
};

/** The room on another shard than its home. */
type Seat = { readonly shard: Shard; readonly room: MixRoomId; readonly legs: Set<LegId>; isOpen: boolean };

type SpanUse = {
  readonly id: number;
  readonly home: Shard;
  readonly seats: Map<Shard, Seat>;
  /** The engine of the home was told of the span. */
  hasJoined: boolean;
  /** The last batch in which each shard was told of it. */
  readonly told: Map<Shard, number>;
};

/** What a batch comes to: a part for each shard, and what is to be noted of it once all have taken theirs. */
export type SplitBatch = {
  readonly parts: ReadonlyMap<Shard, readonly ShardCommand[]>;
  /** Legs that are named by those of another shard. */
  readonly abroad: Abroad;
  readonly noteApplied: () => void;
};

/** Shards by their number: the first eight may be members, each under its own number. */
const mayBeMember = (shard: Shard): boolean => shard.id < spanMembersMax;

export class RoomSpans {
  readonly #table: SpanTable;
  readonly #members: number;
  readonly #shardOf: (id: LegId | PlayerId | RecorderId) => Shard;
  readonly #spans = new Map<MixRoomId, SpanUse>();
  /** Of legs that are not on the home shard of their room. */
  readonly #seats = new Map<LegId, { readonly room: MixRoomId; readonly seat: Seat }>();
  /** Over, and perhaps not for their engines yet. */
  #ending: SpanUse[] = [];

  constructor(table: SpanTable, shards: number, shardOf: (id: LegId | PlayerId | RecorderId) => Shard) {
    this.#table = table;
    this.#members = Math.min(shards, spanMembersMax);
    this.#shardOf = shardOf;
  }

  hasSeat(room: MixRoomId, shard: Shard): boolean {
    return this.#spans.get(room)?.seats.has(shard) === true;
  }

  /** A leg on `shard` for a room of another, its home. */
  reserve(room: MixRoomId, home: Shard, shard: Shard, media: LegMedia): Result<Leg, EngineRefusal> {
    if (!mayBeMember(home) || !mayBeMember(shard)) return lackOfRooms;
    const span = this.#spans.get(room) ?? this.#begin(room, home);
    if (span === null) return lackOfRooms;
    const seat = this.#seat(span, room, shard);
    const leg = seat.ok ? shard.reserveLeg(media) : seat;
    if (leg.ok && seat.ok) {
      seat.value.legs.add(leg.value.id);
      this.#seats.set(leg.value.id, { room, seat: seat.value });
    } else this.#tidy(room);
    return leg;
  }

  /** A leg that was never opened is given back. */
  release(leg: LegId): void {
    const known = this.#seats.get(leg);
    if (known === undefined) return;
    this.#forget(leg);
    this.#tidy(known.room);
  }

  /** A batch for rooms of `home`, and for what else it names. */
  split(home: Shard, batch: readonly EngineCommand[]): SplitBatch {
    if (this.#spans.size === 0) return { parts: new Map([[home, batch]]), abroad: nobodyAbroad, noteApplied: () => {} };
    const split = new Split(home);
    for (const command of batch) {
      switch (command.kind) {
        case 'open-room':
          split.rates.set(command.room, command.rateHz);
          split.say(home, command);
          break;
        case 'set-room-rate':
          split.rates.set(command.room, command.rateHz);
          split.say(home, command);
          for (const seat of this.#spans.get(command.room)?.seats.values() ?? []) {
            if (seat.isOpen || split.opening.has(seat)) split.say(seat.shard, { ...command, room: seat.room });
          }
          break;
        case 'route-leg':
          this.#leave(split, command.leg, command.room);
          this.#route(split, command);
          break;
        case 'close-leg':
          this.#leave(split, command.leg, null);
          split.say(this.#shardOf(command.leg), command);
          break;
        case 'open-leg':
        case 'update-leg':
        case 'send-digits':
          split.say(this.#shardOf(command.leg), command);
          break;
        case 'open-player':
        case 'close-player':
          split.say(this.#shardOf(command.player), command);
          break;
        case 'open-recorder': {
          const shard = this.#shardOf(command.recorder);
          const seat = this.#spans.get(command.room)?.seats.get(shard);
          split.say(shard, { ...command, room: seat?.room ?? command.room });
          break;
        }
        case 'set-recorder':
        case 'close-recorder':
          split.say(this.#shardOf(command.recorder), command);
          break;
        case 'close-room':
        case 'play-to-room':
        case 'limit-effort':
          split.say(home, command);
          break;
        default:
          assertNever(command);
      }
    }
    const closing = [...this.#spans].flatMap(([room, span]) => this.#leaveEmpty(split, room, span));
    return {
      parts: split.parts,
      abroad: (leg) => this.#abroad(leg),
      noteApplied: () => this.#noteApplied(split, closing, batch),
    };
  }

  /** Lets go what no engine has any more. To be called when one has applied a batch, or has failed. */
  sweep(): void {
    this.#ending = this.#ending.filter((span) => {
      const isOver = [...span.told].every(([shard, batch]) => shard.hasApplied(batch));
      if (isOver) this.#table.removeSpan(span.id);
      return !isOver;
    });
  }

  /** Its legs are lost, and nobody is to wait for it. To be called before it is buried. */
  shardFailed(shard: Shard): void {
    for (const { id, home, seats } of this.#spans.values()) {
      const seat = seats.get(shard);
      if (home !== shard && seat === undefined) continue;
      this.#table.leaveSpan(id, shard.id);
      for (const leg of seat?.legs ?? []) this.#seats.delete(leg);
      seats.delete(shard);
    }
  }

  #begin(room: MixRoomId, home: Shard): SpanUse | null {
    const id = this.#table.addSpan(this.#members, home.arena.limits.legsMax);
    if (id === 0) return null;
    const span: SpanUse = { id, home, seats: new Map(), hasJoined: false, told: new Map() };
    this.#spans.set(room, span);
    return span;
  }

  #seat(span: SpanUse, room: MixRoomId, shard: Shard): Result<Seat, EngineRefusal> {
    const known = span.seats.get(shard);
    if (known !== undefined) return ok(known);
    const reserved = shard.reserveRoom(span.home.phaseOf(room));
    if (!reserved.ok) return reserved;
    const seat: Seat = { shard, room: reserved.value.id, legs: new Set(), isOpen: false };
    span.seats.set(shard, seat);
    return ok(seat);
  }

  /** What was reserved and is not needed goes; what its engine knows of goes with the next batch. */
  #tidy(room: MixRoomId): void {
    const span = this.#spans.get(room);
    if (span === undefined) return;
    for (const seat of [...span.seats.values()]) {
      if (seat.legs.size > 0 || seat.isOpen) continue;
      seat.shard.releaseRoom(seat.room);
      span.seats.delete(seat.shard);
    }
    if (span.seats.size === 0 && !span.hasJoined) this.#end(room);
  }

  #forget(leg: LegId): void {
    this.#seats.get(leg)?.seat.legs.delete(leg);
    this.#seats.delete(leg);
  }

  #leave(split: Split, leg: LegId, to: MixRoomId | null): void {
    const known = this.#seats.get(leg);
    if (known !== undefined && known.room !== to) split.leaving.add(leg);
  }

  #route(split: Split, command: Extract<EngineCommand, { readonly kind: 'route-leg' }>): void {
    const shard = this.#shardOf(command.leg);
    const span = command.room === null ? undefined : this.#spans.get(command.room);
    if (command.room === null || span === undefined || shard === span.home) {
      split.say(shard, command);
      return;
    }
    const seat = span.seats.get(shard);
    assert(seat?.legs.has(command.leg) === true, 'a leg elsewhere was reserved for its room');
    this.#enter(split, command.room, span, seat);
    split.say(shard, { ...command, room: seat.room });
  }

  #enter(split: Split, room: MixRoomId, span: SpanUse, seat: Seat): void {
    if (!span.hasJoined && !split.joining.has(span)) {
      split.joining.add(span);
      split.say(span.home, { kind: 'span-room', room, span: span.id, member: span.home.id });
    }
    if (seat.isOpen || split.opening.has(seat)) return;
    split.opening.add(seat);
    const rateHz = split.rates.get(room) ?? span.home.rateOf(room);
    split.say(seat.shard, { kind: 'open-room', room: seat.room, rateHz });
    split.say(seat.shard, { kind: 'span-room', room: seat.room, span: span.id, member: seat.shard.id });
  }

  /** Seats that nobody has any more after this batch, and a home that nobody else is a member with. */
  #leaveEmpty(split: Split, room: MixRoomId, span: SpanUse): readonly Seat[] {
    const empty = [...span.seats.values()].filter(
      (seat) => (seat.isOpen || split.opening.has(seat)) && [...seat.legs].every((leg) => split.leaving.has(leg)),
    );
    for (const seat of empty) split.say(seat.shard, { kind: 'close-room', room: seat.room });
    const isAlone = empty.length === span.seats.size && (span.hasJoined || split.joining.has(span));
    if (isAlone && !split.closes(room)) {
      split.say(span.home, { kind: 'span-room', room, span: null, member: span.home.id });
      split.alone.add(span);
    }
    return empty;
  }

  #noteApplied(split: Split, closed: readonly Seat[], batch: readonly EngineCommand[]): void {
    for (const seat of split.opening) seat.isOpen = true;
    for (const span of split.joining) span.hasJoined = true;
    for (const span of split.alone) span.hasJoined = false;
    for (const leg of split.leaving) this.#forget(leg);
    for (const span of this.#spans.values()) {
      for (const seat of closed) {
        if (span.seats.get(seat.shard) === seat) span.seats.delete(seat.shard);
      }
      for (const shard of split.parts.keys()) span.told.set(shard, shard.lastBatch());
    }
    for (const command of batch) if (command.kind === 'close-room') this.#end(command.room);
    for (const [room, span] of [...this.#spans]) if (span.seats.size === 0 && !span.hasJoined) this.#end(room);
  }

  #end(room: MixRoomId): void {
    const span = this.#spans.get(room);
    if (span === undefined) return;
    assert(span.seats.size === 0, 'a room closes when nobody is in it');
    this.#spans.delete(room);
    this.#ending.push(span);
    this.sweep();
  }

  #abroad(leg: LegId): LegAbroad | null {
    const shard = this.#shardOf(leg);
    const slot = shard.slotOf(leg);
    return slot === null ? null : { ...slot, member: shard.id };
  }
}

/** A batch on its way to the shards. */
class Split {
  readonly parts = new Map<Shard, ShardCommand[]>();
  readonly rates = new Map<MixRoomId, RoomRateHz>();
  readonly opening = new Set<Seat>();
  readonly joining = new Set<SpanUse>();
  readonly alone = new Set<SpanUse>();
  readonly leaving = new Set<LegId>();

  constructor(home: Shard) {
    this.parts.set(home, []);
  }

  say(shard: Shard, command: ShardCommand): void {
    const part = this.parts.get(shard);
    if (part === undefined) this.parts.set(shard, [command]);
    else part.push(command);
  }

  closes(room: MixRoomId): boolean {
    return [...this.parts.values()].some((part) =>
      part.some((command) => command.kind === 'close-room' && command.room === room),
    );
  }
}

const lackOfRooms: Result<never, EngineRefusal> = err({ kind: 'engine-full', what: 'rooms' });

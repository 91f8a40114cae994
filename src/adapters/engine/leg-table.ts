/**
 * The legs of one shard: which slots, sockets, lanes, codecs and SRTP sessions are taken, and by whom. A leg keeps its
 * name, its sockets and its keys when it goes to another shard.
 */
import { assert } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import { digitsPerCommandMax } from '../../media/engine-layout.js';
import type { EngineLack, EngineRefusal, Leg, LegId, LegMedia } from '../../media/engine-port.js';
import { assumedNs, type CodedLeg } from '../../media/leg-load.js';
import { resetLane, standingLane } from './lane.js';
import type { LegsIn } from './newcomer-load.js';
import type { LegUse, ShardParts } from './shard-parts.js';
import { createSlots, type Slot } from './slots.js';
import { openSrtp } from './srtp-sessions.js';
import { digitsDone } from './stats.js';

/** The engine lends a leg of Opus its codec, and one above 16 kHz the memory of its jitter buffer; both are few. */
const narrowRateHzMax = 16_000;
export const needsLoan = (media: LegMedia): boolean =>
  media.transport === 'rtp' && (media.codec === 'opus' || media.rateHz > narrowRateHzMax);

/** What a leg has of its shard. */
type Seat = Pick<LegUse, 'slot' | 'laneSlot' | 'borrows' | 'coded'>;

/** A seat that is kept for a leg on its way from another shard. */
export type KeptSeat = Seat & { readonly isKept: true };

/** What a leg has of its own, wherever it is. */
export type Belongings = Pick<LegUse, 'sockets' | 'srtp' | 'lane'>;

export class LegTable {
  readonly #parts: ShardParts;
  readonly #slots;
  readonly #laneSlots;
  readonly #legs = new Map<LegId, LegUse>();
  readonly #bySlot: (LegId | undefined)[] = [];
  #lentTo = 0;
  #assumedNs = 0;

  constructor(parts: ShardParts) {
    const { legsMax, lanesMax } = parts.arena.limits;
    this.#parts = parts;
    this.#slots = createSlots(legsMax);
    this.#laneSlots = createSlots(lanesMax);
  }

  /** Slots count as taken from the reservation on, before the engine has heard of them. */
  taken(): { readonly legs: number; readonly lanes: number } {
    return { legs: this.#slots.taken(), lanes: this.#laneSlots.taken() };
  }

  /** The same legs, and what they are expected to cost. */
  allIn(): LegsIn {
    return { legs: this.#slots.taken(), assumedNs: this.#assumedNs };
  }

  ids(): readonly LegId[] {
    return [...this.#legs.keys()];
  }

  find(id: LegId): LegUse | null {
    return this.#legs.get(id) ?? null;
  }

  /** REQUIRES: the leg is reserved or open here. */
  get(id: LegId): LegUse {
    const leg = this.#legs.get(id);
    assert(leg !== undefined, `leg ${id} is reserved`);
    return leg;
  }

  /** Whose slot it is in this use; null when that is over. */
  onSlot({ slot, generation }: Slot): { readonly id: LegId; readonly leg: LegUse } | null {
    const id = this.#bySlot[slot];
    const leg = id === undefined ? undefined : this.#legs.get(id);
    return id !== undefined && leg?.slot.generation === generation ? { id, leg } : null;
  }

  reserve(media: LegMedia): Result<Leg, EngineRefusal> {
    const seat = this.#take(media);
    if (!seat.ok) return seat;
    const belongings = this.#open(media);
    if (!belongings.ok) {
      this.#giveBack(seat.value);
      return belongings;
    }
    const { slot, generation } = seat.value.slot;
    return ok(this.#enter(`${this.#parts.id}.${slot}.${generation}` as LegId, seat.value, belongings.value));
  }

  /** For a leg that is to come from another shard: `adopt` or `giveUp` follows. */
  keep(media: LegMedia): Result<KeptSeat, EngineRefusal> {
    const seat = this.#take(media);
    return seat.ok ? ok({ ...seat.value, isKept: true }) : seat;
  }

  adopt(id: LegId, seat: KeptSeat, belongings: Belongings): Leg {
    return this.#enter(id, seat, belongings);
  }

  giveUp(seat: KeptSeat): void {
    this.#giveBack(seat);
  }

  /** REQUIRES: the engine touches the leg no more, or never did. */
  free(id: LegId): void {
    this.discard(this.letGo(id));
  }

  /** As `free`, but for what is the leg's own. */
  letGo(id: LegId): Belongings {
    const leg = this.get(id);
    this.#legs.delete(id);
    this.#bySlot[leg.slot.slot] = undefined;
    this.#giveBack(leg);
    return leg;
  }

  /** No shard takes the leg. */
  discard({ sockets, srtp }: Belongings): void {
    if (sockets !== null) this.#parts.sockets.close(sockets);
    srtp.close();
  }

  /** Is there enough to lend to so many more? */
  hasCodecs(borrowers: number): boolean {
    return this.#lentTo + borrowers <= this.#parts.arena.limits.opusLegsMax;
  }

  /** Is there a place in it for so many more keys to send? */
  takesDigits({ leg: id, digits }: { readonly leg: LegId; readonly digits: string }): boolean {
    const leg = this.find(id);
    // A leg whose opening still waits for room in the ring hears nothing yet, nor one between two shards.
    if (leg?.state !== 'open') return false;
    const waiting = (leg.digitsGiven - digitsDone(this.#parts.arena, leg.slot.slot)) >>> 0;
    return waiting + digits.length <= digitsPerCommandMax;
  }

  /** The leg is coded so from now on. */
  code(leg: LegUse, media: LegMedia): void {
    const borrows = needsLoan(media);
    this.#lentTo += Number(borrows) - Number(leg.borrows);
    leg.borrows = borrows;
    this.#assume(leg, { ...leg.coded, codec: media.codec });
  }

  /** The leg is heard, or not, from now on. */
  hear(id: LegId, isHeard: boolean): void {
    const leg = this.get(id);
    this.#assume(leg, { ...leg.coded, isHeard });
  }

  #assume(leg: LegUse, coded: CodedLeg): void {
    this.#assumedNs += assumedNs(coded) - assumedNs(leg.coded);
    leg.coded = coded;
  }

  #take(media: LegMedia): Result<Seat, EngineRefusal> {
    const { transport } = media;
    const borrows = needsLoan(media);
    if (borrows && !this.hasCodecs(1)) return lack('codecs');
    const slot = this.#slots.take();
    if (slot === null) return lack('legs');
    const laneSlot = transport === 'lane' ? this.#laneSlots.take() : null;
    if (transport === 'lane' && laneSlot === null) {
      this.#slots.give(slot);
      return lack('lanes');
    }
    if (laneSlot !== null) resetLane(this.#parts.arena, laneSlot.slot);
    this.#lentTo += Number(borrows);
    // Until it is routed it may come to be heard.
    const coded = { codec: media.codec, isHeard: true };
    this.#assumedNs += assumedNs(coded);
    return ok({ slot, laneSlot, borrows, coded });
  }

  #giveBack({ slot, laneSlot, borrows, coded }: Seat): void {
    this.#slots.give(slot);
    if (laneSlot !== null) this.#laneSlots.give(laneSlot);
    this.#lentTo -= Number(borrows);
    this.#assumedNs -= assumedNs(coded);
  }

  #open(media: LegMedia): Result<Belongings, EngineRefusal> {
    const srtp = openSrtp(this.#parts.srtp, media.transport === 'rtp' ? media.security : { kind: 'plain' });
    if (srtp === null) return lack('srtp-sessions');
    if (media.transport === 'lane') return ok({ sockets: null, srtp, lane: null });
    const sockets = this.#parts.sockets.open(media.rtcpMux);
    if (sockets !== null) return ok({ sockets, srtp, lane: null });
    srtp.close();
    return lack('ports');
  }

  #enter(id: LegId, seat: Seat, { sockets, srtp, lane: before }: Belongings): Leg {
    const { id: shard, advertisedHost: host } = this.#parts;
    // Until the engine is told to open it, a lane that has moved stands still where it was.
    const lane = before === null ? null : standingLane(before.written());
    const { slot, laneSlot, borrows, coded } = seat;
    this.#legs.set(id, { slot, laneSlot, borrows, coded, sockets, srtp, lane, digitsGiven: 0, state: 'reserved' });
    this.#bySlot[slot.slot] = id;
    return { id, shard, local: sockets === null ? null : { host, port: sockets.port } };
  }
}

const lack = (what: EngineLack): Result<never, EngineRefusal> => err({ kind: 'engine-full', what });

/**
 * Those who get callbacks: what waits for each, what is under way, and who may be sent something now. Receivers that
 * were not seen to answer within a second share a part of the places, so however many of them hang, the others have
 * the rest.
 */
import type { MonotonicMs } from '../../base/brands.js';
import {
  afterOutcome,
  afterSending,
  type Breaker,
  closedBreaker,
  type Heard,
  type Permission,
  permission,
} from '../../callbacks/breaker.js';
import { type Pace, type PaceLimits, paceAfter, unproven } from '../../callbacks/pace.js';
import type { QueuedCallback } from '../ports.js';

export type ReceiverLimits = {
  /** Requests under way at once. */
  readonly inFlightMax: number;
  /** Of those, to receivers that have not answered within a second. */
  readonly inFlightUnprovenMax: number;
  /** The same, to one receiver (scheme, host and port). */
  readonly perReceiver: PaceLimits;
  /** Receivers remembered while nothing is under way to them, for what their breakers and paces know. */
  readonly receiversMax: number;
};

/** How a receiver has answered lately. */
export const receiverKinds = ['quick', 'unproven', 'unreachable'] as const;
export type ReceiverKind = (typeof receiverKinds)[number];

export type Receiver = {
  readonly origin: string;
  readonly waiting: QueuedCallback[];
  inFlight: number;
  /** When it was served last; 0: never. */
  turn: number;
  breaker: Breaker;
  pace: Pace;
};

type Next = { readonly receiver: Receiver; readonly entry: QueuedCallback };

export class Receivers {
  readonly #limits: ReceiverLimits;
  readonly #nowMs: () => MonotonicMs;
  readonly #known = new Map<string, Receiver>();
  /** Those with something waiting or under way, and those that are not to be reached. */
  readonly #active = new Set<Receiver>();
  /** Those that answered quickly, also while there is nothing for them. */
  readonly #quick = new Set<Receiver>();
  /** Those with something waiting that may be sent; the one served longest ago first. */
  readonly #servable = { quick: new Set<Receiver>(), unproven: new Set<Receiver>() };
  /** Those left alone with something waiting: it was under way from the outbox when that was decided. */
  readonly #shut = new Set<Receiver>();
  #inFlight = 0;
  #inFlightUnproven = 0;
  #turns = 0;

  constructor(limits: ReceiverLimits, nowMs: () => MonotonicMs) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  inFlight(): number {
    return this.#inFlight;
  }

  add(origin: string, entry: QueuedCallback): void {
    const receiver = this.#known.get(origin) ?? newcomer(origin, unproven(this.#limits.perReceiver));
    this.#known.set(origin, receiver);
    receiver.waiting.push(entry);
    this.#update(receiver);
  }

  /** Whether those who are left alone may be tried by now: time alone moves nothing here. */
  lookAgain(): void {
    for (const receiver of this.#shut) this.#update(receiver);
  }

  /** One to be sent now; its receiver, if it can take more, comes again after all others. Null: nothing. */
  next(): Next | null {
    if (this.#inFlight >= this.#limits.inFlightMax) return null;
    const { quick, unproven: others } = this.#servable;
    if (!this.#hasRoom(false)) return this.#nextOf(quick);
    const [[firstQuick], [firstOther]] = [quick, others];
    const isQuicksTurn = firstOther === undefined || (firstQuick?.turn ?? this.#turns) < firstOther.turn;
    return isQuicksTurn ? (this.#nextOf(quick) ?? this.#nextOf(others)) : (this.#nextOf(others) ?? this.#nextOf(quick));
  }

  /** A request to it came back. */
  heard(receiver: Receiver, heard: Heard): void {
    this.#inFlight -= 1;
    if (!receiver.pace.isQuick) this.#inFlightUnproven -= receiver.inFlight;
    receiver.inFlight -= 1;
    receiver.pace = paceAfter(receiver.pace, heard.outcome, this.#limits.perReceiver);
    if (!receiver.pace.isQuick) this.#inFlightUnproven += receiver.inFlight;
    receiver.breaker = afterOutcome(receiver.breaker, heard);
    this.#update(receiver);
  }

  /** What waits here for a receiver that is left alone would keep others out of what may be taken. */
  giveBack(receiver: Receiver): readonly QueuedCallback[] {
    if (receiver.breaker.kind !== 'open') return [];
    const given = receiver.waiting.splice(0);
    this.#update(receiver);
    return given;
  }

  /** What may be taken for each: twice what it can have under way, so that the next is here when one comes back. */
  shares(): { readonly shares: ReadonlyMap<string, number>; readonly perReceiver: number } {
    const shares = new Map<string, number>();
    const isOpenToAll = this.#hasRoom(false);
    if (!isOpenToAll) for (const receiver of this.#quick) shares.set(receiver.origin, this.#share(receiver));
    for (const receiver of this.#active) shares.set(receiver.origin, this.#share(receiver));
    return { shares, perReceiver: isOpenToAll ? this.#limits.perReceiver.first : 0 };
  }

  /** Until the next that is left alone may be tried; null when none is. */
  untilProbeMs(): number | null {
    const nowMs = this.#nowMs();
    let least: number | null = null;
    for (const receiver of this.#active) {
      const { breaker } = receiver;
      if (breaker.kind !== 'open') continue;
      if (breaker.untilMs <= nowMs && !this.#shut.has(receiver)) continue;
      least = Math.min(least ?? Number.POSITIVE_INFINITY, Math.max(0, breaker.untilMs - nowMs));
    }
    return least;
  }

  /** How many there are of each kind, as far as they are remembered. */
  count(): Readonly<Record<ReceiverKind, number>> {
    const counts = { quick: 0, unproven: 0, unreachable: 0 };
    for (const receiver of this.#known.values()) counts[kindOf(receiver)] += 1;
    return counts;
  }

  #nextOf(servable: Set<Receiver>): Next | null {
    for (const receiver of servable) {
      // Behind all others, if it stays.
      servable.delete(receiver);
      const entry = this.#permission(receiver) === 'none' ? undefined : receiver.waiting.shift();
      if (entry === undefined) continue;
      this.#turns += 1;
      receiver.turn = this.#turns;
      this.#inFlight += 1;
      receiver.inFlight += 1;
      if (!receiver.pace.isQuick) this.#inFlightUnproven += 1;
      receiver.breaker = afterSending(receiver.breaker);
      this.#update(receiver);
      return { receiver, entry };
    }
    return null;
  }

  #permission({ breaker, pace, inFlight }: Receiver): Permission {
    const permits = permission(breaker, this.#nowMs());
    return permits === 'all' && inFlight >= Math.floor(pace.window) ? 'none' : permits;
  }

  #share(receiver: Receiver): number {
    const { breaker, pace, waiting, inFlight } = receiver;
    const permits = permission(breaker, this.#nowMs());
    if (permits === 'none' || !this.#hasRoom(pace.isQuick)) return 0;
    const wanted = permits === 'one' ? 1 : 2 * Math.floor(pace.window);
    return Math.max(0, wanted - waiting.length - inFlight);
  }

  #hasRoom(isQuick: boolean): boolean {
    return isQuick || this.#inFlightUnproven < this.#limits.inFlightUnprovenMax;
  }

  #update(receiver: Receiver): void {
    const { origin, waiting, inFlight, breaker, pace } = receiver;
    const { quick, unproven: others } = this.#servable;
    const [own, other] = pace.isQuick ? [quick, others] : [others, quick];
    other.delete(receiver);
    if (pace.isQuick) this.#quick.add(receiver);
    else this.#quick.delete(receiver);
    const isServable = waiting.length > 0 && this.#permission(receiver) !== 'none';
    if (isServable) own.add(receiver);
    else own.delete(receiver);
    if (waiting.length > 0 && breaker.kind === 'open' && !isServable) this.#shut.add(receiver);
    else this.#shut.delete(receiver);
    if (waiting.length > 0 || inFlight > 0) {
      this.#active.add(receiver);
      return;
    }
    if (breaker === closedBreaker) this.#active.delete(receiver);
    if (this.#known.size <= this.#limits.receiversMax) return;
    this.#active.delete(receiver);
    this.#quick.delete(receiver);
    this.#known.delete(origin);
  }
}

const newcomer = (origin: string, pace: Pace): Receiver => ({
  ...{ origin, pace, breaker: closedBreaker },
  ...{ waiting: [], inFlight: 0, turn: 0 },
});

export function kindOf({ breaker, pace }: Pick<Receiver, 'breaker' | 'pace'>): ReceiverKind {
  if (breaker.kind !== 'closed') return 'unreachable';
  return pace.isQuick ? 'quick' : 'unproven';
}

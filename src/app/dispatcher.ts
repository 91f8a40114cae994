/**
 * Takes callbacks out of the outbox and delivers them: those of one conference strictly one after another (the outbox
 * sees to that), those of different conferences side by side. No receiver gets more than its share of what can be in
 * flight, and one that cannot be reached is left alone behind its breaker, so that it delays its own conferences and
 * nobody else's.
 */
import { epochMs } from '../base/brands.js';
import type { Cancel, Clock, Random } from '../base/ports.js';
import {
  afterOutcome,
  afterSending,
  type Breaker,
  closedBreaker,
  type Permission,
  permission,
} from '../callbacks/breaker.js';
import { noOverrides, parseOverrides } from '../callbacks/overrides.js';
import { receiverOf } from '../callbacks/receiver.js';
import { judge, type Verdict } from '../callbacks/retry-policy.js';
import { parseWebhookUrl } from '../callbacks/url.js';
import type { Callback, WebhookOutcome } from '../callbacks/webhook.js';
import type { Outbox, QueuedCallback, Webhooks } from './ports.js';

export type DispatcherLimits = {
  /** Requests under way at once. */
  readonly inFlightMax: number;
  /** The same, to one receiver (scheme, host and port). */
  readonly inFlightPerReceiverMax: number;
  /** Callbacks taken and not yet settled, those waiting for their receiver included. */
  readonly takenMax: number;
  /** Receivers remembered while nothing is under way to them, for what their breakers know. */
  readonly receiversMax: number;
};

/** A slow receiver holds its share for seconds: sixty-four of them leave the others none. */
export const dispatcherLimits: DispatcherLimits = {
  inFlightMax: 2048,
  inFlightPerReceiverMax: 32,
  takenMax: 16_384,
  receiversMax: 10_000,
};

/** One try and what follows from it. */
export type DeliveryReport = {
  readonly callback: Callback;
  /** Tries made so far, this one included. */
  readonly attempts: number;
  /** From the commit to the end of this try. */
  readonly ageMs: number;
  readonly outcome: WebhookOutcome;
  readonly verdict: Verdict;
};

export type DispatcherObserver = (report: DeliveryReport) => void;

export type DispatcherParts = {
  readonly outbox: Outbox;
  readonly webhooks: Webhooks;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: DispatcherObserver;
  readonly limits: DispatcherLimits;
  /** How old a notice may become before it is given up (`judge`). */
  readonly horizonMs: number;
};

export interface Dispatcher {
  /** Begins with what is in the outbox already. */
  start(): void;
  /**
   * Goes on until nothing is due or under way, or until `withinMs` have passed; what waits for its next try stays in
   * the outbox. Resolves with what is left undelivered.
   */
  stop(withinMs: number): Promise<number>;
  /** Receivers behind an open breaker. */
  unreachable(): number;
}

type Receiver = {
  readonly origin: string;
  readonly waiting: QueuedCallback[];
  inFlight: number;
  breaker: Breaker;
};

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { outbox, webhooks, clock, random, observer, limits, horizonMs } = parts;
  /** In the order in which they were last served. */
  const receivers = new Map<string, Receiver>();
  /** Those with something waiting that may be sent; the one served longest ago first. */
  const servable = new Set<Receiver>();
  let isRunning = false;
  let isTaking = false;
  let mustTakeAgain = false;
  let taken = 0;
  let inFlight = 0;
  let cancelWake: Cancel = () => {};
  let onIdle = (): void => {};

  function permitted({ breaker, inFlight: underWay }: Receiver): Permission {
    const permits = permission(breaker, clock.monotonic());
    return permits === 'all' && underWay >= limits.inFlightPerReceiverMax ? 'none' : permits;
  }

  function pump(): void {
    if (!isRunning) return;
    for (const receiver of servable) {
      if (inFlight >= limits.inFlightMax) break;
      serve(receiver);
    }
    void takeMore();
  }

  /** One request to the outbox at a time; whatever became due meanwhile is asked for with the next. */
  async function takeMore(): Promise<void> {
    mustTakeAgain = true;
    if (isTaking) return;
    isTaking = true;
    while (mustTakeAgain && isRunning && taken < limits.takenMax) {
      mustTakeAgain = false;
      const { entries, nextDueAtMs } = await outbox.take({
        limit: limits.takenMax - taken,
        perReceiver: limits.inFlightPerReceiverMax,
        held: held(),
      });
      taken += entries.length;
      for (const entry of entries) {
        const receiver = receiverFor(entry.callback);
        receiver.waiting.push(entry);
        updateServable(receiver);
      }
      wakeAt(nextDueAtMs === null ? null : nextDueAtMs - clock.now());
      if (entries.length > 0) pump();
    }
    isTaking = false;
    if (inFlight === 0 && taken === 0) onIdle();
  }

  /** Receivers that have as much as they can take, or that are left alone for now. */
  function held(): readonly string[] {
    return [...receivers.values()].flatMap((receiver) => {
      const isFull = receiver.waiting.length + receiver.inFlight >= limits.inFlightPerReceiverMax;
      return isFull || permitted(receiver) === 'none' ? [receiver.origin] : [];
    });
  }

  /** When the outbox or a breaker has something to be done next. */
  function wakeAt(dueInMs: number | null): void {
    cancelWake();
    const nowMs = clock.monotonic();
    const waits = dueInMs === null ? [] : [dueInMs];
    for (const { breaker } of receivers.values()) {
      if (breaker.kind === 'open' && breaker.untilMs > nowMs) waits.push(breaker.untilMs - nowMs);
    }
    if (waits.length > 0) cancelWake = clock.after(Math.max(1, Math.ceil(Math.min(...waits))), pump);
  }

  function receiverFor({ target }: Callback): Receiver {
    const origin = receiverOf(target);
    const known = receivers.get(origin);
    if (known !== undefined) return known;
    const receiver: Receiver = { origin, waiting: [], inFlight: 0, breaker: closedBreaker };
    receivers.set(origin, receiver);
    return receiver;
  }

  function updateServable(receiver: Receiver): void {
    const { origin, waiting, inFlight: underWay, breaker } = receiver;
    if (waiting.length > 0 && permitted(receiver) !== 'none') servable.add(receiver);
    else servable.delete(receiver);
    if (waiting.length > 0 || underWay > 0) return;
    if (breaker === closedBreaker || receivers.size > limits.receiversMax) receivers.delete(origin);
  }

  /** Sends one callback; a receiver that can take more comes again after all others. */
  function serve(receiver: Receiver): void {
    servable.delete(receiver);
    if (permitted(receiver) === 'none') return;
    const entry = receiver.waiting.shift();
    if (entry === undefined) return;
    inFlight += 1;
    receiver.inFlight += 1;
    receiver.breaker = afterSending(receiver.breaker);
    updateServable(receiver);
    void webhooks.send(entry.callback).then((outcome) => {
      inFlight -= 1;
      receiver.inFlight -= 1;
      taken -= 1;
      const heard = { outcome, nowMs: clock.monotonic(), fraction: random.fraction() };
      receiver.breaker = afterOutcome(receiver.breaker, heard);
      if (isRunning) {
        settle(entry, outcome);
        giveBackBehindBreaker(receiver);
      }
      updateServable(receiver);
      pump();
    });
  }

  function settle({ callback, attempts: before, createdAtMs }: QueuedCallback, outcome: WebhookOutcome): void {
    const attempts = before + 1;
    const fragment = parseWebhookUrl(callback.target.url)?.fragment;
    const overrides = fragment === undefined ? noOverrides : parseOverrides(fragment);
    const ageMs = Math.max(0, clock.now() - createdAtMs);
    const verdict = judge({ attempts, ageMs, horizonMs, outcome, overrides, fraction: random.fraction() });
    observer({ callback, attempts, ageMs, outcome, verdict });
    const { id } = callback;
    if (verdict.kind === 'retry') outbox.retry(id, attempts, epochMs(clock.now() + verdict.delayMs));
    else if (verdict.kind === 'delivered') outbox.delivered(id);
    else outbox.giveUp(id, attempts, outcome.kind === 'answered' ? `${outcome.status}` : outcome.reason);
  }

  /** What waits here for a receiver that is left alone would keep others out of what may be taken. */
  function giveBackBehindBreaker({ breaker, waiting }: Receiver): void {
    if (breaker.kind !== 'open') return;
    const atMs = epochMs(clock.now() + Math.max(0, breaker.untilMs - clock.monotonic()));
    for (const { callback, attempts } of waiting.splice(0)) {
      taken -= 1;
      outbox.retry(callback.id, attempts, atMs);
    }
  }

  outbox.onAvailable(pump);

  return {
    start() {
      isRunning = true;
      pump();
    },
    async stop(withinMs) {
      if (isRunning && withinMs > 0) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(withinMs, resolve);
          onIdle = () => {
            cancel();
            resolve();
          };
          pump();
        });
      }
      isRunning = false;
      cancelWake();
      return outbox.depth();
    },
    unreachable: () => [...receivers.values()].filter(({ breaker }) => breaker.kind !== 'closed').length,
  };
}

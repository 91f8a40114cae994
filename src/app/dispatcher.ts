/**
 * Takes callbacks out of the outbox and delivers them: those of one conference strictly one after another (the outbox
 * sees to that), those of different conferences side by side. No receiver gets more than its share of what can be in
 * flight, so one that is slow delays its own conferences and nobody else's.
 */
import { epochMs } from '../base/brands.js';
import type { Clock, Random } from '../base/ports.js';
import { noOverrides, parseOverrides } from '../callbacks/overrides.js';
import { judge, type Verdict } from '../callbacks/retry-policy.js';
import { originOf, parseWebhookUrl } from '../callbacks/url.js';
import type { Callback, WebhookOutcome } from '../callbacks/webhook.js';
import type { Outbox, QueuedCallback, Webhooks } from './ports.js';

export type DispatcherLimits = {
  /** Requests under way at once. */
  readonly inFlightMax: number;
  /** The same, to one receiver (scheme, host and port). */
  readonly inFlightPerReceiverMax: number;
  /** Callbacks taken and not yet settled: far more than can be in flight, to see past those of a slow receiver. */
  readonly takenMax: number;
};

export const dispatcherLimits: DispatcherLimits = { inFlightMax: 256, inFlightPerReceiverMax: 64, takenMax: 16_384 };

/** One try and what follows from it. */
export type DeliveryReport = {
  readonly callback: Callback;
  /** Tries made so far, this one included. */
  readonly attempts: number;
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
};

export interface Dispatcher {
  /** Begins with what is in the outbox already. */
  start(): void;
  /** Goes on until the outbox is empty or `withinMs` have passed. Resolves with what is left undelivered. */
  stop(withinMs: number): Promise<number>;
}

type Receiver = { readonly origin: string; readonly waiting: QueuedCallback[]; inFlight: number };

export function createDispatcher({ outbox, webhooks, clock, random, observer, limits }: DispatcherParts): Dispatcher {
  /** Those with something waiting or in flight. */
  const receivers = new Map<string, Receiver>();
  /** Those with something waiting and a free share; the one served longest ago first. */
  const servable = new Set<Receiver>();
  let isRunning = false;
  let taken = 0;
  let inFlight = 0;
  let onDrained = (): void => {};

  function pump(): void {
    if (!isRunning) return;
    const entries = taken < limits.takenMax ? outbox.take(limits.takenMax - taken) : [];
    taken += entries.length;
    for (const entry of entries) {
      const receiver = receiverOf(entry.callback);
      receiver.waiting.push(entry);
      updateServable(receiver);
    }
    for (const receiver of servable) {
      if (inFlight >= limits.inFlightMax) return;
      serve(receiver);
    }
  }

  function receiverOf({ target }: Callback): Receiver {
    const url = parseWebhookUrl(target.url);
    const origin = url === null ? '' : originOf(url);
    const known = receivers.get(origin);
    if (known !== undefined) return known;
    const receiver: Receiver = { origin, waiting: [], inFlight: 0 };
    receivers.set(origin, receiver);
    return receiver;
  }

  function updateServable(receiver: Receiver): void {
    if (receiver.waiting.length > 0 && receiver.inFlight < limits.inFlightPerReceiverMax) servable.add(receiver);
    else servable.delete(receiver);
    if (receiver.waiting.length === 0 && receiver.inFlight === 0) receivers.delete(receiver.origin);
  }

  /** Sends one callback; a receiver that can take more comes again after all others. */
  function serve(receiver: Receiver): void {
    const entry = receiver.waiting.shift();
    servable.delete(receiver);
    if (entry === undefined) return;
    inFlight += 1;
    receiver.inFlight += 1;
    updateServable(receiver);
    void webhooks.send(entry.callback).then((outcome) => {
      inFlight -= 1;
      receiver.inFlight -= 1;
      taken -= 1;
      updateServable(receiver);
      if (isRunning) settle(entry, outcome);
    });
  }

  function settle({ callback, attempts: before }: QueuedCallback, outcome: WebhookOutcome): void {
    const attempts = before + 1;
    const fragment = parseWebhookUrl(callback.target.url)?.fragment;
    const overrides = fragment === undefined ? noOverrides : parseOverrides(fragment);
    const verdict = judge({ attempts, outcome, overrides, fraction: random.fraction() });
    observer({ callback, attempts, outcome, verdict });
    if (verdict.kind === 'retry') outbox.retry(callback.id, epochMs(clock.now() + verdict.delayMs));
    else outbox.finish(callback.id, verdict.kind === 'delivered' ? 'delivered' : 'dropped');
    pump();
    if (outbox.depth() === 0) onDrained();
  }

  outbox.onAvailable(pump);

  return {
    start() {
      isRunning = true;
      pump();
    },
    async stop(withinMs) {
      if (isRunning && outbox.depth() > 0) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(withinMs, resolve);
          onDrained = () => {
            cancel();
            resolve();
          };
        });
      }
      isRunning = false;
      return outbox.depth();
    },
  };
}

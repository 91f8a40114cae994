/** A dispatcher over an outbox in the plainest way, and receivers that answer what a test says. */

import {
  createDispatcher,
  type DeliveryReport,
  type DispatcherLimits,
  type DispatcherParts,
} from '../../src/app/delivery/dispatcher.js';
import type { Outbox, QueuedCallback, Taken, TakeRequest } from '../../src/app/ports.js';
import type { EpochMs } from '../../src/base/brands.js';
import type { Random } from '../../src/base/ports.js';
import { receiverOf } from '../../src/callbacks/receiver.js';
import type { Callback, WebhookOutcome } from '../../src/callbacks/webhook.js';
import { accountSidOf, conferenceSidOf } from './callers.js';
import { settled, VirtualClock } from './virtual-clock.js';

export const ok: WebhookOutcome = { kind: 'answered', status: 204, tookMs: 3 };
export const broken: WebhookOutcome = { kind: 'answered', status: 500, tookMs: 3 };
export const free = { perSecond: 0, burst: 0 };
const noJitter: Random = { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 };

/** `a1` is the first callback of conference a. */
export const callbackOf = (id: string, url = 'https://h.test/'): Callback => ({
  id,
  accountSid: accountSidOf('acc'),
  conferenceSid: conferenceSidOf(id.slice(0, 1)),
  target: { url, method: 'POST' },
  parameters: new Map(),
});

/** One line for each conference, in the plainest way. */
class LinesOutbox implements Outbox {
  readonly finished: string[] = [];
  readonly #clock: VirtualClock;
  #queued: (QueuedCallback & { attempts: number; isFree: boolean })[] = [];
  #listener = (): void => {};

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  append(...callbacks: readonly Callback[]): void {
    const createdAtMs = this.#clock.now();
    this.#queued.push(...callbacks.map((callback) => ({ callback, createdAtMs, attempts: 0, isFree: true })));
    this.#listener();
  }

  async take({ limit, shares, perReceiver }: TakeRequest): Promise<Taken> {
    const isFirst = (entry: QueuedCallback) =>
      this.#queued.find(({ callback }) => callback.conferenceSid === entry.callback.conferenceSid) === entry;
    const takenOf = new Map<string, number>();
    const taken = this.#queued.filter((entry) => {
      const receiver = receiverOf(entry.callback.target);
      if (!entry.isFree || !isFirst(entry)) return false;
      takenOf.set(receiver, (takenOf.get(receiver) ?? 0) + 1);
      return (takenOf.get(receiver) ?? 0) <= (shares.get(receiver) ?? perReceiver);
    });
    const entries = taken.slice(0, limit).map((entry) => {
      entry.isFree = false;
      return { callback: entry.callback, attempts: entry.attempts, createdAtMs: entry.createdAtMs };
    });
    return { entries, nextDueAtMs: null };
  }

  delivered(id: string): void {
    this.#finish(id, 'delivered');
  }

  giveUp(id: string, attempts: number, reason: string): void {
    this.#finish(id, `given up after ${attempts}: ${reason}`);
  }

  retry(id: string, attempts: number, atMs: EpochMs): void {
    this.#clock.after(atMs - this.#clock.now(), () => {
      const entry = this.#queued.find(({ callback }) => callback.id === id);
      if (entry === undefined) return;
      entry.attempts = attempts;
      entry.isFree = true;
      this.#listener();
    });
  }

  onAvailable(listener: () => void): void {
    this.#listener = listener;
  }

  depth(): number {
    return this.#queued.length;
  }

  #finish(id: string, how: string): void {
    this.finished.push(`${id} ${how}`);
    this.#queued = this.#queued.filter(({ callback }) => callback.id !== id);
    this.#listener();
  }
}

const generous: DispatcherLimits = {
  inFlightMax: 100,
  inFlightUnprovenMax: 100,
  perReceiver: { first: 100, most: 100 },
  takenMax: 1000,
  takenPerTurnMax: 1000,
  sentPerTurnMax: 1000,
  receiversMax: 10,
};

export function dispatching(limits: Partial<DispatcherLimits> = {}, parts: Partial<DispatcherParts> = {}) {
  const clock = new VirtualClock();
  const outbox = new LinesOutbox(clock);
  const reports: DeliveryReport[] = [];
  const underWay = new Map<string, (outcome: WebhookOutcome) => void>();
  const dispatcher = createDispatcher({
    outbox,
    webhooks: { send: ({ id }) => new Promise((resolve) => void underWay.set(id, resolve)) },
    clock,
    random: noJitter,
    observer: (report) => reports.push(report),
    limits: { ...generous, ...limits },
    horizonMsOf: () => 3_600_000,
    ...parts,
  });
  /** What the receiver of `id` answers. */
  const answer = async (id: string, outcome: WebhookOutcome): Promise<void> => {
    const resolve = underWay.get(id);
    if (resolve === undefined) throw new Error(`${id} is not under way`);
    underWay.delete(id);
    resolve(outcome);
    await settled();
  };
  const start = (): Promise<void> => {
    dispatcher.start();
    return settled();
  };
  const append = (...callbacks: readonly Callback[]): Promise<void> => {
    outbox.append(...callbacks);
    return settled();
  };
  return { clock, outbox, reports, dispatcher, start, append, answer, underWay: () => [...underWay.keys()] };
}

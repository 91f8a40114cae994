/** The outbox of the durable store: what is taken is read from the disk, so memory holds only what is under way. */
import type {
  CallbackDesk,
  CallbackList,
  ListedCallback,
  Outbox,
  StoreFailure,
  Taken,
  TakeRequest,
} from '../../app/ports.js';
import { assert } from '../../base/assert.js';
import { type AccountSid, epochMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { err, ok } from '../../base/result.js';
import type { Callback } from '../../callbacks/webhook.js';
import { callbackOf } from './records.js';
import type { Ask, OutboxDepth, Settled, Settlement } from './store-protocol.js';

const unavailable = err<StoreFailure>({ kind: 'store-unavailable' });
const nothing: Taken = { entries: [], nextDueAtMs: null };

export class SqliteOutbox implements Outbox, CallbackDesk {
  readonly #ask: Ask;
  readonly #clock: Clock;
  readonly #onUnreadable: (error: unknown) => void;
  /** By id: those that were taken. */
  readonly #numbers = new Map<string, number>();
  readonly #listeners: (() => void)[] = [];
  /** Of this turn, asked for and not sent yet. */
  #settled: Settled[] = [];
  #depth: OutboxDepth = { queued: 0, oldestAtMs: null, dead: 0, isAvailable: false, overflowed: 0 };

  /** `onUnreadable`: what is on disk is no callback. */
  constructor(ask: Ask, clock: Clock, onUnreadable: (error: unknown) => void) {
    this.#ask = ask;
    this.#clock = clock;
    this.#onUnreadable = onUnreadable;
  }

  async take(request: TakeRequest): Promise<Taken> {
    const done = await this.#ask('take', { ...request, nowMs: this.#nowMs() });
    if (!done.ok) return nothing;
    const { taken, nextDueAtMs } = done.value;
    const entries = taken.flatMap(({ number, attempts, createdAtMs, data }) => {
      const callback = this.#callback(data);
      if (callback === null) return [];
      this.#numbers.set(callback.id, number);
      return [{ callback, attempts, createdAtMs: epochMs(createdAtMs) }];
    });
    return { entries, nextDueAtMs: nextDueAtMs === null ? null : epochMs(nextDueAtMs) };
  }

  delivered(id: string): void {
    this.#settle(id, { kind: 'delivered' });
  }

  giveUp(id: string, attempts: number, reason: string): void {
    this.#settle(id, { kind: 'dead', attempts, reason, atMs: this.#nowMs() });
  }

  retry(id: string, attempts: number, atMs: number): void {
    this.#settle(id, { kind: 'retry', attempts, dueAtMs: Math.ceil(atMs) });
  }

  onAvailable(listener: () => void): void {
    this.#listeners.push(listener);
  }

  depth(): number {
    return this.#depth.queued;
  }

  async listCallbacks(accountSid: AccountSid, list: CallbackList, after: number, limit: number) {
    const done = await this.#ask('list', { account: accountSid, list, after, limit });
    if (!done.ok) return unavailable;
    const entries = done.value.flatMap(
      ({ data, createdAtMs, dueAtMs, diedAtMs, ...rest }): readonly ListedCallback[] => {
        const callback = this.#callback(data);
        const times = {
          createdAtMs: epochMs(createdAtMs),
          dueAtMs: dueAtMs === null ? null : epochMs(dueAtMs),
          diedAtMs: diedAtMs === null ? null : epochMs(diedAtMs),
        };
        return callback === null ? [] : [{ ...rest, ...times, callback }];
      },
    );
    return ok({ entries, next: done.value.length < limit ? null : (done.value.at(-1)?.number ?? null) });
  }

  async replayCallbacks(accountSid: AccountSid, ids: readonly string[] | null) {
    const done = await this.#ask('replay', { account: accountSid, ids, atMs: this.#nowMs() });
    return done.ok ? done : unavailable;
  }

  async dropCallbacks(accountSid: AccountSid, list: CallbackList, ids: readonly string[] | null) {
    const done = await this.#ask('drop', { account: accountSid, list, ids });
    return done.ok ? done : unavailable;
  }

  /** Null: it is not what was written. Its line stands still, as all do that wait in a file that is corrupt. */
  #callback(data: string): Callback | null {
    try {
      return callbackOf(data);
    } catch (error) {
      this.#onUnreadable(error);
      return null;
    }
  }

  #nowMs(): number {
    return Math.floor(this.#clock.now());
  }

  /** After each transaction. */
  heard(depth: OutboxDepth): void {
    this.#depth = depth;
    if (depth.isAvailable) this.heardAgain();
  }

  heardAgain(): void {
    for (const listener of this.#listeners) listener();
  }

  /** What was asked for is on its way to the thread of the store. */
  sent(): void {
    this.#settled = [];
  }

  /** Not waited for: should it be lost, the callback is sent once more, under the same id. */
  #settle(id: string, settlement: Settlement): void {
    const number = this.#numbers.get(id);
    assert(number !== undefined, 'only a callback that was taken is settled');
    this.#numbers.delete(id);
    this.#settled.push({ number, settlement });
    // All of a turn are one request: each would cost a promise and a place in both queues.
    if (this.#settled.length === 1) void this.#ask('settle', this.#settled);
  }
}

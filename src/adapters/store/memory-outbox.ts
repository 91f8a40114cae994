/**
 * Callbacks on their way, in memory. Each conference has a line of its own: the first in it is with the dispatcher, or
 * waits for its next try, or is ready to be taken; nobody behind it moves before it is finished.
 */
import type { CallbackDesk, CallbackList, Outbox, QueuedCallback, Taken, TakeRequest } from '../../app/ports.js';
import { assert } from '../../base/assert.js';
import type { AccountSid, ConferenceSid, EpochMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { ok } from '../../base/result.js';
import { receiverOf } from '../../callbacks/receiver.js';
import type { Callback } from '../../callbacks/webhook.js';

type Waiting = { readonly callback: Callback; readonly createdAtMs: EpochMs };

type Line = {
  /** The first is the one being delivered. Never empty. */
  readonly callbacks: Waiting[];
  /** Tries made with the first. */
  attempts: number;
};

export type MemoryOutboxOptions = {
  readonly clock: Clock;
  /** What one account may have waiting: an application that never answers must not fill the memory. */
  readonly callbacksPerAccountMax: number;
  /** A callback was not queued because its account had too many. */
  readonly onOverflow: (accountSid: AccountSid) => void;
};

export class MemoryOutbox implements Outbox, CallbackDesk {
  readonly #options: MemoryOutboxOptions;
  readonly #lines = new Map<ConferenceSid, Line>();
  /** Lines whose first can be taken, those that became so earliest first. */
  readonly #ready = new Set<ConferenceSid>();
  /** By callback id: those with the dispatcher. */
  readonly #taken = new Map<string, ConferenceSid>();
  readonly #queuedByAccount = new Map<AccountSid, number>();
  readonly #listeners: (() => void)[] = [];
  #depth = 0;

  constructor(options: MemoryOutboxOptions) {
    this.#options = options;
  }

  /** In order; the caller sees to it that all become visible at once. */
  append(callbacks: readonly Callback[]): void {
    const readyBefore = this.#ready.size;
    for (const callback of callbacks) this.#enqueue(callback);
    if (this.#ready.size > readyBefore) this.#notify();
  }

  async take({ limit, shares, perReceiver }: TakeRequest): Promise<Taken> {
    const takenOf = new Map<string, number>();
    const entries: QueuedCallback[] = [];
    for (const conferenceSid of this.#ready) {
      if (entries.length >= limit) break;
      const line = this.#lineOf(conferenceSid);
      const { callback, createdAtMs } = headOf(line);
      const receiver = receiverOf(callback.target);
      const before = takenOf.get(receiver) ?? 0;
      if (before >= (shares.get(receiver) ?? perReceiver)) continue;
      takenOf.set(receiver, before + 1);
      this.#ready.delete(conferenceSid);
      this.#taken.set(callback.id, conferenceSid);
      entries.push({ callback, createdAtMs, attempts: line.attempts });
    }
    return { entries, nextDueAtMs: null };
  }

  delivered(id: string): void {
    this.#finish(id);
  }

  giveUp(id: string): void {
    this.#finish(id);
  }

  retry(id: string, attempts: number, atMs: number): void {
    const conferenceSid = this.#giveBack(id);
    this.#lineOf(conferenceSid).attempts = attempts;
    const { clock } = this.#options;
    clock.after(Math.max(0, atMs - clock.now()), () => this.#makeReady(conferenceSid));
  }

  onAvailable(listener: () => void): void {
    this.#listeners.push(listener);
  }

  depth(): number {
    return this.#depth;
  }

  /** Those queued, all in one page; what was given up is forgotten. */
  async listCallbacks(accountSid: AccountSid, list: CallbackList) {
    const lines = list === 'queued' ? [...this.#lines.values()] : [];
    const queued = lines.flatMap(({ callbacks, attempts }) =>
      callbacks.map((each, index) => ({ ...each, attempts: index === 0 ? attempts : 0 })),
    );
    const own = queued.filter(({ callback }) => callback.accountSid === accountSid);
    const nothing = { dueAtMs: null, diedAtMs: null, reason: null };
    return ok({ entries: own.map((each, index) => ({ ...each, ...nothing, number: index + 1 })), next: null });
  }

  async replayCallbacks() {
    return ok(0);
  }

  async dropCallbacks() {
    return ok(0);
  }

  #finish(id: string): void {
    const conferenceSid = this.#giveBack(id);
    const line = this.#lineOf(conferenceSid);
    const { accountSid } = headOf(line).callback;
    line.callbacks.shift();
    line.attempts = 0;
    this.#depth -= 1;
    this.#queuedByAccount.set(accountSid, this.#queued(accountSid) - 1);
    if (line.callbacks.length === 0) this.#lines.delete(conferenceSid);
    else this.#makeReady(conferenceSid);
  }

  #enqueue(callback: Callback): void {
    const { accountSid, conferenceSid } = callback;
    const queued = this.#queued(accountSid);
    if (queued >= this.#options.callbacksPerAccountMax) {
      this.#options.onOverflow(accountSid);
      return;
    }
    this.#queuedByAccount.set(accountSid, queued + 1);
    this.#depth += 1;
    const waiting = { callback, createdAtMs: this.#options.clock.now() };
    const line = this.#lines.get(conferenceSid);
    if (line !== undefined) {
      line.callbacks.push(waiting);
      return;
    }
    this.#lines.set(conferenceSid, { callbacks: [waiting], attempts: 0 });
    this.#ready.add(conferenceSid);
  }

  #giveBack(id: string): ConferenceSid {
    const conferenceSid = this.#taken.get(id);
    assert(conferenceSid !== undefined, 'only a callback that was taken is finished or tried again');
    this.#taken.delete(id);
    return conferenceSid;
  }

  #makeReady(conferenceSid: ConferenceSid): void {
    this.#ready.add(conferenceSid);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #lineOf(conferenceSid: ConferenceSid): Line {
    const line = this.#lines.get(conferenceSid);
    assert(line !== undefined, 'a line lives until its last callback is finished');
    return line;
  }

  #queued(accountSid: AccountSid): number {
    return this.#queuedByAccount.get(accountSid) ?? 0;
  }
}

function headOf(line: Line): Waiting {
  const [head] = line.callbacks;
  assert(head !== undefined, 'a line is never empty');
  return head;
}

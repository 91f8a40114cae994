/**
 * Callbacks on their way, in memory. Each conference, and each recording, has a line of its own: the first in it is
 * with the dispatcher, or waits for its next try, or is ready to be taken; nobody behind it moves before it is
 * finished.
 */
import type { CallbackDesk, CallbackList, Outbox, QueuedCallback, Taken, TakeRequest } from '../../app/ports.js';
import { assert } from '../../base/assert.js';
import type { AccountSid, EpochMs } from '../../base/brands.js';
import type { Cancel, Clock } from '../../base/ports.js';
import { ok } from '../../base/result.js';
import { receiverOf } from '../../callbacks/receiver.js';
import { type Callback, lineOf } from '../../callbacks/webhook.js';

type Waiting = { readonly callback: Callback; readonly createdAtMs: EpochMs };

type Line = {
  /** The first is the one being delivered. Never empty. */
  readonly callbacks: Waiting[];
  /** Tries made with the first. */
  attempts: number;
  /** It waits no longer for its next try. */
  cancelRetry: Cancel;
};

type Dead = Waiting & { readonly attempts: number; readonly diedAtMs: EpochMs; readonly reason: string };

export type MemoryOutboxOptions = {
  readonly clock: Clock;
  /** What one account may have waiting: an application that never answers must not fill the memory. */
  readonly callbacksPerAccountMax: number;
  /** A callback was not queued, or a dead letter forgotten, because its account had too many. */
  readonly onOverflow: (accountSid: AccountSid) => void;
};

/** Kept of each account: the oldest go. */
export const memoryDeadLettersMax = 1000;

export class MemoryOutbox implements Outbox, CallbackDesk {
  readonly #options: MemoryOutboxOptions;
  readonly #lines = new Map<string, Line>();
  /** Lines whose first can be taken, those that became so earliest first. */
  readonly #ready = new Set<string>();
  /** By callback id: the lines of those with the dispatcher. */
  readonly #taken = new Map<string, string>();
  readonly #queuedByAccount = new Map<AccountSid, number>();
  readonly #listeners: (() => void)[] = [];
  /** By account, the oldest first. */
  readonly #dead = new Map<AccountSid, Dead[]>();
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
    for (const name of this.#ready) {
      if (entries.length >= limit) break;
      const line = this.#lineOf(name);
      const { callback, createdAtMs } = headOf(line);
      const receiver = receiverOf(callback.target);
      const before = takenOf.get(receiver) ?? 0;
      if (before >= (shares.get(receiver) ?? perReceiver)) continue;
      takenOf.set(receiver, before + 1);
      this.#ready.delete(name);
      this.#taken.set(callback.id, name);
      entries.push({ callback, createdAtMs, attempts: line.attempts });
    }
    return { entries, nextDueAtMs: null };
  }

  delivered(id: string): void {
    this.#finish(id);
  }

  giveUp(id: string, attempts: number, reason: string): void {
    const name = this.#taken.get(id);
    if (name !== undefined) this.#bury(headOf(this.#lineOf(name)), attempts, reason);
    this.#finish(id);
  }

  retry(id: string, attempts: number, atMs: number): void {
    const name = this.#giveBack(id);
    const line = this.#lineOf(name);
    line.attempts = attempts;
    const { clock } = this.#options;
    line.cancelRetry = clock.after(Math.max(0, atMs - clock.now()), () => this.#makeReady(name));
  }

  onAvailable(listener: () => void): void {
    this.#listeners.push(listener);
  }

  depth(): number {
    return this.#depth;
  }

  /** All in one page. */
  async listCallbacks(accountSid: AccountSid, list: CallbackList) {
    const numbered = <T>(entries: readonly T[]) => entries.map((each, index) => ({ ...each, number: index + 1 }));
    if (list === 'dead') {
      const dead = this.#deadOf(accountSid).map((each) => ({ ...each, dueAtMs: null }));
      return ok({ entries: numbered(dead), next: null });
    }
    const queued = this.#linesOf(accountSid).flatMap(([, { callbacks, attempts }]) =>
      callbacks.map((each, index) => ({ ...each, attempts: index === 0 ? attempts : 0 })),
    );
    return ok({ entries: numbered(queued.map((each) => ({ ...each, ...nothingOfTimes }))), next: null });
  }

  async replayCallbacks(accountSid: AccountSid, ids: readonly string[] | null) {
    const dead = this.#forgetDead(accountSid, ids);
    this.append(dead.map(({ callback }) => callback));
    return ok(dead.length);
  }

  /** One that is under way stays. */
  async dropCallbacks(accountSid: AccountSid, list: CallbackList, ids: readonly string[] | null) {
    if (list === 'dead') return ok(this.#forgetDead(accountSid, ids).length);
    let dropped = 0;
    for (const [name, line] of this.#linesOf(accountSid)) {
      const head = headOf(line);
      const kept = line.callbacks.filter(
        (each) => !isAmong(each, ids) || (each === head && this.#taken.has(head.callback.id)),
      );
      dropped += line.callbacks.length - kept.length;
      line.callbacks.splice(0, line.callbacks.length, ...kept);
      if (kept[0] === head) continue;
      line.cancelRetry();
      line.attempts = 0;
      this.#ready.delete(name);
      if (kept.length === 0) this.#lines.delete(name);
      else this.#makeReady(name);
    }
    this.#depth -= dropped;
    this.#queuedByAccount.set(accountSid, this.#queued(accountSid) - dropped);
    return ok(dropped);
  }

  #linesOf(accountSid: AccountSid): readonly (readonly [string, Line])[] {
    return [...this.#lines].filter(([, line]) => headOf(line).callback.accountSid === accountSid);
  }

  #deadOf(accountSid: AccountSid): readonly Dead[] {
    return this.#dead.get(accountSid) ?? [];
  }

  #bury(waiting: Waiting, attempts: number, reason: string): void {
    const { accountSid } = waiting.callback;
    const dead = [...this.#deadOf(accountSid), { ...waiting, attempts, reason, diedAtMs: this.#options.clock.now() }];
    if (dead.length > memoryDeadLettersMax) this.#options.onOverflow(accountSid);
    this.#dead.set(accountSid, dead.slice(-memoryDeadLettersMax));
  }

  #forgetDead(accountSid: AccountSid, ids: readonly string[] | null): readonly Dead[] {
    const dead = this.#deadOf(accountSid);
    this.#dead.set(
      accountSid,
      dead.filter((each) => !isAmong(each, ids)),
    );
    return dead.filter((each) => isAmong(each, ids));
  }

  #finish(id: string): void {
    const name = this.#giveBack(id);
    const line = this.#lineOf(name);
    const { accountSid } = headOf(line).callback;
    line.callbacks.shift();
    line.attempts = 0;
    this.#depth -= 1;
    this.#queuedByAccount.set(accountSid, this.#queued(accountSid) - 1);
    if (line.callbacks.length === 0) this.#lines.delete(name);
    else this.#makeReady(name);
  }

  #enqueue(callback: Callback): void {
    const { accountSid } = callback;
    const queued = this.#queued(accountSid);
    if (queued >= this.#options.callbacksPerAccountMax) {
      this.#options.onOverflow(accountSid);
      this.#bury({ callback, createdAtMs: this.#options.clock.now() }, 0, 'too-many-queued');
      return;
    }
    this.#queuedByAccount.set(accountSid, queued + 1);
    this.#depth += 1;
    const waiting = { callback, createdAtMs: this.#options.clock.now() };
    const name = lineOf(callback);
    const line = this.#lines.get(name);
    if (line !== undefined) {
      line.callbacks.push(waiting);
      return;
    }
    this.#lines.set(name, { callbacks: [waiting], attempts: 0, cancelRetry: () => {} });
    this.#ready.add(name);
  }

  #giveBack(id: string): string {
    const name = this.#taken.get(id);
    assert(name !== undefined, 'only a callback that was taken is finished or tried again');
    this.#taken.delete(id);
    return name;
  }

  #makeReady(name: string): void {
    this.#ready.add(name);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #lineOf(name: string): Line {
    const line = this.#lines.get(name);
    assert(line !== undefined, 'a line lives until its last callback is finished');
    return line;
  }

  #queued(accountSid: AccountSid): number {
    return this.#queuedByAccount.get(accountSid) ?? 0;
  }
}

const nothingOfTimes = { dueAtMs: null, diedAtMs: null, reason: null };

/** Null: all are. */
const isAmong = ({ callback }: Waiting, ids: readonly string[] | null): boolean =>
  ids === null || ids.includes(callback.id);

function headOf(line: Line): Waiting {
  const [head] = line.callbacks;
  assert(head !== undefined, 'a line is never empty');
  return head;
}

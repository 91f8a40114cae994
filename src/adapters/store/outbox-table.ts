/**
 * The outbox on disk. Each line has at most one row that is `is_first`; only those can be taken, so nothing overtakes
 * within a line however long it is, and what is in memory is one entry for each receiver and each callback taken.
 */
import type { CallbackList } from '../../app/ports.js';
import { assert } from '../../base/assert.js';
import type { Database } from './database.js';
import type { InputOf, ListedRecord, OutputOf, Settlement } from './store-protocol.js';
import type { CallbackRecord } from './written-records.js';

type Row = {
  readonly number: number;
  readonly id: string;
  readonly account: string;
  readonly line: string;
  readonly receiver: string;
  readonly due_at: number;
  readonly attempts: number;
  readonly created_at: number;
  readonly data: string;
};

type Place = Pick<Row, 'number' | 'account' | 'line' | 'receiver'>;

export type OutboxBounds = { readonly callbacksPerAccountMax: number; readonly deadLettersPerAccountMax: number };

/** Rows removed or moved by one request of an operator. */
const operatorRowsMax = 10_000;

const callbackColumns = 'id, account, line, receiver';

export class OutboxTable {
  readonly #bounds: OutboxBounds;
  readonly #sql;
  /** When something of a receiver may be due: no later than it is. */
  readonly #dueAt = new Map<string, number>();
  /** Numbers of those that were taken and not yet settled, by receiver. */
  readonly #taken = new Map<number, string>();
  /** Of those, the ones taken since the last transaction that came to its end. */
  readonly #takenNow = new Set<number>();
  /** Callbacks of each account, as they will be on disk with this transaction. */
  readonly #queuedOf = new Map<string, number>();
  #isAvailable = false;
  #overflowed = 0;

  constructor(database: Database, bounds: OutboxBounds) {
    this.#bounds = bounds;
    const prepare = (text: string) => database.prepare(text);
    this.#sql = {
      isLine: prepare('SELECT 1 FROM outbox WHERE line = ? LIMIT 1'),
      insert: prepare(
        `INSERT INTO outbox (${callbackColumns}, is_first, due_at, attempts, created_at, data)
         VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)`,
      ),
      row: prepare('SELECT * FROM outbox WHERE number = ?'),
      place: prepare('SELECT number, account, line, receiver FROM outbox WHERE number = ?'),
      delete: prepare('DELETE FROM outbox WHERE number = ?'),
      next: prepare('SELECT number, receiver, due_at FROM outbox WHERE line = ? ORDER BY number LIMIT 1'),
      makeFirst: prepare('UPDATE outbox SET is_first = 1 WHERE number = ?'),
      retry: prepare('UPDATE outbox SET due_at = ?, attempts = ? WHERE number = ?'),
      due: prepare(
        `SELECT * FROM outbox WHERE receiver = ? AND is_first = 1 AND due_at <= ? ORDER BY due_at, number LIMIT ?`,
      ),
      nextDue: prepare('SELECT min(due_at) AS due_at FROM outbox WHERE receiver = ? AND is_first = 1 AND due_at > ?'),
      receivers: prepare('SELECT receiver, min(due_at) AS due_at FROM outbox WHERE is_first = 1 GROUP BY receiver'),
      oldest: prepare('SELECT created_at FROM outbox ORDER BY number LIMIT 1'),
      queuedIn: prepare('SELECT queued FROM account WHERE sid = ?'),
      setQueued: prepare('UPDATE account SET queued = ? WHERE sid = ?'),
      queued: prepare('SELECT coalesce(sum(queued), 0) AS queued FROM account'),
      listQueued: prepare('SELECT * FROM outbox WHERE account = ? AND number > ? ORDER BY number LIMIT ?'),
      listDead: prepare('SELECT * FROM dead_letter WHERE account = ? AND number > ? ORDER BY number LIMIT ?'),
      deadById: prepare('SELECT * FROM dead_letter WHERE account = ? AND id = ? ORDER BY number'),
      bury: prepare(
        `INSERT INTO dead_letter (${callbackColumns}, attempts, created_at, died_at, reason, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      deadOf: prepare('SELECT count(*) AS dead FROM dead_letter WHERE account = ?'),
      dead: prepare('SELECT count(*) AS dead FROM dead_letter'),
      deleteDead: prepare('DELETE FROM dead_letter WHERE number = ?'),
      forgetOldDead: prepare(
        `DELETE FROM dead_letter WHERE number IN (SELECT number FROM (
           SELECT number, died_at FROM dead_letter WHERE account = ? ORDER BY number LIMIT ?) WHERE died_at < ?)`,
      ),
      forgetDead: prepare(
        `DELETE FROM dead_letter WHERE account = ?1 AND number <= (
           SELECT number FROM dead_letter WHERE account = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
      ),
    };
    this.recall();
  }

  /** Learns again from the disk when what is due; also after a transaction was taken back. */
  recall(): void {
    for (const number of this.#takenNow) this.#taken.delete(number);
    this.#takenNow.clear();
    this.#queuedOf.clear();
    this.#dueAt.clear();
    for (const { receiver, due_at } of this.#sql.receivers.all()) this.#dueAt.set(receiver, due_at);
    this.#isAvailable = this.#dueAt.size > 0;
  }

  /** The last of a transaction: what was counted in memory while it went on. */
  flush(): void {
    for (const [account, queued] of this.#queuedOf) this.#sql.setQueued.run(queued, account);
    this.#queuedOf.clear();
  }

  /** The transaction came to its end: those `numbers` were settled by it and can be taken again if they are there. */
  committed(numbers: Iterable<number>): void {
    this.#takenNow.clear();
    for (const number of numbers) if (this.#taken.delete(number)) this.#isAvailable = true;
  }

  add(account: string, callbacks: readonly CallbackRecord[], atMs: number): void {
    for (const callback of callbacks) {
      if (this.#count(account, 1) <= this.#bounds.callbacksPerAccountMax) {
        this.#insert({ ...callback, account, created_at: atMs });
        continue;
      }
      this.#count(account, -1);
      this.#overflowed += 1;
      this.#bury({ ...callback, account, created_at: atMs }, { attempts: 0, atMs, reason: 'too-many-queued' });
    }
  }

  take({ nowMs, limit, shares, perReceiver }: InputOf<'take'>): OutputOf<'take'> {
    const taken: Row[] = [];
    let nextDueAtMs = Number.POSITIVE_INFINITY;
    const takenOf = new Map<string, number>();
    for (const receiver of this.#taken.values()) takenOf.set(receiver, (takenOf.get(receiver) ?? 0) + 1);
    for (const [receiver, dueAtMs] of [...this.#dueAt]) {
      const share = shares.get(receiver) ?? perReceiver;
      if (share <= 0) continue;
      if (dueAtMs > nowMs) {
        nextDueAtMs = Math.min(nextDueAtMs, dueAtMs);
        continue;
      }
      const wanted = Math.min(share, limit - taken.length);
      if (wanted <= 0) continue;
      const rows: readonly Row[] = this.#sql.due.all(receiver, nowMs, wanted + (takenOf.get(receiver) ?? 0));
      const free = rows.filter(({ number }) => !this.#taken.has(number)).slice(0, wanted);
      for (const { number } of free) {
        this.#taken.set(number, receiver);
        this.#takenNow.add(number);
      }
      taken.push(...free);
      // The receiver that was asked goes behind all others, so that a small limit serves them in turn.
      this.#dueAt.delete(receiver);
      const nextMs = free.length === wanted ? dueAtMs : this.#nextDue(receiver, nowMs);
      if (nextMs === null) continue;
      this.#dueAt.set(receiver, nextMs);
      if (nextMs > nowMs) nextDueAtMs = Math.min(nextDueAtMs, nextMs);
    }
    return {
      taken: taken.map(({ number, attempts, created_at, data }) => ({
        number,
        attempts,
        createdAtMs: created_at,
        data,
      })),
      nextDueAtMs: nextDueAtMs === Number.POSITIVE_INFINITY ? null : nextDueAtMs,
    };
  }

  settle(number: number, settlement: Settlement): void {
    const place: Place | undefined = this.#sql.place.get(number);
    // An operator may have dropped it while it was under way.
    if (place === undefined) return;
    if (settlement.kind === 'retry') {
      this.#sql.retry.run(settlement.dueAtMs, settlement.attempts, number);
      this.#isDue(place.receiver, settlement.dueAtMs);
      return;
    }
    if (settlement.kind === 'dead') this.#bury(this.#sql.row.get(number), settlement);
    this.#remove(place);
  }

  list({ account, list, after, limit }: InputOf<'list'>): readonly ListedRecord[] {
    const statement = list === 'dead' ? this.#sql.listDead : this.#sql.listQueued;
    return statement.all(account, after, limit).map((row) => ({
      number: row.number,
      attempts: row.attempts,
      createdAtMs: row.created_at,
      data: row.data,
      dueAtMs: row.due_at ?? null,
      diedAtMs: row.died_at ?? null,
      reason: row.reason ?? null,
    }));
  }

  /** Dead letters go to the end of their lines, under the ids they had. */
  replay({ account, ids, atMs }: InputOf<'replay'>): number {
    const rows = this.#wanted(account, 'dead', ids);
    for (const row of rows) {
      this.#count(account, 1);
      this.#insert({ ...row, created_at: atMs });
      this.#sql.deleteDead.run(row.number);
    }
    return rows.length;
  }

  drop({ account, list, ids }: InputOf<'drop'>): number {
    const rows = this.#wanted(account, list, ids);
    for (const row of rows) {
      if (list === 'dead') this.#sql.deleteDead.run(row.number);
      else this.#remove(row);
    }
    return rows.length;
  }

  /** Those that died before `since`, and the oldest beyond the bound; at most `rowsMax` of the former. */
  forgetDead(account: string, since: number, rowsMax: number): void {
    this.#sql.forgetOldDead.run(account, rowsMax, since);
    const { dead } = this.#sql.deadOf.get(account);
    if (dead <= this.#bounds.deadLettersPerAccountMax) return;
    const { changes } = this.#sql.forgetDead.run(account, this.#bounds.deadLettersPerAccountMax);
    this.#overflowed += Number(changes);
  }

  depth() {
    const depth = {
      queued: Number(this.#sql.queued.get().queued),
      oldestAtMs: this.#sql.oldest.get()?.created_at ?? null,
      isAvailable: this.#isAvailable,
      overflowed: this.#overflowed,
    };
    this.#isAvailable = false;
    this.#overflowed = 0;
    return depth;
  }

  deadLetters(): number {
    return this.#sql.dead.get().dead;
  }

  #wanted(account: string, list: CallbackList, ids: readonly string[] | null): readonly Row[] {
    if (list === 'dead' && ids !== null) {
      const found = [...new Set(ids)].flatMap((id): readonly Row[] => this.#sql.deadById.all(account, id));
      return found.sort((one, other) => one.number - other.number).slice(0, operatorRowsMax);
    }
    const isWanted = ids === null ? () => true : (id: string) => ids.includes(id);
    const statement = list === 'dead' ? this.#sql.listDead : this.#sql.listQueued;
    const wanted: Row[] = [];
    let after = 0;
    for (;;) {
      const rows: readonly Row[] = statement.all(account, after, operatorRowsMax);
      wanted.push(...rows.filter(({ id }) => isWanted(id)));
      const last = rows.at(-1);
      if (last === undefined || wanted.length >= operatorRowsMax || wanted.length === ids?.length) return wanted;
      after = last.number;
    }
  }

  #insert({ id, account, line, receiver, created_at, data }: Omit<Row, 'number' | 'due_at' | 'attempts'>): void {
    const isFirst = this.#sql.isLine.get(line) === undefined;
    this.#sql.insert.run(id, account, line, receiver, isFirst ? 1 : 0, created_at, data);
    if (isFirst) this.#isDue(receiver, 0);
  }

  #remove({ number, account, line }: Place): void {
    this.#sql.delete.run(number);
    this.#count(account, -1);
    const next = this.#sql.next.get(line);
    if (next === undefined) return;
    this.#sql.makeFirst.run(next.number);
    this.#isDue(next.receiver, next.due_at);
  }

  #bury(
    { id, account, line, receiver, created_at, data }: Omit<Row, 'number' | 'due_at' | 'attempts'>,
    { attempts, atMs, reason }: { readonly attempts: number; readonly atMs: number; readonly reason: string },
  ): void {
    this.#sql.bury.run(id, account, line, receiver, attempts, created_at, atMs, reason, data);
  }

  #count(account: string, step: number): number {
    const before = this.#queuedOf.get(account) ?? this.#sql.queuedIn.get(account)?.queued;
    assert(before !== undefined, 'an account has a row before its first callback');
    this.#queuedOf.set(account, before + step);
    return before + step;
  }

  #isDue(receiver: string, dueAtMs: number): void {
    this.#dueAt.set(receiver, Math.min(this.#dueAt.get(receiver) ?? Number.POSITIVE_INFINITY, dueAtMs));
    this.#isAvailable = true;
  }

  /** Of those not taken whose time has not come; null when there is none. */
  #nextDue(receiver: string, nowMs: number): number | null {
    return this.#sql.nextDue.get(receiver, nowMs).due_at ?? null;
  }
}

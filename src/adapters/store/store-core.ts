/**
 * The store itself: what is asked of it, done on SQLite, many requests in one transaction (group commit). Knows nothing
 * of threads. A batch that fails is taken back and its requests are tried one by one, so that one alone fails alone.
 * Once the file turns out not to be what was written into it nothing more is written, and what can be read is.
 */
import { assertNever } from '../../base/assert.js';
import { messageOf } from '../../base/thrown.js';
import { corruptionIn } from './corruption.js';
import { closeDatabase, type Database } from './database.js';
import { ListTable, mapRows } from './list-table.js';
import { OutboxTable } from './outbox-table.js';
import { RecordingTable } from './recording-table.js';
import type {
  BatchReply,
  CheckedTable,
  CommitRecord,
  ConferenceRecord,
  InputOf,
  OriginationRecord,
  OutboxDepth,
  OutputOf,
  RequestKind,
  Settled,
  StoreBounds,
  StoreReply,
  StoreRequest,
} from './store-protocol.js';

/** Rows forgotten in one look, so that it never holds anybody up. */
const forgottenRowsMax = 500;

/** In one look, for those who have left them. */
const conferencesLookedAtMax = 100;

/** Of what a check says. */
const foundCharactersMax = 300;

/** What a file that is corrupt may still be asked. */
const readingKinds: readonly RequestKind[] = [
  ...([
    'journal',
    'newest-cursor',
    'conference',
    'conferences',
    'participants',
    'unfinished',
    'originations',
    'list',
    'check',
  ] as const),
];

export class StoreCore {
  readonly #database: Database;
  readonly #bounds: StoreBounds;
  readonly #sql;
  readonly #outbox: OutboxTable;
  readonly #recordings: RecordingTable;
  readonly #lists: ListTable;
  /** Settlements that could not be written wait for the disk; no more than can be taken. */
  readonly #unsettled = new Map<number, Settled>();
  /** Conferences that somebody has left since it was looked how many have. */
  readonly #leftSince = new Set<string>();
  #deadLetters: number;
  #depth: Omit<OutboxDepth, 'dead'> = { queued: 0, oldestAtMs: null, isAvailable: false, overflowed: 0 };
  #corruption: string | null = null;

  constructor(database: Database, bounds: StoreBounds) {
    this.#database = database;
    this.#bounds = bounds;
    const prepare = (text: string) => database.prepare(text);
    this.#sql = {
      pulse: prepare('UPDATE pulse SET at = ?'),
      account: prepare('INSERT OR IGNORE INTO account VALUES (?, 0, 1, 0)'),
      accounts: prepare('SELECT sid, newest_cursor, oldest_cursor FROM account'),
      cursors: prepare('SELECT newest_cursor, oldest_cursor FROM account WHERE sid = ?'),
      advance: prepare('UPDATE account SET newest_cursor = newest_cursor + ? WHERE sid = ? RETURNING newest_cursor'),
      event: prepare('INSERT INTO event (account, cursor, conference, at, trace, data) VALUES (?, ?, ?, ?, ?, ?)'),
      events: prepare('SELECT * FROM event WHERE account = ? AND cursor > ? ORDER BY cursor LIMIT ?'),
      forgetEvents: prepare('DELETE FROM event WHERE account = ? AND cursor < ?'),
      oldestCursor: prepare('UPDATE account SET oldest_cursor = ? WHERE sid = ?'),
      update: prepare(
        'UPDATE conference SET is_live = ?, updated_at = ?, next_sequence = ?, state = ? WHERE sid = ? RETURNING number',
      ),
      insert: prepare(
        `INSERT INTO conference (sid, account, is_live, updated_at, next_sequence, state, room, phase, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      phase: prepare('UPDATE conference SET phase = ? WHERE sid = ?'),
      conference: prepare('SELECT * FROM conference INDEXED BY conference_by_sid WHERE sid = ? AND account = ?'),
      unfinished: prepare('SELECT * FROM conference WHERE is_live = 1 ORDER BY number'),
      firstRecent: prepare(
        `SELECT min(cursor) AS cursor FROM (SELECT cursor, at FROM event WHERE account = ? ORDER BY cursor LIMIT ?)
         WHERE at >= ?`,
      ),
      old: prepare('SELECT sid FROM conference WHERE is_live = 0 AND updated_at < ? ORDER BY updated_at LIMIT ?'),
      beyond: prepare(
        'SELECT sid FROM conference WHERE account = ? AND is_live = 0 ORDER BY number DESC LIMIT ? OFFSET ?',
      ),
      forget: prepare('DELETE FROM conference WHERE sid = ?'),
      forgetParticipants: prepare('DELETE FROM participant WHERE conference = ?'),
      forgetPast: prepare(
        `DELETE FROM participant WHERE number IN (SELECT number FROM participant
           WHERE conference = ? AND left_at IS NOT NULL ORDER BY number DESC LIMIT ? OFFSET ?)`,
      ),
      origination: prepare('INSERT OR REPLACE INTO origination (account, call, data) VALUES (?, ?, ?)'),
      originations: prepare('SELECT data FROM origination ORDER BY account, call'),
      forgetOrigination: prepare('DELETE FROM origination WHERE account = ? AND call = ?'),
      joined: prepare('INSERT INTO participant (conference, call, joined_at, data) VALUES (?, ?, ?, ?)'),
      changed: prepare('UPDATE participant SET data = ? WHERE conference = ? AND call = ? AND left_at IS NULL'),
      left: prepare(
        `UPDATE participant SET left_at = ?, left_reason = ? WHERE conference = ? AND call = ? AND left_at IS NULL`,
      ),
      present: prepare('SELECT data FROM participant WHERE conference = ? AND left_at IS NULL ORDER BY number'),
      presence: prepare('SELECT count(*) AS present FROM participant WHERE conference = ? AND left_at IS NULL'),
    };
    this.#outbox = new OutboxTable(database, bounds);
    this.#recordings = new RecordingTable(database);
    this.#lists = new ListTable(database);
    this.#deadLetters = this.#outbox.deadLetters();
  }

  /** On disk when this returns; what is not says so in its reply. */
  execute(requests: readonly StoreRequest[]): BatchReply {
    for (const request of requests) {
      if (request.kind !== 'settle') continue;
      for (const settled of request.input) this.#unsettled.set(settled.number, settled);
    }
    const replies = this.#isSound()
      ? (this.#transaction(requests) ?? requests.map((request) => this.#alone(request)))
      : requests.map((request) => this.#read(request));
    return { replies, outbox: this.#outboxDepth(), corruption: this.#corruption };
  }

  #isSound(): boolean {
    return this.#corruption === null;
  }

  /** As of the last time that it could be read. */
  #outboxDepth(): OutboxDepth {
    try {
      if (this.#isSound()) this.#depth = this.#outbox.depth();
    } catch (error) {
      this.#seen(error);
    }
    const depth = { ...this.#depth, dead: this.#deadLetters };
    this.#depth = { ...this.#depth, isAvailable: false, overflowed: 0 };
    return depth;
  }

  #seen(error: unknown): void {
    this.#corruption ??= corruptionIn(error);
  }

  /** Of a file that is corrupt. Settlements wait for a file that is not. */
  #read(request: StoreRequest): StoreReply {
    const error = this.#corruption ?? '';
    if (request.kind === 'settle') return { ok: true, output: null };
    if (!readingKinds.includes(request.kind)) return { ok: false, error };
    try {
      return { ok: true, output: this.#answer(request) };
    } catch (thrown) {
      return { ok: false, error: messageOf(thrown) };
    }
  }

  /** Lets go of pages of the file that are in memory: they are read again when they are needed. */
  forgetPages(): void {
    this.#database.exec('PRAGMA shrink_memory');
  }

  close(): void {
    closeDatabase(this.#database);
  }

  #alone(request: StoreRequest): StoreReply {
    // Settlements are kept and written with the next batch that can be.
    if (request.kind === 'settle') return { ok: true, output: null };
    if (!this.#isSound()) return this.#read(request);
    let error = '';
    const replies = this.#transaction([request], (thrown) => {
      error = messageOf(thrown);
    });
    return replies?.[0] ?? { ok: false, error };
  }

  /** Null when nothing of it happened. */
  #transaction(
    requests: readonly StoreRequest[],
    onError: (error: unknown) => void = () => {},
  ): readonly StoreReply[] | null {
    const database = this.#database;
    try {
      database.exec('BEGIN IMMEDIATE');
      for (const { number, settlement } of this.#unsettled.values()) this.#outbox.settle(number, settlement);
      const replies = requests.map((request): StoreReply => ({ ok: true, output: this.#answer(request) }));
      this.#outbox.flush();
      if (!this.#isSound()) throw new Error(this.#corruption ?? '');
      database.exec('COMMIT');
      this.#outbox.committed(this.#unsettled.keys());
      if ([...this.#unsettled.values()].some(({ settlement }) => settlement.kind === 'dead')) this.#countDead();
      this.#unsettled.clear();
      return replies;
    } catch (error) {
      onError(error);
      this.#seen(error);
      try {
        if (database.isTransaction) database.exec('ROLLBACK');
        this.#outbox.recall();
      } catch (thrown) {
        // A disk that cannot be read: the next batch finds out, too.
        this.#seen(thrown);
      }
      return null;
    }
  }

  #answer(request: StoreRequest): OutputOf<RequestKind> {
    switch (request.kind) {
      case 'commit':
        return this.#commit(request.input);
      case 'commit-recordings':
        return this.#commitRecordings(request.input);
      case 'recording':
        return this.#recordings.one(request.input.account, request.input.sid);
      case 'recordings':
        return this.#recordings.list(request.input);
      case 'recordings-of':
        return this.#recordings.ofConference(request.input.conference);
      case 'recordings-unfinished':
        return this.#recordings.unfinished();
      case 'recordings-beyond':
        return this.#recordings.beyond(request.input);
      case 'origination':
        return this.#commitOrigination(request.input);
      case 'originations':
        return this.#sql.originations.all().map(({ data }) => data);
      case 'take':
        return this.#outbox.take(request.input);
      case 'settle':
        return null;
      case 'journal':
        return this.#journal(request.input);
      case 'newest-cursor':
        return this.#sql.cursors.get(request.input.account)?.newest_cursor ?? 0;
      case 'conference': {
        const row = this.#sql.conference.get(request.input.sid, request.input.account);
        return row === undefined ? null : this.#record(row);
      }
      case 'conferences':
        return mapRows(this.#lists.conferences(request.input), (row) => ({
          state: row.state,
          participantCount: row.is_live === 1 ? this.#sql.presence.get(row.sid).present : 0,
        }));
      case 'participants':
        return this.#lists.participants(request.input);
      case 'unfinished':
        return this.#sql.unfinished.all().map((row) => this.#record(row));
      case 'list':
        return this.#outbox.list(request.input);
      case 'replay':
        return this.#counted(this.#outbox.replay(request.input));
      case 'drop':
        return this.#counted(this.#outbox.drop(request.input));
      case 'check':
        return this.#check(request.input.table);
      case 'tidy':
        this.#tidy(request.input.nowMs);
        return null;
      default:
        return assertNever(request);
    }
  }

  #commit(record: CommitRecord): null {
    const { account, conference, isLive, atMs, nextSequence, state, room, phase, createdAtMs } = record;
    this.#sql.account.run(account);
    const live = isLive ? 1 : 0;
    if (this.#sql.update.get(live, atMs, nextSequence, state, conference) === undefined) {
      this.#sql.insert.run(conference, account, live, atMs, nextSequence, state, room, phase, createdAtMs);
    } else if (record.hasNewPhase) this.#sql.phase.run(phase, conference);
    for (const { call, atMs: leftAtMs, reason } of record.left) this.#sql.left.run(leftAtMs, reason, conference, call);
    if (record.left.length > 0) this.#leftSince.add(conference);
    for (const { call, hasJoined, joinedAtMs, data } of record.changed) {
      if (hasJoined) this.#sql.joined.run(conference, call, joinedAtMs, data);
      else this.#sql.changed.run(data, conference, call);
    }
    for (const recording of record.recordings) this.#recordings.write(recording);
    this.#write(record);
    return null;
  }

  #commitRecordings(record: InputOf<'commit-recordings'>): null {
    this.#sql.account.run(record.account);
    for (const recording of record.recordings) this.#recordings.write(recording);
    for (const sid of record.deleted) this.#recordings.delete(record.account, sid);
    this.#write(record);
    return null;
  }

  /** The events of a commit, and the callbacks that it makes. */
  #write({
    account,
    conference,
    events,
    callbacks,
    atMs,
  }: Pick<CommitRecord, 'account' | 'conference' | 'events' | 'callbacks' | 'atMs'>): void {
    const { length } = events;
    const { newest_cursor: newest } = this.#sql.advance.get(length, account);
    for (const [index, event] of events.entries()) {
      this.#sql.event.run(account, newest - length + index + 1, conference, event.atMs, event.trace, event.data);
    }
    this.#outbox.add(account, callbacks, atMs);
  }

  #commitOrigination(record: OriginationRecord): null {
    const { account, call, data } = record;
    this.#sql.account.run(account);
    if (data === null) this.#sql.forgetOrigination.run(account, call);
    else this.#sql.origination.run(account, call, data);
    this.#write(record);
    return null;
  }

  #journal({ account, cursor, limit }: InputOf<'journal'>): OutputOf<'journal'> {
    const cursors = this.#sql.cursors.get(account);
    if (cursors === undefined) return { entries: [], missed: cursor !== 0 };
    const { newest_cursor: newest, oldest_cursor: oldest } = cursors;
    const missed = cursor < oldest - 1 || cursor > newest;
    const entries = this.#sql.events.all(account, missed ? oldest - 1 : cursor, limit).map((row) => ({
      cursor: row.cursor,
      conference: row.conference,
      atMs: row.at,
      trace: row.trace,
      data: row.data,
    }));
    return { entries, missed };
  }

  #record(row: { sid: string; is_live: number; state: string; next_sequence: number }): ConferenceRecord {
    const participants = row.is_live === 1 ? this.#sql.present.all(row.sid).map(({ data }) => data) : [];
    return { state: row.state, nextSequence: row.next_sequence, participants };
  }

  /** What only the check sees counts, too: it is what a later request would stumble over. */
  #check(table: CheckedTable): string | null {
    const { quick_check: found } = this.#database.prepare(`PRAGMA quick_check(${table})`).get();
    if (found === 'ok') return null;
    this.#corruption ??= `table ${table}: ${String(found)
      .trim()
      .replace(/\s*\n\s*/g, ' ')
      .slice(0, foundCharactersMax)}`;
    return this.#corruption;
  }

  #tidy(nowMs: number): void {
    this.#sql.pulse.run(Math.floor(nowMs));
    const { journalEntriesMax, completedConferencesMax, leftParticipantsMax, historyMs } = this.#bounds;
    const since = Math.floor(nowMs - historyMs);
    const forgotten = new Set<string>();
    for (const { sid } of this.#sql.old.all(since, forgottenRowsMax)) forgotten.add(sid);
    for (const { sid, newest_cursor: newest, oldest_cursor: oldest } of this.#sql.accounts.all()) {
      const recent = this.#sql.firstRecent.get(sid, forgottenRowsMax, since).cursor ?? oldest + forgottenRowsMax;
      const wanted = Math.max(newest - journalEntriesMax + 1, Math.min(recent, newest + 1));
      const keptFrom = Math.min(wanted, oldest + forgottenRowsMax);
      if (keptFrom > oldest) {
        this.#sql.forgetEvents.run(sid, keptFrom);
        this.#sql.oldestCursor.run(keptFrom, sid);
      }
      for (const row of this.#sql.beyond.all(sid, forgottenRowsMax, completedConferencesMax)) forgotten.add(row.sid);
      this.#outbox.forgetDead(sid, since, forgottenRowsMax);
    }
    for (const sid of forgotten) {
      this.#sql.forget.run(sid);
      this.#sql.forgetParticipants.run(sid);
    }
    for (const conference of [...this.#leftSince].slice(0, conferencesLookedAtMax)) {
      this.#leftSince.delete(conference);
      const { changes } = this.#sql.forgetPast.run(conference, forgottenRowsMax, leftParticipantsMax);
      if (Number(changes) === forgottenRowsMax) this.#leftSince.add(conference);
    }
    this.#countDead();
  }

  #counted(changed: number): number {
    this.#countDead();
    return changed;
  }

  #countDead(): void {
    this.#deadLetters = this.#outbox.deadLetters();
  }
}

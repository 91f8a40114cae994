/** Recordings on disk: one row for each, until it is deleted. */
import type { Database } from './database.js';
import type { RecordingLimits, RecordingQuery, RecordingRecord, RecordingRow } from './recording-protocol.js';

/** `of`: whose they are, by what an index has. */
export const listed = (of: string): string =>
  `SELECT number, data FROM recording
   WHERE ${of} AND number < ?2 AND (?3 IS NULL OR status = ?3) AND created_at >= ?4 AND created_at <= ?5
   ORDER BY number DESC LIMIT ?6 OFFSET ?7`;

export class RecordingTable {
  readonly #sql;

  constructor(database: Database) {
    const prepare = (text: string) => database.prepare(text);
    this.#sql = {
      write: prepare(
        `INSERT INTO recording (sid, account, conference, call, status, is_over, created_at, bytes, data)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (sid) DO UPDATE SET
           status = excluded.status, is_over = excluded.is_over, bytes = excluded.bytes, data = excluded.data`,
      ),
      delete: prepare('DELETE FROM recording WHERE sid = ? AND account = ?'),
      one: prepare('SELECT number, data FROM recording WHERE sid = ? AND account = ?'),
      ofAccount: prepare(listed('account = ?1')),
      ofConferenceIn: prepare(listed('conference = ?8 AND account = ?1')),
      ofCallIn: prepare(listed('call = ?8 AND account = ?1 AND (?9 IS NULL OR conference = ?9)')),
      ofConference: prepare('SELECT number, data FROM recording WHERE conference = ? ORDER BY number'),
      unfinished: prepare('SELECT number, data FROM recording WHERE is_over = 0 ORDER BY number'),
      old: prepare(
        'SELECT number, data FROM recording WHERE is_over = 1 AND created_at < ? ORDER BY created_at LIMIT ?',
      ),
      beyond: prepare(
        `SELECT number, data FROM (
           SELECT number, data, is_over, sum(bytes) OVER (PARTITION BY account ORDER BY number DESC) AS until
           FROM recording WHERE bytes > 0)
         WHERE until > ? AND is_over = 1 ORDER BY number LIMIT ?`,
      ),
    };
  }

  write({ sid, account, conference, call, status, isOver, createdAtMs, bytes, data }: RecordingRecord): void {
    this.#sql.write.run(sid, account, conference, call, status, isOver ? 1 : 0, createdAtMs, bytes, data);
  }

  delete(account: string, sid: string): void {
    this.#sql.delete.run(sid, account);
  }

  one(account: string, sid: string): RecordingRow | null {
    const row: RecordingRow | undefined = this.#sql.one.get(sid, account);
    return row === undefined ? null : rowOf(row);
  }

  list(query: RecordingQuery): readonly RecordingRow[] {
    const { account, conference, call, status, createdFromMs, createdUntilMs, before, skip, limit } = query;
    const [last, from, until] = [before ?? numberMax, createdFromMs ?? 0, createdUntilMs ?? numberMax];
    const asked = [account, last, status, from, until, limit, skip] as const;
    const { ofAccount, ofConferenceIn, ofCallIn } = this.#sql;
    // By the narrowest of the indexes.
    if (call !== null) return ofCallIn.all(...asked, call, conference).map(rowOf);
    if (conference !== null) return ofConferenceIn.all(...asked, conference).map(rowOf);
    return ofAccount.all(...asked).map(rowOf);
  }

  ofConference(conference: string): readonly RecordingRow[] {
    return this.#sql.ofConference.all(conference).map(rowOf);
  }

  unfinished(): readonly RecordingRow[] {
    return this.#sql.unfinished.all().map(rowOf);
  }

  beyond({ createdBeforeMs, bytesMax, limit }: RecordingLimits): readonly RecordingRow[] {
    const old: readonly RecordingRow[] = createdBeforeMs === null ? [] : this.#sql.old.all(createdBeforeMs, limit);
    const large: readonly RecordingRow[] = bytesMax === null ? [] : this.#sql.beyond.all(bytesMax, limit);
    const each = new Map([...old, ...large].map((row) => [row.number, rowOf(row)]));
    return [...each.values()].slice(0, limit);
  }
}

/** Larger than any that SQLite counts up to here, and exact in JavaScript. */
const numberMax = Number.MAX_SAFE_INTEGER;

const rowOf = ({ number, data }: RecordingRow): RecordingRow => ({ number, data });

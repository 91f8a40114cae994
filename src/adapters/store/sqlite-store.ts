/**
 * The durable store as the control thread sees it. Requests are gathered for one turn of the event loop and sent to the
 * thread of the store together; what arrives while it waits for the disk makes its next transaction (group commit).
 * Nothing here waits for the disk. A store that does not write refuses, is unhealthy, and is tried again by itself; one
 * whose file turns out to be corrupt refuses until somebody has put that right and started the daemon anew.
 */
import type { ConferenceFilter, ParticipantFilter } from '../../app/conferences/conference-lists.js';
import { conferencePosition, participantPosition } from '../../app/conferences/filters.js';
import type { Origination } from '../../app/originations/origination.js';
import type { PageRequest } from '../../app/paging.js';
import type {
  Commit,
  JournalEntry,
  OriginationCommit,
  RecordingCommit,
  RecordingLimits,
  Store,
  StoredConference,
  StoreFailure,
  StoreHealth,
} from '../../app/ports.js';
import type { RecordingFilter, RecordingPageRequest } from '../../app/recordings/recording-views.js';
import type { StoreOperation } from '../../app/store-metrics.js';
import type { AccountSid, ConferenceSid, RecordingSid } from '../../base/brands.js';
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { messageOf } from '../../base/thrown.js';
import type { ConferenceState } from '../../conference/state.js';
import type { Recording } from '../../recordings/recording.js';
import { mapRows, pageOfRows } from './list-table.js';
import { deletedIn, eventRecord, numberedOf, recordingOf, recordingRecordsOf } from './recording-records.js';
import {
  callbackRecord,
  commitRecord,
  conferenceOf,
  entryOf,
  knownParticipantOf,
  originationOf,
  originationRecord,
  summaryOfRecord,
  unfinishedOf,
} from './records.js';
import { SqliteOutbox } from './sqlite-outbox.js';
import {
  type Ask,
  type BatchReply,
  checkedTables,
  type InputOf,
  type OutboxDepth,
  type OutputOf,
  type RequestKind,
  type StoreReply,
  type StoreRequest,
} from './store-protocol.js';

/** Requests that may wait for the disk: seconds of a daemon at its busiest. Beyond, commits are refused. */
export const storeRequestsMax = 50_000;

/** Recordings looked at in one go of the retention. */
const beyondRowsMax = 100;

const tidyMs = 5000;
/** A disk that failed is tried again this often. */
const retryMs = 1000;

/** One of these that was done shows that the disk takes what is written. */
const writingKinds: readonly RequestKind[] = ['commit', 'origination', 'replay', 'drop', 'tidy'];

/** As the metrics tell them apart. */
const operationOf: Readonly<Partial<Record<RequestKind, StoreOperation>>> = {
  commit: 'commit',
  'commit-recordings': 'commit-recordings',
  origination: 'commit-origination',
  take: 'outbox-take',
  settle: 'outbox-settle',
  check: 'upkeep',
  tidy: 'upkeep',
};

/** The thread of the store, or what stands for it in a test. Replies come in the order of the requests. */
export interface StoreThread {
  send(requests: readonly StoreRequest[]): void;
  onReply(listener: (reply: BatchReply) => void): void;
  /** It ended unasked. */
  onFailure(listener: (error: unknown) => void): void;
  close(): Promise<void>;
}

export type SqliteStoreParts = {
  readonly thread: StoreThread;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the state of the disk and the outbox, after each transaction. */
  readonly observer: (depth: OutboxDepth, requests: number) => void;
  /** Of each request, done or not; left out: nobody asks how long it took. */
  readonly onAnswered?: (operation: StoreOperation, tookMs: number) => void;
  /** Between two checks of the whole file; left out: it is not checked. */
  readonly checkMs?: number | undefined;
};

type Pending = {
  readonly kind: RequestKind;
  readonly askedAtMs: number;
  readonly resolve: (reply: StoreReply) => void;
};

export class SqliteStore implements Store {
  readonly outbox: SqliteOutbox;
  readonly #parts: SqliteStoreParts;
  readonly #pending: Pending[] = [];
  #gathered: StoreRequest[] = [];
  readonly #listeners = new Map<AccountSid, Set<() => void>>();
  #failure: string | null = null;
  #isCorrupt = false;
  #hasEnded = false;
  #cancelTidy: Cancel = () => {};
  #cancelCheck: Cancel = () => {};

  constructor(parts: SqliteStoreParts) {
    this.#parts = parts;
    const { thread, clock } = parts;
    this.outbox = new SqliteOutbox(this.#ask, clock, (error) => this.#unreadable(error));
    thread.onReply((reply) => this.#onReply(reply));
    thread.onFailure((error) => this.#onEnd(error));
    this.#tidyLater();
    this.#checkLater();
  }

  async commit(commit: Commit): Promise<Result<void, StoreFailure>> {
    const record = commitRecord(commit);
    if (this.#pending.length >= storeRequestsMax) return err({ kind: 'store-unavailable' });
    const done = await this.#ask('commit', record);
    if (!done.ok) return err({ kind: 'store-unavailable' });
    this.#tellOfCommit(commit.accountSid);
    return ok(undefined);
  }

  async commitOrigination(commit: OriginationCommit): Promise<Result<void, StoreFailure>> {
    if (this.#pending.length >= storeRequestsMax) return err({ kind: 'store-unavailable' });
    const done = await this.#ask('origination', originationRecord(commit));
    if (!done.ok) return err({ kind: 'store-unavailable' });
    this.#tellOfCommit(commit.origination.accountSid);
    return ok(undefined);
  }

  async openOriginations(): Promise<readonly Origination[]> {
    return (await this.#read('originations', {})).map(this.#readable(originationOf));
  }

  health(): StoreHealth {
    return this.#failure === null ? { ok: true } : { ok: false, why: this.#failure };
  }

  async journal(accountSid: AccountSid, cursor: bigint, limit: number) {
    const page = await this.#read('journal', { account: accountSid, cursor: Number(cursor), limit });
    const entries: readonly JournalEntry[] = page.entries.map(this.#readable((entry) => entryOf(accountSid, entry)));
    return { entries, missed: page.missed };
  }

  async newestCursor(accountSid: AccountSid): Promise<bigint> {
    return BigInt(await this.#read('newest-cursor', { account: accountSid }));
  }

  onCommit(accountSid: AccountSid, listener: () => void): () => void {
    // A wrapper of its own, so that a listener registered twice is called twice and stopped one by one.
    const own = () => listener();
    const listeners = this.#listeners.get(accountSid) ?? new Set();
    this.#listeners.set(accountSid, listeners.add(own));
    return () => {
      listeners.delete(own);
    };
  }

  async conference(accountSid: AccountSid, sid: ConferenceSid): Promise<ConferenceState | null> {
    const record = await this.#read('conference', { account: accountSid, sid });
    return record === null ? null : this.#readable(conferenceOf)(record);
  }

  async conferences(accountSid: AccountSid, filter: ConferenceFilter, page: PageRequest) {
    const found = await this.#read('conferences', { account: accountSid, ...filter, page });
    return pageOfRows(mapRows(found, this.#readable(summaryOfRecord)), conferencePosition);
  }

  async participants(
    account: AccountSid,
    conference: ConferenceSid,
    { muted, held, coaching }: ParticipantFilter,
    page: PageRequest,
  ) {
    const found = await this.#read('participants', { account, conference, muted, held, coaching, page });
    return pageOfRows(mapRows(found, this.#readable(knownParticipantOf)), participantPosition);
  }

  async unfinished(): Promise<readonly StoredConference[]> {
    return (await this.#read('unfinished', {})).map(this.#readable(unfinishedOf));
  }

  async commitRecordings(commit: RecordingCommit): Promise<Result<void, StoreFailure>> {
    const { accountSid, conferenceSid, events, trace, callbacks } = commit;
    if (this.#pending.length >= storeRequestsMax) return err({ kind: 'store-unavailable' });
    const done = await this.#ask('commit-recordings', {
      account: accountSid,
      conference: conferenceSid,
      atMs: Math.round(this.#parts.clock.now()),
      recordings: recordingRecordsOf(events),
      deleted: deletedIn(events),
      events: events.map((event) => eventRecord(event, trace)),
      callbacks: callbacks.map(callbackRecord),
    });
    if (!done.ok) return err({ kind: 'store-unavailable' });
    this.#tellOfCommit(accountSid);
    return ok(undefined);
  }

  async recording(accountSid: AccountSid, sid: RecordingSid): Promise<Recording | null> {
    const row = await this.#read('recording', { account: accountSid, sid });
    return row === null ? null : this.#readable(recordingOf)(row);
  }

  async recordings(accountSid: AccountSid, filter: RecordingFilter, page: RecordingPageRequest) {
    const { conferenceSid: conference, callSid: call, ...rest } = filter;
    return (await this.#read('recordings', { account: accountSid, conference, call, ...rest, ...page })).map(
      this.#readable(numberedOf),
    );
  }

  async recordingsOf(conferenceSid: ConferenceSid): Promise<readonly Recording[]> {
    return (await this.#read('recordings-of', { conference: conferenceSid })).map(this.#readable(recordingOf));
  }

  async unfinishedRecordings(): Promise<readonly Recording[]> {
    return (await this.#read('recordings-unfinished', {})).map(this.#readable(recordingOf));
  }

  async recordingsBeyond(limits: RecordingLimits): Promise<readonly Recording[]> {
    return (await this.#read('recordings-beyond', { ...limits, limit: beyondRowsMax })).map(
      this.#readable(recordingOf),
    );
  }

  #tellOfCommit(accountSid: AccountSid): void {
    for (const listener of [...(this.#listeners.get(accountSid) ?? [])]) listener();
  }

  /** What was asked before is done first. */
  async close(): Promise<void> {
    this.#cancelTidy();
    this.#cancelCheck();
    this.#send();
    await this.#parts.thread.close();
  }

  /** What cannot be read is a failure of the daemon, as a file of its own that is gone would be. */
  async #read<K extends RequestKind>(kind: K, input: InputOf<K>): Promise<OutputOf<K>> {
    const done = await this.#ask(kind, input);
    if (!done.ok) throw new Error(`the store cannot be read: ${done.error}`);
    return done.value;
  }

  /** What is no longer what was written is no reason to fall over, but one to say so. */
  #readable<Kept, Read>(read: (kept: Kept) => Read): (kept: Kept) => Read {
    return (kept) => {
      try {
        return read(kept);
      } catch (error) {
        this.#unreadable(error);
        throw new Error('the store cannot be read: its file is corrupt', { cause: error });
      }
    };
  }

  readonly #ask: Ask = (kind, input) => {
    if (this.#hasEnded) return Promise.resolve(err('the thread of the store has ended'));
    if (this.#isCorrupt && writingKinds.includes(kind)) return Promise.resolve(err(this.#failure ?? ''));
    return new Promise((resolve) => {
      this.#pending.push({
        kind,
        askedAtMs: this.#parts.clock.monotonic(),
        resolve: (reply) => resolve(reply.ok ? ok(reply.output as OutputOf<typeof kind>) : err(reply.error)),
      });
      this.#gathered.push({ kind, input } as StoreRequest);
      if (this.#gathered.length === 1) setImmediate(() => this.#send());
    });
  };

  #send(): void {
    if (this.#gathered.length === 0 || this.#hasEnded) return;
    const requests = this.#gathered;
    this.#gathered = [];
    this.#parts.thread.send(requests);
    this.outbox.sent();
  }

  #onReply({ replies, outbox, corruption }: BatchReply): void {
    if (corruption !== null) this.#corrupt(corruption);
    const failed = replies.find((reply) => !reply.ok);
    const hasWritten = replies.some(
      ({ ok }, index) => ok && writingKinds.includes(this.#pending[index]?.kind ?? 'take'),
    );
    if (failed !== undefined && !failed.ok) this.#become(failed.error);
    else if (hasWritten) this.#become(null);
    const nowMs = this.#parts.clock.monotonic();
    for (const reply of replies) {
      const answered = this.#pending.shift();
      if (answered === undefined) break;
      this.#parts.onAnswered?.(operationOf[answered.kind] ?? 'read', nowMs - answered.askedAtMs);
      answered.resolve(reply);
    }
    this.#parts.observer(outbox, replies.length);
    this.outbox.heard(outbox);
  }

  #unreadable(error: unknown): void {
    this.#corrupt(`something in it is not what was written: ${messageOf(error)}`);
  }

  /** Until the next start: a file that is wrong in one place is not to be relied on in another. */
  #corrupt(what: string): void {
    if (this.#isCorrupt) return;
    this.#become(`the file of the store is corrupt: ${what}`);
    this.#isCorrupt = true;
  }

  #become(failure: string | null): void {
    if (this.#isCorrupt) return;
    const was = this.#failure;
    this.#failure = failure;
    if (was === null && failure !== null) this.#parts.logger.error('store-failing', { why: failure });
    if (was !== null && failure === null) {
      this.#parts.logger.info('store-works-again');
      this.outbox.heardAgain();
    }
    if ((was === null) !== (failure === null)) this.#tidyLater();
  }

  #onEnd(error: unknown): void {
    this.#hasEnded = true;
    this.#cancelTidy();
    this.#cancelCheck();
    this.#failure = 'the thread of the store has ended';
    this.#parts.logger.error('store-ended', { error });
    for (const { resolve } of this.#pending.splice(0)) resolve({ ok: false, error: this.#failure });
  }

  #tidyLater(): void {
    const { clock } = this.#parts;
    this.#cancelTidy();
    this.#cancelTidy = clock.after(this.#failure === null ? tidyMs : retryMs, () => {
      void this.#ask('tidy', { nowMs: clock.now() }).then(() => this.#tidyLater());
    });
  }

  #checkLater(): void {
    const { clock, checkMs } = this.#parts;
    if (checkMs === undefined) return;
    this.#cancelCheck = clock.after(checkMs, () => void this.#check().then(() => this.#checkLater()));
  }

  /** Table by table, so that a commit waits for one of them at most. */
  async #check(): Promise<void> {
    const { clock, logger } = this.#parts;
    const startedMs = clock.monotonic();
    for (const table of checkedTables) {
      if (this.#isCorrupt) return;
      await this.#ask('check', { table });
    }
    if (!this.#isCorrupt) logger.info('store-checked', { tookMs: Math.round(clock.monotonic() - startedMs) });
  }
}

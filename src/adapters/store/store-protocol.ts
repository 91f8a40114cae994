/**
 * What the control thread asks of the thread of the store, and the answers. All of it is plain data: it is copied from
 * one thread to the other. Times are milliseconds since the Unix epoch.
 */

import type { CallbackList } from '../../app/ports.js';
import type { Result } from '../../base/result.js';
import type { ConferenceQuery, ListRows, ParticipantQuery, ParticipantRow } from './list-protocol.js';
import type { RecordingCalls, RecordingRecord } from './recording-protocol.js';
import type { CallbackRecord, EventRecordToWrite } from './written-records.js';

/** A commit as it is written. Texts in `data` and `state` are JSON. */
export type CommitRecord = {
  readonly account: string;
  readonly conference: string;
  readonly isLive: boolean;
  readonly atMs: number;
  readonly nextSequence: number;
  readonly room: string;
  readonly phase: string;
  /** It was in another before. */
  readonly hasNewPhase: boolean;
  readonly createdAtMs: number;
  readonly state: string;
  /** Those who came or are no longer what they were. */
  readonly changed: readonly {
    readonly call: string;
    readonly hasJoined: boolean;
    readonly joinedAtMs: number;
    readonly data: string;
  }[];
  readonly left: readonly { readonly call: string; readonly atMs: number; readonly reason: string }[];
  readonly events: readonly EventRecordToWrite[];
  readonly recordings: readonly RecordingRecord[];
  readonly callbacks: readonly CallbackRecord[];
};

export type ConferenceRecord = {
  readonly state: string;
  readonly nextSequence: number;
  /** Who is in, in the order of joining. */
  readonly participants: readonly string[];
};

/** As a list shows it. */
export type SummaryRecord = { readonly state: string; readonly participantCount: number };

export type EventRecord = {
  readonly cursor: number;
  readonly conference: string;
  readonly atMs: number;
  readonly trace: string;
  readonly data: string;
};

export type QueuedRecord = {
  /** Names it in the table; grows with the order of committing. */
  readonly number: number;
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly data: string;
};

export type ListedRecord = QueuedRecord & {
  readonly dueAtMs: number | null;
  readonly diedAtMs: number | null;
  readonly reason: string | null;
};

/** What became of a callback that was taken. */
export type Settlement =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly dueAtMs: number; readonly attempts: number }
  | { readonly kind: 'dead'; readonly reason: string; readonly attempts: number; readonly atMs: number };

export type Settled = { readonly number: number; readonly settlement: Settlement };

export type OriginationRecord = {
  readonly account: string;
  readonly conference: string;
  readonly call: string;
  readonly atMs: number;
  /** JSON; null: it is over. */
  readonly data: string | null;
  readonly events: readonly EventRecordToWrite[];
  readonly callbacks: readonly CallbackRecord[];
};

type Call<Kind extends string, Input, Output> = { readonly kind: Kind; readonly input: Input; readonly output: Output };

type Calls =
  | RecordingCalls
  | Call<'commit', CommitRecord, null>
  | Call<'origination', OriginationRecord, null>
  | Call<'originations', Record<string, never>, readonly string[]>
  | Call<
      'take',
      {
        readonly nowMs: number;
        readonly limit: number;
        readonly shares: ReadonlyMap<string, number>;
        readonly perReceiver: number;
      },
      { readonly taken: readonly QueuedRecord[]; readonly nextDueAtMs: number | null }
    >
  /** All that were settled in one turn of the control thread. */
  | Call<'settle', readonly Settled[], null>
  | Call<
      'journal',
      { readonly account: string; readonly cursor: number; readonly limit: number },
      { readonly entries: readonly EventRecord[]; readonly missed: boolean }
    >
  | Call<'newest-cursor', { readonly account: string }, number>
  | Call<'conference', { readonly account: string; readonly sid: string }, ConferenceRecord | null>
  | Call<'conferences', ConferenceQuery, ListRows<SummaryRecord>>
  /** Who is in, and who has left. */
  | Call<'participants', ParticipantQuery, ListRows<ParticipantRow>>
  | Call<'unfinished', Record<string, never>, readonly ConferenceRecord[]>
  | Call<
      'list',
      { readonly account: string; readonly list: CallbackList; readonly after: number; readonly limit: number },
      readonly ListedRecord[]
    >
  /** Null: all of the account. */
  | Call<'replay', { readonly account: string; readonly ids: readonly string[] | null; readonly atMs: number }, number>
  | Call<
      'drop',
      { readonly account: string; readonly list: CallbackList; readonly ids: readonly string[] | null },
      number
    >
  /** Reads every page of a table and of its indexes: what is wrong with them, null: nothing. */
  | Call<'check', { readonly table: CheckedTable }, string | null>
  /** Forgets some of what is too old, and writes in any case: so it is known whether the disk does. */
  | Call<'tidy', { readonly nowMs: number }, null>;

export type RequestKind = Calls['kind'];
export type InputOf<K extends RequestKind> = Extract<Calls, { kind: K }>['input'];
export type OutputOf<K extends RequestKind> = Extract<Calls, { kind: K }>['output'];

/** Resolves with the error as text when it was not done. */
export type Ask = <K extends RequestKind>(kind: K, input: InputOf<K>) => Promise<Result<OutputOf<K>, string>>;

export type StoreRequest = { [K in RequestKind]: { readonly kind: K; readonly input: InputOf<K> } }[RequestKind];

/** In the order of the requests; the outputs are those of its kind. */
export type StoreReply =
  | { readonly ok: true; readonly output: OutputOf<RequestKind> }
  | { readonly ok: false; readonly error: string };

/** How the outbox stands after a batch. */
export type OutboxDepth = {
  readonly queued: number;
  readonly oldestAtMs: number | null;
  readonly dead: number;
  /** Something was added or freed that may be due. */
  readonly isAvailable: boolean;
  /** Callbacks moved to or dropped from the dead letters because a bound was hit, since the last batch. */
  readonly overflowed: number;
};

export type BatchReply = {
  readonly replies: readonly StoreReply[];
  readonly outbox: OutboxDepth;
  /** The file is not what was written into it, and this shows it: nothing is written to it any more. Null: not seen. */
  readonly corruption: string | null;
};

/** Each has its turn in a check of the whole file. */
export const checkedTables = [
  'account',
  'conference',
  'participant',
  'event',
  'outbox',
  'dead_letter',
  'recording',
  'origination',
] as const;
export type CheckedTable = (typeof checkedTables)[number];

export type StoreBounds = {
  /** Entries of the journal kept for each account. */
  readonly journalEntriesMax: number;
  /** Conferences kept after their end, for each account. */
  readonly completedConferencesMax: number;
  /** Who has left a conference, the newest of each. */
  readonly leftParticipantsMax: number;
  /** How long conferences that are over, events and dead letters are kept. */
  readonly historyMs: number;
  /** What one account may have waiting; what comes on top is given up at once. */
  readonly callbacksPerAccountMax: number;
  /** Given-up callbacks kept for each account: the oldest go. */
  readonly deadLettersPerAccountMax: number;
};

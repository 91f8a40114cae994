/** What the control thread asks of the thread of the store about recordings. Plain data; times as in the protocol. */
import type { CallbackRecord, EventRecordToWrite } from './written-records.js';

/** A recording as it is written; `data` is JSON. `bytes`: of its files; 0 until there are any. */
export type RecordingRecord = {
  readonly sid: string;
  readonly account: string;
  readonly conference: string;
  readonly call: string | null;
  readonly status: string;
  readonly isOver: boolean;
  readonly createdAtMs: number;
  readonly bytes: number;
  readonly data: string;
};

/** Numbers grow in the order in which recordings came to be. */
export type RecordingRow = { readonly number: number; readonly data: string };

export type RecordingQuery = {
  readonly account: string;
  readonly conference: string | null;
  readonly call: string | null;
  readonly status: string | null;
  readonly createdFromMs: number | null;
  readonly createdUntilMs: number | null;
  /** Those with lower numbers alone. */
  readonly before: number | null;
  readonly skip: number;
  readonly limit: number;
};

/** Null: no bound of that kind. */
export type RecordingLimits = {
  readonly createdBeforeMs: number | null;
  /** Of the newest of each account. */
  readonly bytesMax: number | null;
  readonly limit: number;
};

type Call<Kind extends string, Input, Output> = { readonly kind: Kind; readonly input: Input; readonly output: Output };

export type RecordingCalls =
  | Call<
      'commit-recordings',
      {
        readonly account: string;
        readonly conference: string;
        readonly atMs: number;
        readonly recordings: readonly RecordingRecord[];
        readonly deleted: readonly string[];
        readonly events: readonly EventRecordToWrite[];
        readonly callbacks: readonly CallbackRecord[];
      },
      null
    >
  | Call<'recording', { readonly account: string; readonly sid: string }, RecordingRow | null>
  /** Newest first. */
  | Call<'recordings', RecordingQuery, readonly RecordingRow[]>
  /** In the order of their coming to be. */
  | Call<'recordings-of', { readonly conference: string }, readonly RecordingRow[]>
  | Call<'recordings-unfinished', Record<string, never>, readonly RecordingRow[]>
  /** Of those that are over, the ones beyond the limits, oldest first. */
  | Call<'recordings-beyond', RecordingLimits, readonly RecordingRow[]>;

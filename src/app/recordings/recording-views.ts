/** Recordings as the faces ask for them and see them. */
import type { CallSid, ConferenceSid, EpochMs, RecordingSid } from '../../base/brands.js';
import type { RecordingCallback, RecordingTrim } from '../../conference/state.js';
import type { Recording, RecordingPart, RecordingStatus } from '../../recordings/recording.js';

/** What is there of a recording, and its progress while its files are being made. */
export type RecordingView = Recording & {
  /** 0 to 1 while `processing`; null otherwise. */
  readonly progress: number | null;
  /** Where its file is to be had once it is completed, without an extension (CONTRACT §4.2). */
  readonly url: string;
};

/**
 * How a conference that is in progress is to be recorded. Left out: as the room was told, else as the contract says.
 */
export type RecordingWishes = {
  readonly trim?: RecordingTrim;
  readonly callback?: RecordingCallback;
  /** A file of each participant and a timeline beside it. Left out: as the account has it. */
  readonly hasTracks?: boolean;
};

/** Which recording: by its sid, or the one of a conference that is not over yet and was started last. */
export type RecordingChoice = RecordingSid | { readonly currentOf: ConferenceSid };

/** All that is said must be true of each. */
export type RecordingFilter = {
  readonly conferenceSid: ConferenceSid | null;
  readonly callSid: CallSid | null;
  readonly status: RecordingStatus | null;
  readonly createdFromMs: EpochMs | null;
  readonly createdUntilMs: EpochMs | null;
};

/** Newest first: at most `limit` of those before the number `before`, after `skip` of them were passed over. */
export type RecordingPageRequest = {
  readonly before: number | null;
  readonly skip: number;
  /** 1 or more. */
  readonly limit: number;
};

export type RecordingPage = {
  readonly recordings: readonly RecordingView[];
  /** `before` of the next page; null when this was the last. */
  readonly next: number | null;
};

/** Opens a file of a recording, without credentials, to whoever has it. */
export type RecordingLink = {
  readonly url: string;
  readonly expiresAtMs: EpochMs;
};

/** A file of a recording, open to be read: `close` it, whatever was read. */
export type OpenMedia = {
  readonly part: RecordingPart;
  readonly bytes: number;
  readonly sha256: string;
  /** When it was made. */
  readonly madeAtMs: EpochMs;
  /** From `first` to `last`, both included, in pieces of at most 64 KiB. */
  read(first: number, last: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

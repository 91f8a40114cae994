/** What the shell needs from the world beside the engine; each is implemented by one adapter. */
import type { AccountSid, CallSid, ConferenceSid, EpochMs, RecordingSid } from '../base/brands.js';
import type { Result } from '../base/result.js';
import type { Trace } from '../base/trace.js';
import type { Callback, Parameters, WebhookOutcome } from '../callbacks/webhook.js';
import type { Event } from '../conference/events.js';
import type { ConferenceState, LiveConference, WebTarget } from '../conference/state.js';
import type { Finding } from '../cxml/finding.js';
import type { RecordingHappening } from '../recordings/events.js';
import type { Recording } from '../recordings/recording.js';
import type {
  ConferenceFilter,
  ConferenceSummary,
  KnownParticipant,
  ParticipantFilter,
} from './conferences/conference-lists.js';
import type { CallProgressed, Origination } from './originations/origination.js';
import type { Page, PageRequest } from './paging.js';
import type { RecordingFilter, RecordingPageRequest } from './recordings/recording-views.js';

/** A committed event as EventService shows it; `cursor` grows by one in each account. */
export type JournalEntry = {
  readonly cursor: bigint;
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  readonly atMs: EpochMs;
  readonly event: Happening;
  /** Of the request it came of; empty for one from before there were any. */
  readonly traceId: string;
};

/** All that is kept of what happened. */
export type Happening = Event | CallEvent | RecordingHappening;

/** How the media of a party ended: no packets, an RTCP goodbye, or none at all since the dial. */
export type MediaStopReason = 'silent' | 'goodbye' | 'never-started';

/** Life of a call, beside the conference's own events. */
export type CallEvent =
  /** It is being made, or was and came to nothing. */
  | CallProgressed
  | { readonly kind: 'call-dialed'; readonly callSid: CallSid; readonly atMs: EpochMs }
  | { readonly kind: 'call-completed'; readonly callSid: CallSid; readonly atMs: EpochMs }
  /** The party has sent nothing for as long as it may. */
  | {
      readonly kind: 'media-stopped';
      readonly callSid: CallSid;
      readonly reason: MediaStopReason;
      readonly silentMs: number;
      readonly atMs: EpochMs;
    }
  /** It sends again, after that was told. */
  | { readonly kind: 'media-resumed'; readonly callSid: CallSid; readonly atMs: EpochMs }
  /** The party pressed one of 0-9 * # A-D and let it go. */
  | {
      readonly kind: 'digit-pressed';
      readonly callSid: CallSid;
      readonly digit: string;
      readonly durationMs: number;
      readonly atMs: EpochMs;
    }
  /** What was odd or wrong about a document that the call runs. */
  | {
      readonly kind: 'document-finding';
      readonly callSid: CallSid;
      readonly finding: Finding;
      readonly atMs: EpochMs;
    };

/** The newest of a conference that a list shows. */
export const leftParticipantsMax = 10_000;

/** One transaction: the new state, what happened, and what must be told to whom; all or nothing. */
export type Commit = {
  readonly accountSid: AccountSid;
  /** As it was committed last; absent for the first commit of a conference. */
  readonly before: ConferenceState;
  readonly state: ConferenceState;
  /** What the next event that an application could be told of is numbered. */
  readonly nextSequence: number;
  readonly events: readonly Happening[];
  /** What it came of, but for what came of something else. */
  readonly trace: Trace;
  readonly traces?: ReadonlyMap<Happening, Trace>;
  readonly callbacks: readonly Callback[];
};

/** One transaction: where the making of a call stands, and what must be told of it. One that is over is forgotten. */
export type OriginationCommit = {
  readonly origination: Origination;
  /** For EventService to show. */
  readonly events: readonly CallProgressed[];
  readonly trace: Trace;
  readonly callbacks: readonly Callback[];
};

/** Nothing was written: the disk is full or broken, or too much waits for it. */
export type StoreFailure = { readonly kind: 'store-unavailable' };

export type StoreHealth = { readonly ok: true } | { readonly ok: false; readonly why: string };

export type StoredConference = { readonly state: LiveConference; readonly nextSequence: number };

/** One transaction about recordings of a conference that is itself as it was. */
export type RecordingCommit = {
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  /** Never empty. Of one changed twice the last counts. */
  readonly events: readonly RecordingHappening[];
  readonly trace: Trace;
  readonly callbacks: readonly Callback[];
};

/** `number` grows in the order in which recordings came to be. */
export type NumberedRecording = { readonly number: number; readonly recording: Recording };

/** Null: no bound of that kind. */
export type RecordingLimits = {
  readonly createdBeforeMs: EpochMs | null;
  /** Of the files of the newest of each account. */
  readonly bytesMax: number | null;
};

/** Recordings as they were committed, with their conferences or by themselves. */
export interface RecordingStore {
  commitRecordings(commit: RecordingCommit): Promise<Result<void, StoreFailure>>;
  recording(accountSid: AccountSid, sid: RecordingSid): Promise<Recording | null>;
  /** Newest first. */
  recordings(
    accountSid: AccountSid,
    filter: RecordingFilter,
    page: RecordingPageRequest,
  ): Promise<readonly NumberedRecording[]>;
  /** In the order of their coming to be. */
  recordingsOf(conferenceSid: ConferenceSid): Promise<readonly Recording[]>;
  /** Those that are not over: at the start, those of a process that ended before they did. */
  unfinishedRecordings(): Promise<readonly Recording[]>;
  /** Of those that are over some that are beyond the limits, oldest first. */
  recordingsBeyond(limits: RecordingLimits): Promise<readonly Recording[]>;
}

export interface Store extends RecordingStore {
  /** Resolves once durable; only then may anybody be told. */
  commit(commit: Commit): Promise<Result<void, StoreFailure>>;
  /** As `commit`. */
  commitOrigination(commit: OriginationCommit): Promise<Result<void, StoreFailure>>;
  /** Calls being made, or made and not over, as far as the store knows: at the start, those of a process that died. */
  openOriginations(): Promise<readonly Origination[]>;
  /** Whether the last that was to be written was. */
  health(): StoreHealth;
  /** Conferences that are live as far as the store knows: at the start, those of a process that was killed. */
  unfinished(): Promise<readonly StoredConference[]>;
  /** Entries of an account after `cursor`, oldest first, at most `limit`. `missed` when older ones are gone. */
  journal(
    accountSid: AccountSid,
    cursor: bigint,
    limit: number,
  ): Promise<{ readonly entries: readonly JournalEntry[]; readonly missed: boolean }>;
  /** Cursor of the newest entry of an account; 0 when there is none. */
  newestCursor(accountSid: AccountSid): Promise<bigint>;
  /** Calls back after each commit of the account. Returns the way to stop. */
  onCommit(accountSid: AccountSid, listener: () => void): () => void;
  conference(accountSid: AccountSid, sid: ConferenceSid): Promise<ConferenceState | null>;
  /** Newest first. */
  conferences(accountSid: AccountSid, filter: ConferenceFilter, page: PageRequest): Promise<Page<ConferenceSummary>>;
  /** Who is in a conference and who was and has left it, one entry each time, in the order of joining. */
  participants(
    accountSid: AccountSid,
    sid: ConferenceSid,
    filter: ParticipantFilter,
    page: PageRequest,
  ): Promise<Page<KnownParticipant>>;
}

export type TakeRequest = {
  readonly limit: number;
  /** Of each of these receivers (`receiverOf`), and of any other; 0: nothing now. */
  readonly shares: ReadonlyMap<string, number>;
  readonly perReceiver: number;
};

export type Taken = {
  readonly entries: readonly QueuedCallback[];
  /** When the next of a receiver that may have some becomes due; null when nothing waits for its time. */
  readonly nextDueAtMs: EpochMs | null;
};

/**
 * Durable queue of callbacks, filled by Store.commit. Each conference is a line, in the order of committing: only the
 * first of a line can be taken, once. What was taken when the process ended is there again at the next start.
 */
export interface Outbox {
  /** Those that are due, each receiver's longest due first; empty while the store cannot be read. */
  take(request: TakeRequest): Promise<Taken>;
  /** The next of its line becomes available. */
  delivered(id: string): void;
  /** It goes to the dead letters, and the next of its line becomes available. */
  giveUp(id: string, attempts: number, reason: string): void;
  /** Becomes due again at `atMs`, with so many attempts made. */
  retry(id: string, attempts: number, atMs: EpochMs): void;
  /** Calls back when something may have become due. */
  onAvailable(listener: () => void): void;
  /** Callbacks neither delivered nor given up, as of the last transaction. */
  depth(): number;
}

export type QueuedCallback = {
  readonly callback: Callback;
  /** Made so far. */
  readonly attempts: number;
  readonly createdAtMs: EpochMs;
};

/** Those still to be delivered, or those that were given up. */
export type CallbackList = 'queued' | 'dead';

export type ListedCallback = QueuedCallback & {
  /** Its place in the list. */
  readonly number: number;
  /** Of those queued: when it may be sent next, if nothing of its line is before it. */
  readonly dueAtMs: EpochMs | null;
  /** Of those given up. */
  readonly diedAtMs: EpochMs | null;
  readonly reason: string | null;
};

export type CallbackPage = {
  readonly entries: readonly ListedCallback[];
  /** Where the next page begins; null when this was the last. */
  readonly next: number | null;
};

/** What an operator does by hand, at most 10,000 callbacks at a time. An account reaches only its own. */
export interface CallbackDesk {
  /** Oldest first, at most `limit`, those after the number `after`. */
  listCallbacks(
    accountSid: AccountSid,
    list: CallbackList,
    after: number,
    limit: number,
  ): Promise<Result<CallbackPage, StoreFailure>>;
  /** Sends dead letters once more, under the ids they had; null: all of them. Resolves with how many. */
  replayCallbacks(accountSid: AccountSid, ids: readonly string[] | null): Promise<Result<number, StoreFailure>>;
  /** Forgets callbacks; null: all of the list. Resolves with how many. */
  dropCallbacks(
    accountSid: AccountSid,
    list: CallbackList,
    ids: readonly string[] | null,
  ): Promise<Result<number, StoreFailure>>;
}

/** Makes one attempt, signed for the account. Never throws. */
export interface Webhooks {
  send(callback: Callback): Promise<WebhookOutcome>;
}

/** A request for a document: to run next, or after a dial (CONTRACT §2.2). */
export type DocumentRequest = {
  readonly accountSid: AccountSid;
  readonly target: WebTarget;
  readonly parameters: Parameters;
  /** What it is asked for; left out: no header says so. */
  readonly trace?: Trace;
};

export type DocumentAnswer =
  /** `url`: where it came from in the end, without what is not sent. */
  | { readonly kind: 'answered'; readonly url: string; readonly body: Uint8Array }
  /** By the error dictionary (CONTRACT §11). */
  | { readonly kind: 'failed'; readonly code: number; readonly rule: string };

/** Asks for documents, each once, signed for the account. Never rejects. */
export interface Documents {
  fetch(request: DocumentRequest): Promise<DocumentAnswer>;
}

export type Account = {
  readonly sid: AccountSid;
  readonly name: string;
  /** The first signs; all verify during a rotation. Never empty. */
  readonly signingKeys: readonly [string, ...string[]];
};

/**
 * The whole of Parley as its faces (gRPC and REST) see it: one set of use cases, already validated types in,
 * facts or a refusal out. Faces map; they do not decide.
 */

import type { AccountSid, CallSid, ConferenceSid, EpochMs, RecordingSid, RoomName } from '../base/brands.js';
import type { Result } from '../base/result.js';
import type { Trace } from '../base/trace.js';
import type { CallOutcome } from '../callbacks/call-progress.js';
import type { JoinCommand, ParticipantChanges, Rejection } from '../conference/commands.js';
import type { CallFacts, WebTarget } from '../conference/state.js';
import type { JitterBufferSize } from '../cxml/conference-attributes.js';
import type { ConferenceNoun } from '../cxml/conference-noun.js';
import type { ParsedDocument } from '../cxml/parse-document.js';
import type { EngineRefusal, Lane, ShardView, VoiceShaping } from '../media/engine-port.js';
import type { LegQuality } from '../media/leg-quality.js';
import type { LegStatistics } from '../media/leg-statistics.js';
import type { RecordingChange } from '../recordings/life.js';
import type { RecordingPart, RecordingStatus } from '../recordings/recording.js';
import type { AccountLimitReached } from './account-limits.js';
import type {
  ConferenceFilter,
  ConferenceSummary,
  ConferenceView,
  ParticipantFilter,
  ParticipantView,
} from './conferences/conference-lists.js';
import type { FindingFilter, FindingPage } from './debugger.js';
import type { DrainState, DrainStays } from './drain.js';
import type { Answerer } from './originations/call-wishes.js';
import type { Origination, OriginationRequest } from './originations/origination.js';
import type { TellOriginator } from './originations/originators.js';
import type { Page, PageRequest } from './paging.js';
import type { CallbackDesk, JournalEntry } from './ports.js';
import type {
  OpenMedia,
  RecordingChoice,
  RecordingFilter,
  RecordingLink,
  RecordingPage,
  RecordingPageRequest,
  RecordingView,
  RecordingWishes,
} from './recordings/recording-views.js';
import type { Announcement } from './sounds/announcements.js';

export type {
  ConferenceFilter,
  ConferenceSummary,
  ConferenceView,
  ParticipantFilter,
  ParticipantView,
} from './conferences/conference-lists.js';

/** What a typed `<Dial><Conference>` says, defaults filled in by the face (CONTRACT §1.2, §2.1). */
export type ConferenceDial = Omit<ConferenceNoun, 'jitterBufferSize'> &
  Pick<JoinCommand, 'timeLimitSeconds' | 'recording'>;

/** How the call's media reaches Parley. */
export type MediaOffer =
  /** RFC 4566 text; the answer is RFC 3264. */
  | { readonly kind: 'rtp'; readonly sdpOffer: string }
  /** Frames over MediaService.Stream. */
  | { readonly kind: 'grpc'; readonly codec: 'linear16' | 'pcmu'; readonly rateHz: 8000 | 16_000 | 24_000 | 48_000 };

export type MediaAnswer = { readonly kind: 'rtp'; readonly sdpAnswer: string } | { readonly kind: 'grpc' };

/** What a dial says of how its voice is shaped; what it leaves out is as configured. */
export type ShapingWishes = Partial<VoiceShaping>;

export type DialRequest = {
  readonly accountSid: AccountSid;
  /** The platform's own sid for the call; null to let Parley make one. */
  readonly callSid: CallSid | null;
  readonly call: CallFacts;
  readonly conference: ConferenceDial;
  readonly media: MediaOffer;
  /** The key `*` takes the call out of the conference (CONTRACT §2.1). */
  readonly hangupOnStar: boolean;
  /** Left out: as configured. */
  readonly shaping?: ShapingWishes;
  /** Of RTP media (CONTRACT §1.2, `jitterBufferSize`). Left out: as configured. */
  readonly jitterBufferSize?: JitterBufferSize;
  /** Into no other conference than this; left out or null: whichever the room has. */
  readonly into?: ConferenceSid | null;
  /** What the request came of; left out or null: a trace begins here, as wherever one may be given. */
  readonly trace?: Trace | null;
};

/** No conference: the call is up and in none yet. */
export type DocumentDialReply = Omit<DialReply, 'conferenceSid'> & { readonly conferenceSid: ConferenceSid | null };

/** A call that runs a document. */
export type DocumentDial = Omit<DialRequest, 'conference' | 'hangupOnStar' | 'jitterBufferSize' | 'into'> & {
  readonly start: DocumentStart;
  /** Requested once when a document cannot be had (CONTRACT §6.3). */
  readonly fallback: WebTarget | null;
};

/** A document, with what was odd about it, or where it is to be had. */
export type DocumentStart = ParsedDocument | WebTarget;

/** Something was odd, a default was taken, the leg joined all the same (CONTRACT §11). */
export type Warning = { readonly code: number; readonly field: string; readonly message: string };

export type DialReply = {
  readonly callSid: CallSid;
  readonly conferenceSid: ConferenceSid;
  readonly media: MediaAnswer;
  readonly warnings: readonly Warning[];
};

/** A party to be called, and brought into a conference once it answers (CONTRACT §7.4, Create). */
export type OriginateRequest = Pick<
  OriginationRequest,
  | 'accountSid'
  | 'conference'
  | 'jitterBufferSize'
  | 'callerId'
  | 'earlyMedia'
  | 'timeoutSeconds'
  | 'statusCallback'
  | 'wishes'
> & {
  /** A live conference; null: that of `conference.room`, which comes to be with the answer where there is none. */
  readonly into: ConferenceSid | null;
  readonly from: string;
  readonly to: string;
  readonly trace?: Trace | null;
};

export type OriginationReport =
  | { readonly kind: 'ringing' }
  /** With the media of the party, as a dial has it. */
  | { readonly kind: 'answered'; readonly media: MediaOffer }
  | { readonly kind: 'ended'; readonly outcome: Exclude<CallOutcome, 'completed'> }
  /** Who answered, found out so many milliseconds later. Said again it changes nothing. */
  | { readonly kind: 'machine-detected'; readonly answeredBy: Answerer; readonly durationMs: number };

export type AnswerReply = DialReply;

export type ReofferReply = { readonly call: CallView; readonly sdpAnswer: string };

export type Refusal =
  | Rejection
  | EngineRefusal
  | { readonly kind: 'call-unknown'; readonly callSid: CallSid }
  | { readonly kind: 'call-exists'; readonly callSid: CallSid }
  | { readonly kind: 'call-completed'; readonly callSid: CallSid }
  /** It is being made, and nobody has answered it. */
  | { readonly kind: 'call-not-answered'; readonly callSid: CallSid }
  /** The offer has no audio Parley can take; `field` names the attribute of the SDP. */
  | { readonly kind: 'media-unacceptable'; readonly field: string; readonly rule: string }
  /** Keys cannot be sent: the media is not RTP, or its offer had no telephone-event of the codec's clock. */
  | { readonly kind: 'digits-not-negotiated'; readonly callSid: CallSid }
  /** Stream was asked for a call that has RTP media, or that another stream holds. */
  | { readonly kind: 'media-not-grpc'; readonly callSid: CallSid }
  /** A new offer was made for a call whose media comes over gRPC. */
  | { readonly kind: 'media-not-rtp'; readonly callSid: CallSid }
  | { readonly kind: 'media-attached-elsewhere'; readonly callSid: CallSid }
  /** As many announcements wait for the same ears as may: RESOURCE_EXHAUSTED. */
  | { readonly kind: 'announcements-full' }
  /** More commands wait for this conference than may: RESOURCE_EXHAUSTED. */
  | { readonly kind: 'queue-full' }
  /** What must survive a crash cannot be written now, so nothing was done: UNAVAILABLE. */
  | { readonly kind: 'store-unavailable' }
  /** There was no document to run; `code` of the error dictionary says why. */
  | { readonly kind: 'document-unavailable'; readonly code: number; readonly rule: string }
  | { readonly kind: 'recording-unknown' }
  /** There is such a recording, and it has no file, or none yet (CONTRACT §7.6). */
  | { readonly kind: 'recording-without-file'; readonly status: RecordingStatus }
  /** It has a file, and where that is kept cannot be reached now, or not read: UNAVAILABLE. */
  | { readonly kind: 'recording-files-away' }
  /** It cannot go where it is asked to from where it is (16114). */
  | { readonly kind: 'recording-state'; readonly status: RecordingStatus }
  /** What has not started has nothing to record (21220). */
  | { readonly kind: 'conference-not-started' }
  /** The account is configured to record nothing. */
  | { readonly kind: 'recording-forbidden' }
  /** The disk is nearly full: RESOURCE_EXHAUSTED. */
  | { readonly kind: 'recording-no-space' }
  /** As many recordings run as may: RESOURCE_EXHAUSTED. */
  | { readonly kind: 'recordings-full' }
  /** The account has as many at once as it may (16021): RESOURCE_EXHAUSTED. */
  | AccountLimitReached
  /** As many calls of the account are being made as may (code 16021). */
  | { readonly kind: 'originations-full' }
  /** Nobody makes calls for the account now. */
  | { readonly kind: 'originator-missing' }
  /** Shutting down or draining: UNAVAILABLE. */
  | { readonly kind: 'draining' };

export type CallView = {
  readonly callSid: CallSid;
  readonly call: CallFacts;
  /** One that was made for Parley may be queued or ringing, and over without ever having been in progress. */
  readonly status: 'queued' | 'ringing' | 'in-progress' | CallOutcome;
  /** Of one that is being made: where it is to come in. */
  readonly conferenceSid: ConferenceSid | null;
  /** When it was dialled, or asked for. */
  readonly startedAtMs: EpochMs;
  readonly endedAtMs: EpochMs | null;
  /** Null while nobody has answered. */
  readonly mediaKind: 'rtp' | 'grpc' | null;
  /** Null: nobody has said. */
  readonly answeredBy: Answerer | null;
};

export type CallFilter = {
  readonly from: string | null;
  readonly to: string | null;
  readonly status: CallView['status'] | null;
  readonly startedFromMs: EpochMs | null;
  readonly startedUntilMs: EpochMs | null;
  readonly endedFromMs: EpochMs | null;
  readonly endedUntilMs: EpochMs | null;
};

/** Ends a watch; calling it twice does nothing. */
export type Unwatch = () => void;

export interface RecordingUseCases {
  /** Begins to record a conference that is in progress. */
  startRecording(
    accountSid: AccountSid,
    conferenceSid: ConferenceSid,
    wishes: RecordingWishes,
    trace?: Trace | null,
  ): Promise<Result<RecordingView, Refusal>>;
  /** Pausing what is paused and resuming what runs are refused, as is anything once it is stopped. */
  updateRecording(
    accountSid: AccountSid,
    choice: RecordingChoice,
    change: RecordingChange,
    trace?: Trace | null,
  ): Promise<Result<RecordingView, Refusal>>;
  recording(accountSid: AccountSid, choice: RecordingChoice): Promise<Result<RecordingView, Refusal>>;
  recordings(accountSid: AccountSid, filter: RecordingFilter, page: RecordingPageRequest): Promise<RecordingPage>;
  /** One that is over, its files with it. */
  deleteRecording(accountSid: AccountSid, sid: RecordingSid): Promise<Result<void, Refusal>>;
  /** A file of a completed recording; what was not kept of it is made first, which takes its time. */
  openRecording(accountSid: AccountSid, sid: RecordingSid, part: RecordingPart): Promise<Result<OpenMedia, Refusal>>;
  /** A link that opens a file of it to whoever has the link. `ttlSeconds`: 1 or more. */
  linkRecording(
    accountSid: AccountSid,
    sid: RecordingSid,
    part: RecordingPart,
    ttlSeconds: number,
  ): Promise<Result<RecordingLink, Refusal>>;
}

export interface Application extends CallbackDesk, RecordingUseCases {
  dial(request: DialRequest): Promise<Result<DialReply, Refusal>>;
  /** The rule that keeps webhooks of the account from going to this URL, in words; null: they may. */
  webRule(accountSid: AccountSid, url: string): string | null;
  /** Replies once the call is in a conference or, with media and in none, runs something that takes time. */
  dialDocument(request: DocumentDial): Promise<Result<DocumentDialReply, Refusal>>;
  /** The call leaves its conference, if it is in one, and runs this. What is odd about it is told as events. */
  redirect(
    accountSid: AccountSid,
    callSid: CallSid,
    to: DocumentStart,
    trace?: Trace | null,
  ): Promise<Result<CallView, Refusal>>;
  hangUp(accountSid: AccountSid, callSid: CallSid, trace?: Trace | null): Promise<Result<CallView, Refusal>>;
  call(accountSid: AccountSid, callSid: CallSid): Result<CallView, Refusal>;
  /** Those being made, those in progress and, up to a bound, those that are over; newest first. */
  calls(accountSid: AccountSid, filter: CallFilter): readonly CallView[];
  /** A new offer for a call with RTP media (RFC 3264 §8). Refused, the call goes on as it was. */
  reoffer(accountSid: AccountSid, callSid: CallSid, sdpOffer: string): Promise<Result<ReofferReply, Refusal>>;
  /** Plays keys to the party, behind those still being played. `digits`: 1 to 64 of 0-9 * # A-D w W. */
  sendDigits(accountSid: AccountSid, callSid: CallSid, digits: string): Result<void, Refusal>;

  conference(accountSid: AccountSid, sid: ConferenceSid): Promise<Result<ConferenceView, Refusal>>;
  /** Newest first. */
  conferences(accountSid: AccountSid, filter: ConferenceFilter, page: PageRequest): Promise<Page<ConferenceSummary>>;
  endConference(
    accountSid: AccountSid,
    sid: ConferenceSid,
    trace?: Trace | null,
  ): Promise<Result<ConferenceView, Refusal>>;
  /** Calls back with the state now and after each change, the completed state last. */
  watchConference(
    accountSid: AccountSid,
    sid: ConferenceSid,
    listener: (view: ConferenceView) => void,
  ): Promise<Result<Unwatch, Refusal>>;

  participant(accountSid: AccountSid, sid: ConferenceSid, callSid: CallSid): Promise<Result<ParticipantView, Refusal>>;
  /** The call that has this label in the conference now; null: none, or there is no such conference. */
  callLabelled(accountSid: AccountSid, sid: ConferenceSid, label: string): Promise<CallSid | null>;
  /** In the order of joining; of a conference that is over only those who have left it. */
  participants(
    accountSid: AccountSid,
    sid: ConferenceSid,
    filter: ParticipantFilter,
    page: PageRequest,
  ): Promise<Result<Page<ParticipantView>, Refusal>>;
  updateParticipant(
    accountSid: AccountSid,
    sid: ConferenceSid,
    callSid: CallSid,
    changes: ParticipantChanges,
    trace?: Trace | null,
  ): Promise<Result<ParticipantView, Refusal>>;
  /** Plays what is there over what is heard: to all, or with `callSid` to one. Replies when it is in line. */
  announce(
    accountSid: AccountSid,
    sid: ConferenceSid,
    announcement: Announcement,
  ): Promise<Result<ConferenceView, Refusal>>;
  removeParticipant(
    accountSid: AccountSid,
    sid: ConferenceSid,
    callSid: CallSid,
    trace?: Trace | null,
  ): Promise<Result<void, Refusal>>;

  /**
   * Asks the platform to call somebody for a conference. Replies when that is on its way: the call is queued. A pending
   * one is taken back by `removeParticipant`.
   */
  createParticipant(request: OriginateRequest): Promise<Result<Origination, Refusal>>;
  /** A call that the platform was asked to make, also (up to a bound) when it is over. */
  origination(accountSid: AccountSid, callSid: CallSid): Result<Origination, Refusal>;
  /** Of a conference, those who were not let in yet. */
  pendingParticipants(accountSid: AccountSid, sid: ConferenceSid): readonly Origination[];
  /** What whoever makes a call says of it; a reply of null: noted. */
  reportOrigination(
    accountSid: AccountSid,
    callSid: CallSid,
    report: OriginationReport,
  ): Promise<Result<AnswerReply | null, Refusal>>;
  /** From now on `tell` makes calls, in turn with others of the account; those that nobody makes at once. */
  makeCalls(accountSid: AccountSid, tell: TellOriginator): Result<Unwatch, Refusal>;

  /** Entries after `cursor`, oldest first; `missed` when older ones are no longer kept. */
  journal(
    accountSid: AccountSid,
    cursor: bigint,
    limit: number,
  ): Promise<{ readonly entries: readonly JournalEntry[]; readonly missed: boolean }>;
  newestCursor(accountSid: AccountSid): Promise<bigint>;
  onCommit(accountSid: AccountSid, listener: () => void): Unwatch;

  /** What was odd about a request that a call came of; what was odd about its documents is known here already. */
  noteWarnings(accountSid: AccountSid, callSid: CallSid, warnings: readonly Warning[]): void;
  /** What was odd or wrong about requests and documents, newest first: at most `limit`, before the number `before`. */
  findings(accountSid: AccountSid, before: number | null, limit: number, filter?: FindingFilter): FindingPage;

  /** The lane of a gRPC leg; one holder at a time, until `detachMedia`. */
  attachMedia(accountSid: AccountSid, callSid: CallSid): Result<MediaHandle, Refusal>;
  detachMedia(handle: MediaHandle): void;

  shards(): readonly ShardView[];
  capacity(): CapacityView;
  /** No new conferences; what is there is ended after `withinMs`, or never with null. Again: another deadline. */
  drain(withinMs: number | null): DrainView;
  /** Calls a drain off. */
  undrain(): Result<void, DrainStays>;
  drained(): DrainView;
  legStatistics(accountSid: AccountSid, callSid: CallSid): Result<LegReport, Refusal>;
}

/** What a leg has been through since it was opened, and how good that sounds. */
export type LegReport = LegStatistics & { readonly quality: LegQuality };

export type MediaHandle = {
  readonly callSid: CallSid;
  readonly codec: 'linear16' | 'pcmu';
  readonly rateHz: number;
  /** 20 ms of payload. */
  readonly frameBytes: number;
  /** Null once the call is over. */
  readonly lane: () => Lane | null;
};

export type CapacityView = {
  readonly legs: number;
  readonly legsMax: number;
  readonly conferences: number;
  readonly shards: number;
  /** Legs the shards could still take, by slots and by tick load, measured and expected. */
  readonly legsFree: number;
  readonly draining: boolean;
};

/** What a drain waits for. */
export type DrainView = DrainState & {
  readonly calls: number;
  /** Oldest first. */
  readonly conferences: readonly DrainingConference[];
};

export type DrainingConference = {
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  readonly room: RoomName;
  readonly participants: number;
};

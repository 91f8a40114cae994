/**
 * What a conference is at one moment. Readonly all the way down; only `evolve` makes the next one.
 * Words as in DESIGN §3: a room is a name, a conference is one life of it.
 */
import type { AccountSid, CallSid, ConferenceSid, EpochMs, RoomName } from '../base/brands.js';
import type { RecordingEvent } from '../base/flavour.js';

export type HttpMethod = 'GET' | 'POST';

/** A URL as the caller typed it, fragment overrides included (CONTRACT §6.2), and how to request it. */
export type WebTarget = { readonly url: string; readonly method: HttpMethod };

/** Longer ones are refused by the proxies and servers they would be sent to. */
export const urlCharactersMax = 4096;

/** Tokens of `statusCallbackEvent` (CONTRACT §3.1). */
export const statusCallbackTokens = [
  'start',
  'end',
  'join',
  'leave',
  'mute',
  'hold',
  'modify',
  'speaker',
  'announcement',
] as const;
export type StatusCallbackToken = (typeof statusCallbackTokens)[number];

export type StatusCallback = WebTarget & { readonly events: readonly StatusCallbackToken[] };

/** When a participant's own coming and going is marked by a beep (CONTRACT §8.5). */
export type Beep = 'true' | 'false' | 'on-enter' | 'on-exit';

/** What a waiting participant hears: the house music, a document, or nothing (CONTRACT §5). */
export type WaitAudio =
  | { readonly kind: 'default-music' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'document'; readonly target: WebTarget };

/** Facts of the call itself, as the platform gave them; they go into callbacks unchanged. */
export type CallFacts = {
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
};

/** Whether silence at both ends of a recording is cut (CONTRACT §8.7). */
export type RecordingTrim = 'trim-silence' | 'do-not-trim';

/** Who is told of the life of a recording, and of which of it (CONTRACT §4.1). */
export type RecordingCallback = WebTarget & {
  /** Null: did not say, so it is as the flavour has it. */
  readonly events: readonly RecordingEvent[] | null;
};

/** What one `<Conference>` says of recording. Null means: did not say. */
export type RoomRecording = {
  /** From the start of the conference, or not. */
  readonly record: boolean | null;
  readonly trim: RecordingTrim | null;
  readonly callback: RecordingCallback | null;
};

/** Which directions of a call a recording holds: what the party says, what it hears. */
export type RecordingTrack = 'both' | 'inbound' | 'outbound';

/** A recording of one leg, from when it is in until it leaves (`<Dial record>`, CONTRACT §2.1). */
export type LegRecording = {
  /** 2: what the party says, and what it hears, apart. */
  readonly channels: 1 | 2;
  readonly track: RecordingTrack;
  readonly trim: RecordingTrim;
  /** Null: nobody is told. */
  readonly callback: RecordingCallback | null;
  /** Whether an API asked for it; left out: the `<Dial>` of the call did. */
  readonly source?: 'outbound-api';
};

/** What one `<Conference>` asked of the room. Null means: did not say (CONTRACT §1.3). */
export type RoomRequest = {
  readonly statusCallback: StatusCallback | null;
  readonly maxParticipants: number | null;
  readonly region: string | null;
  /** POSTed once when the conference has ended (CONTRACT §3.4). */
  readonly eventCallbackUrl: string | null;
  /** Left out: says nothing of it. */
  readonly recording?: RoomRecording;
};

/** The room's own settings: the callback frozen from the first leg, the rest from the first leg that says. */
export type RoomSettings = RoomRequest;

export const maxParticipantsDefault = 250;
export const maxParticipantsCeiling = 100_000;

/** Coaching: heard by `target` alone; `target` is null once the coached leg has gone (CONTRACT §8.3). */
export type Coaching = { readonly target: CallSid | null };

export type Participant = {
  readonly callSid: CallSid;
  readonly call: CallFacts;
  readonly label: string | null;
  readonly joinedAtMs: EpochMs;
  /** When it last became what it is: by joining, or by a mute, a hold or a change of the rest. */
  readonly updatedAtMs: EpochMs;
  /** When `<Dial timeLimit>` takes this leg out of the room. */
  readonly timeLimitAtMs: EpochMs;
  readonly muted: boolean;
  /** Null: not held. */
  readonly hold: WaitAudio | null;
  readonly wait: WaitAudio;
  readonly beep: Beep;
  readonly startConferenceOnEnter: boolean;
  readonly endConferenceOnExit: boolean;
  readonly coaching: Coaching | null;
  /** Somebody speaks into this leg now; false where nobody asked to be told (`tellsOfSpeech`). */
  readonly speaking: boolean;
  /** Has the call something to run after this `<Dial>`? Else leaving the room ends it. */
  readonly continuesAfterDial: boolean;
  /** Left out: it is not recorded by itself. */
  readonly recording?: LegRecording;
};

/** What callbacks say of a party. */
export type NamedParty = Pick<
  Participant,
  'callSid' | 'call' | 'label' | 'muted' | 'hold' | 'startConferenceOnEnter' | 'endConferenceOnExit' | 'coaching'
>;

/** How a call ended that was made for the conference and never was in it. */
export const addFailures = ['busy', 'no-answer', 'failed', 'canceled'] as const;
export type AddFailure = (typeof addFailures)[number];

export type EndReason =
  | 'conference-ended-via-api'
  | 'daemon-restarted'
  | 'last-participant-left'
  | 'last-participant-kicked'
  | 'participant-with-end-conference-on-exit-left'
  | 'participant-with-end-conference-on-exit-kicked';

/** What every phase after the first join knows. */
type Identity = {
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  readonly room: RoomName;
  readonly createdAtMs: EpochMs;
  readonly updatedAtMs: EpochMs;
  readonly settings: RoomSettings;
};

/** Nobody has joined yet. */
export type AbsentConference = { readonly phase: 'absent' };

/** People may be in, but nothing is mixed: fewer than two, or none of them may start it. */
export type WaitingConference = Identity & {
  readonly phase: 'init';
  /** In the order of joining. */
  readonly participants: ReadonlyMap<CallSid, Participant>;
};

export type RunningConference = Identity & {
  readonly phase: 'in-progress';
  readonly startedAtMs: EpochMs;
  readonly participants: ReadonlyMap<CallSid, Participant>;
};

export type CompletedConference = Identity & {
  readonly phase: 'completed';
  /** Null when it ended before it ever started. */
  readonly startedAtMs: EpochMs | null;
  readonly endedAtMs: EpochMs;
  readonly endReason: EndReason;
  readonly callSidEndingConference: CallSid | null;
};

export type LiveConference = WaitingConference | RunningConference;
export type ConferenceState = AbsentConference | LiveConference | CompletedConference;

export const absentConference: AbsentConference = { phase: 'absent' };

export const liveOf = (state: ConferenceState): LiveConference | null =>
  state.phase === 'init' || state.phase === 'in-progress' ? state : null;

const nobody: LiveConference['participants'] = new Map();

/** Who is in, in the order of joining: nobody before it came to be, and after its end. */
export const participantsOf = (state: ConferenceState): LiveConference['participants'] =>
  liveOf(state)?.participants ?? nobody;

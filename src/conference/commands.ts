/** What may be asked of a conference, and every way to be refused. */
import type { AccountSid, CallSid, ConferenceSid, RoomName } from '../base/brands.js';
import type { AddFailure, Beep, CallFacts, LegRecording, NamedParty, RoomRequest, WaitAudio } from './state.js';

/** A leg wants in (CONTRACT §1, §8.1–8.4). The first join of a room carries the identity it will have. */
export type JoinCommand = {
  readonly kind: 'join';
  readonly accountSid: AccountSid;
  readonly room: RoomName;
  /** The sid the conference gets if this join creates it; else unused. */
  readonly newConferenceSid: ConferenceSid;
  readonly callSid: CallSid;
  readonly call: CallFacts;
  readonly label: string | null;
  readonly muted: boolean;
  readonly beep: Beep;
  readonly startConferenceOnEnter: boolean;
  readonly endConferenceOnExit: boolean;
  readonly wait: WaitAudio;
  /** Sid of the call to coach; null to talk to everybody. */
  readonly coach: CallSid | null;
  /** `<Dial timeLimit>`, seconds, 1 or more. */
  readonly timeLimitSeconds: number;
  /** Has the call something to run after this `<Dial>` (an `action`, a next verb)? Else leaving the room ends it. */
  readonly continuesAfterDial: boolean;
  /** Left out: it is not recorded by itself. */
  readonly recording?: LegRecording;
  readonly roomRequest: RoomRequest;
};

/**
 * Why a leg leaves; `removed-via-api` is the DELETE that end reasons call "kicked", `media-lost` a party that has sent
 * nothing for too long, `wait-failed` one whose wait URL could not be had when it came in.
 */
export type LeaveCause =
  | 'hung-up'
  | 'hangup-on-star'
  | 'time-limit'
  | 'removed-via-api'
  | 'redirected-via-api'
  | 'media-lost'
  | 'wait-failed';

export type LeaveCommand = {
  readonly kind: 'leave';
  readonly callSid: CallSid;
  readonly cause: LeaveCause;
};

/** Only the named fields change; the same value again changes nothing and fires nothing (CONTRACT §8.6). */
export type ParticipantChanges = {
  readonly muted?: boolean;
  /** Null ends the hold. */
  readonly hold?: WaitAudio | null;
  /** `coach` is the sid of the leg to coach; null ends coaching: heard by all from now on. */
  readonly coach?: CallSid | null;
  readonly wait?: WaitAudio;
  readonly beepOnExit?: boolean;
  readonly endConferenceOnExit?: boolean;
};

export type UpdateParticipantCommand = {
  readonly kind: 'update-participant';
  readonly callSid: CallSid;
  readonly changes: ParticipantChanges;
};

/** REST or gRPC ends the conference for all (CONTRACT §7.3); or it was cut off when the daemon that mixed it died. */
export type EndCommand = { readonly kind: 'end'; readonly because?: 'daemon-restarted' };

/** The engine hears that somebody begins or stops to speak; what is so already or cannot be changes nothing. */
export type NoteSpeechCommand = {
  readonly kind: 'note-speech';
  readonly callSid: CallSid;
  readonly speaking: boolean;
};

/** An announcement is over (CONTRACT §5.3). */
export type NoteAnnouncementCommand = {
  readonly kind: 'note-announcement';
  /** Whom it was for; null: everybody. It may have left. */
  readonly callSid: CallSid | null;
  readonly url: string;
  /** Why nothing of it was heard; null: it was. */
  readonly failure: string | null;
};

/** Somebody who was called for it never came in (CONTRACT §3.2, `participant_add_failed`). */
export type NoteAddFailedCommand = {
  readonly kind: 'note-add-failed';
  /** As it would have come in. */
  readonly party: NamedParty;
  readonly failure: AddFailure;
};

export type Command =
  | JoinCommand
  | LeaveCommand
  | UpdateParticipantCommand
  | EndCommand
  | NoteSpeechCommand
  | NoteAnnouncementCommand
  | NoteAddFailedCommand;

/** What may be asked of a conference that is there, about itself and who is in it or was to be. */
export type StandingCommand = LeaveCommand | UpdateParticipantCommand | EndCommand | NoteAddFailedCommand;

/** Every refusal; a refused command changes nothing. `code` in the edges comes from CONTRACT §11. */
export type Rejection =
  | { readonly kind: 'conference-full'; readonly maxParticipants: number } // 16020
  | { readonly kind: 'already-joined'; readonly callSid: CallSid } // 16026
  | { readonly kind: 'label-in-use'; readonly label: string } // 16025
  | { readonly kind: 'coach-target-missing'; readonly callSid: CallSid } // 13240: not in here, or not started
  | { readonly kind: 'coach-self'; readonly callSid: CallSid } // 13240
  | { readonly kind: 'coach-target-on-hold'; readonly callSid: CallSid } // 16027
  | { readonly kind: 'participant-unknown'; readonly callSid: CallSid } // 20404
  | { readonly kind: 'conference-unknown' } // 20404: nobody ever joined
  | { readonly kind: 'conference-completed' }; // 10000

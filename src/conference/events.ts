/** Facts that happened: the only way a conference changes. Each carries the whole of what it changes. */
import type { AccountSid, CallSid, ConferenceSid, EpochMs, RoomName } from '../base/brands.js';
import type { LeaveCause } from './commands.js';
import type { AddFailure, Coaching, EndReason, NamedParty, Participant, RoomSettings, WaitAudio } from './state.js';

/** Values of `ReasonParticipantLeft` (CONTRACT §3.2), and one of our own: no vendor has a word for a crash. */
export type LeftReason =
  | 'participant_hung_up'
  | 'participant_updated_via_api'
  | 'moderator_ended_conference'
  | 'conference_ended_via_api'
  | 'participant_add_failed'
  | 'daemon_restarted';

type At = { readonly atMs: EpochMs };

export type ConferenceCreated = At & {
  readonly kind: 'conference-created';
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  readonly room: RoomName;
  readonly settings: RoomSettings;
};

/** A later leg was the first to say something about the room, and it was taken (CONTRACT §1.3). */
export type RoomSettingsTaken = At & { readonly kind: 'room-settings-taken'; readonly settings: RoomSettings };

export type ParticipantJoined = At & { readonly kind: 'participant-joined'; readonly participant: Participant };

/** The second party is in and somebody may start it: audio is mixed from here, music stops (CONTRACT §8.1). */
export type ConferenceStarted = At & {
  readonly kind: 'conference-started';
  /** The leg whose coming started it. */
  readonly callSid: CallSid;
};

/** Every coach of this leg loses its target with this event. */
export type ParticipantLeft = At & {
  readonly kind: 'participant-left';
  readonly callSid: CallSid;
  /** Null when the leg goes because the conference ends. */
  readonly cause: LeaveCause | null;
  readonly reason: LeftReason;
  /** Does the call itself go on, or is it over (`ParticipantCallStatus`, CONTRACT §3.2)? */
  readonly callContinues: boolean;
};

export type ConferenceEnded = At & {
  readonly kind: 'conference-ended';
  readonly reason: EndReason;
  readonly callSidEndingConference: CallSid | null;
  readonly labelEndingConference: string | null;
};

export type ParticipantMuted = At & {
  readonly kind: 'participant-muted';
  readonly callSid: CallSid;
  readonly muted: boolean;
};

/** `hold` is what is heard from now on; null ends the hold. Replacing one hold by another is `announced: false`. */
export type ParticipantHeld = At & {
  readonly kind: 'participant-held';
  readonly callSid: CallSid;
  readonly hold: WaitAudio | null;
  /** False when the leg was held already and only its audio changes: no callback is sent for that. */
  readonly announced: boolean;
};

export type ParticipantModified = At & {
  readonly kind: 'participant-modified';
  readonly callSid: CallSid;
  readonly changes: {
    readonly coaching?: Coaching | null;
    readonly wait?: WaitAudio;
    readonly beep?: Participant['beep'];
    readonly endConferenceOnExit?: boolean;
  };
};

/** Told only where the room's callback asked for `speaker`; a participant that leaves has stopped without it. */
export type ParticipantSpeechChanged = At & {
  readonly kind: 'participant-speech-changed';
  readonly callSid: CallSid;
  readonly speaking: boolean;
};

/** Changes nothing of the conference. */
export type AnnouncementEnded = At & {
  readonly kind: 'announcement-ended';
  /** Whom it was for; null: everybody. It may have left before. */
  readonly callSid: CallSid | null;
  readonly url: string;
  /** Why nothing of it was heard; null: it was. */
  readonly failure: string | null;
};

/** Somebody was called for the conference and never was in it. Changes nothing of it. */
export type ParticipantAddFailed = At & {
  readonly kind: 'participant-add-failed';
  readonly callSid: CallSid;
  /** As it would have come in. */
  readonly party: NamedParty;
  readonly reason: 'participant_add_failed';
  readonly failure: AddFailure;
};

export type Event =
  | ConferenceCreated
  | RoomSettingsTaken
  | ParticipantJoined
  | ConferenceStarted
  | ParticipantLeft
  | ConferenceEnded
  | ParticipantMuted
  | ParticipantHeld
  | ParticipantModified
  | ParticipantSpeechChanged
  | AnnouncementEnded
  | ParticipantAddFailed;

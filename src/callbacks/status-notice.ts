/** Which statusCallback event a fact of the conference is, and about whom (CONTRACT §3.1). */
import { assert, assertNever } from '../base/assert.js';
import type { CallSid } from '../base/brands.js';
import type {
  AnnouncementEnded,
  ConferenceEnded,
  ConferenceStarted,
  Event,
  ParticipantAddFailed,
  ParticipantLeft,
} from '../conference/events.js';
import {
  type AddFailure,
  type ConferenceState,
  type NamedParty,
  type Participant,
  participantsOf,
  type StatusCallbackToken,
} from '../conference/state.js';

/** Values of `CallStatus` and `ParticipantCallStatus`: in or after a conference, or of a call that never was in one. */
export type CallStatus = 'in-progress' | 'completed' | AddFailure;

/** The leg a notice speaks of, or that caused it. */
export type NoticeLeg = { readonly participant: NamedParty; readonly callStatus: CallStatus };

export type StatusNotice =
  | {
      readonly kind: 'start';
      readonly token: StatusCallbackToken;
      readonly name: 'conference-start';
      readonly event: ConferenceStarted;
      readonly causedBy: NoticeLeg;
    }
  | {
      readonly kind: 'end';
      readonly token: StatusCallbackToken;
      readonly name: 'conference-end';
      readonly event: ConferenceEnded;
      /** Null when the API ended the conference. */
      readonly causedBy: NoticeLeg | null;
    }
  | {
      readonly kind: 'leave';
      readonly token: StatusCallbackToken;
      readonly name: 'participant-leave';
      readonly event: ParticipantLeft | ParticipantAddFailed;
      readonly leg: NoticeLeg;
    }
  | {
      readonly kind: 'announcement';
      readonly token: StatusCallbackToken;
      readonly name: 'announcement-end' | 'announcement-fail';
      readonly event: AnnouncementEnded;
      /** Null when it was for everybody, or the leg that it was for has left. */
      readonly leg: NoticeLeg | null;
    }
  | {
      readonly kind: 'participant';
      readonly token: StatusCallbackToken;
      readonly name:
        | 'participant-join'
        | 'participant-mute'
        | 'participant-unmute'
        | 'participant-hold'
        | 'participant-unhold'
        | 'participant-modify'
        | 'participant-speech-start'
        | 'participant-speech-stop';
      readonly event: Event;
      readonly leg: NoticeLeg;
    };

/** The events of one command, and the conference on both sides of them. */
export type Change = {
  readonly before: ConferenceState;
  readonly events: readonly Event[];
  readonly after: ConferenceState;
};

/** Null for what no application is told. */
export function statusNotice(event: Event, change: Change): StatusNotice | null {
  switch (event.kind) {
    case 'conference-created':
    case 'room-settings-taken':
      return null;
    case 'participant-joined':
      return notice('join', 'participant-join', event, { participant: event.participant, callStatus: 'in-progress' });
    case 'conference-started':
      return {
        kind: 'start',
        token: 'start',
        name: 'conference-start',
        event,
        causedBy: presentLeg(change, event.callSid),
      };
    case 'participant-left': {
      const leg = leftLeg(change, event);
      return { kind: 'leave', token: 'leave', name: 'participant-leave', event, leg };
    }
    case 'participant-add-failed': {
      const leg: NoticeLeg = { participant: event.party, callStatus: event.failure };
      return { kind: 'leave', token: 'leave', name: 'participant-leave', event, leg };
    }
    case 'conference-ended':
      return { kind: 'end', token: 'end', name: 'conference-end', event, causedBy: endingLeg(change, event) };
    case 'participant-muted': {
      const name = event.muted ? 'participant-mute' : 'participant-unmute';
      return notice('mute', name, event, presentLeg(change, event.callSid));
    }
    case 'participant-held': {
      if (!event.announced) return null;
      const name = event.hold === null ? 'participant-unhold' : 'participant-hold';
      return notice('hold', name, event, presentLeg(change, event.callSid));
    }
    case 'participant-modified':
      return notice('modify', 'participant-modify', event, presentLeg(change, event.callSid));
    case 'participant-speech-changed': {
      const name = event.speaking ? 'participant-speech-start' : 'participant-speech-stop';
      return notice('speaker', name, event, presentLeg(change, event.callSid));
    }
    case 'announcement-ended': {
      const name = event.failure === null ? 'announcement-end' : 'announcement-fail';
      return { kind: 'announcement', token: 'announcement', name, event, leg: announcedLeg(change, event) };
    }
    default:
      return assertNever(event);
  }
}

type ParticipantNotice = Extract<StatusNotice, { kind: 'participant' }>;

const notice = (
  token: StatusCallbackToken,
  name: ParticipantNotice['name'],
  event: Event,
  leg: NoticeLeg,
): ParticipantNotice => ({ kind: 'participant', token, name, event, leg });

function presentLeg({ after }: Change, callSid: CallSid): NoticeLeg {
  const participant = participantIn(after, callSid);
  assert(participant !== undefined, 'who changed or started something is still in the conference');
  return { participant, callStatus: 'in-progress' };
}

function announcedLeg({ after }: Change, { callSid }: AnnouncementEnded): NoticeLeg | null {
  const participant = callSid === null ? undefined : participantIn(after, callSid);
  return participant === undefined ? null : { participant, callStatus: 'in-progress' };
}

/** Who left is told of as it was: its label, mute and hold are those of before the command. */
function leftLeg({ before }: Change, left: ParticipantLeft): NoticeLeg {
  const participant = participantIn(before, left.callSid);
  assert(participant !== undefined, 'who left was in the conference before');
  return { participant, callStatus: left.callContinues ? 'in-progress' : 'completed' };
}

function endingLeg(change: Change, ended: ConferenceEnded): NoticeLeg | null {
  const left = change.events.find(
    (event): event is ParticipantLeft =>
      event.kind === 'participant-left' && event.callSid === ended.callSidEndingConference,
  );
  return left === undefined ? null : leftLeg(change, left);
}

const participantIn = (state: ConferenceState, callSid: CallSid): Participant | undefined =>
  participantsOf(state).get(callSid);

/**
 * Who gives their voice to whom, and who hears what: the media side of CONTRACT §8.2, from nothing but the state
 * of the conference. Hold and wait audio belong to one listener, so they are named here and never mixed.
 */

import { assertNever } from '../base/assert.js';
import type { CallSid } from '../base/brands.js';
import type { ConferenceState, Participant, RunningConference, WaitAudio } from '../conference/state.js';

export type Sends =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'room' }
  /** Heard by `target` alone. */
  | { readonly kind: 'whisper'; readonly target: CallSid };

export type Hears =
  | { readonly kind: 'room' }
  | { readonly kind: 'own-audio'; readonly use: 'wait' | 'hold'; readonly audio: WaitAudio };

export type Route = { readonly sends: Sends; readonly hears: Hears };

/** One route for each participant, in the order of joining. */
export type MixPlan = ReadonlyMap<CallSid, Route>;

const nobody: Sends = { kind: 'nobody' };
const toRoom: Sends = { kind: 'room' };
const wholeRoom: Hears = { kind: 'room' };

function sendsOf(conference: RunningConference, participant: Participant): Sends {
  if (participant.hold !== null || participant.muted) return nobody;
  if (participant.coaching === null) return toRoom;
  const { target } = participant.coaching;
  if (target === null) return nobody;
  const coached = conference.participants.get(target);
  return coached === undefined || coached.hold !== null ? nobody : { kind: 'whisper', target };
}

/** Those that most have are one object for all: each conference keeps its plan, and most commands make another. */
const talks: Route = { sends: toRoom, hears: wholeRoom };
const listens: Route = { sends: nobody, hears: wholeRoom };

function routeOf(conference: RunningConference, participant: Participant): Route {
  const sends = sendsOf(conference, participant);
  const { hold } = participant;
  if (hold !== null) return { sends, hears: { kind: 'own-audio', use: 'hold', audio: hold } };
  if (sends === toRoom) return talks;
  return sends === nobody ? listens : { sends, hears: wholeRoom };
}

export function mixPlan(conference: ConferenceState): MixPlan {
  const plan = new Map<CallSid, Route>();
  switch (conference.phase) {
    case 'absent':
    case 'completed':
      return plan;
    case 'init':
      for (const [callSid, { wait: audio }] of conference.participants) {
        plan.set(callSid, { sends: nobody, hears: { kind: 'own-audio', use: 'wait', audio } });
      }
      return plan;
    case 'in-progress':
      for (const [callSid, participant] of conference.participants) {
        plan.set(callSid, routeOf(conference, participant));
      }
      return plan;
    default:
      return assertNever(conference);
  }
}

/** A leg goes, and perhaps the conference with it (CONTRACT §2.3, §3.2, §8.1). */
import { assertNever } from '../base/assert.js';
import type { EpochMs } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import type { LeaveCause, LeaveCommand, Rejection } from './commands.js';
import { endedBy, everyoneElseLeft } from './decide-end.js';
import type { Event, LeftReason, ParticipantLeft } from './events.js';
import type { LiveConference, Participant } from './state.js';

/**
 * A leg with `endConferenceOnExit` takes everybody with it, whatever made it go, and also before the start and while
 * muted or held; else the conference ends when nobody is left. The leg that goes is the first to have left.
 */
export function decideLeave(
  state: LiveConference,
  command: LeaveCommand,
  nowMs: EpochMs,
): Result<readonly Event[], Rejection> {
  const leaver = state.participants.get(command.callSid);
  if (leaver === undefined) return err({ kind: 'participant-unknown', callSid: command.callSid });

  const { cause } = command;
  const left = leftOf(leaver, cause, nowMs);
  const isKicked = cause === 'removed-via-api';
  if (leaver.endConferenceOnExit) {
    const reason = isKicked
      ? 'participant-with-end-conference-on-exit-kicked'
      : 'participant-with-end-conference-on-exit-left';
    const others = [...state.participants.values()].filter((participant) => participant !== leaver);
    return ok([left, ...everyoneElseLeft(others, 'moderator_ended_conference', nowMs), endedBy(leaver, reason, nowMs)]);
  }
  if (state.participants.size > 1) return ok([left]);
  return ok([left, endedBy(leaver, isKicked ? 'last-participant-kicked' : 'last-participant-left', nowMs)]);
}

const leftOf = (leaver: Participant, cause: LeaveCause, atMs: EpochMs): ParticipantLeft => ({
  kind: 'participant-left',
  atMs,
  callSid: leaver.callSid,
  cause,
  reason: leftReasonOf(cause),
  callContinues: callContinues(leaver, cause),
});

/**
 * `ReasonParticipantLeft` has few words (CONTRACT §3.2). Removal and redirect are both made through the API. `*` and
 * the time limit are neither the API's doing nor an end of the conference: the leg took itself out, and the one word
 * for that is `participant_hung_up`, as for a party that is lost; `ParticipantCallStatus` tells whether the call itself
 * goes on.
 */
function leftReasonOf(cause: LeaveCause): LeftReason {
  switch (cause) {
    case 'hung-up':
    case 'hangup-on-star':
    case 'time-limit':
    case 'media-lost':
      return 'participant_hung_up';
    case 'removed-via-api':
    case 'redirected-via-api':
      return 'participant_updated_via_api';
    case 'wait-failed':
      return 'participant_add_failed';
    default:
      return assertNever(cause);
  }
}

/** CONTRACT §2.3: a call that hung up is over, a redirected one runs its new document, any other finishes its Dial. */
function callContinues(leaver: Participant, cause: LeaveCause): boolean {
  switch (cause) {
    case 'hung-up':
    case 'media-lost':
      return false;
    case 'redirected-via-api':
      return true;
    case 'hangup-on-star':
    case 'time-limit':
    case 'removed-via-api':
    case 'wait-failed':
      return leaver.continuesAfterDial;
    default:
      return assertNever(cause);
  }
}

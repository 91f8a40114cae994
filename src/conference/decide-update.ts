/** REST or gRPC changes one participant (CONTRACT §7.4, §8.3, §8.6). */
import type { CallSid, EpochMs } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import { withExitBeep } from './beep.js';
import { coachRefusal } from './coaching.js';
import type { ParticipantChanges, Rejection, UpdateParticipantCommand } from './commands.js';
import type { Event, ParticipantModified } from './events.js';
import type { LiveConference, Participant } from './state.js';
import { isSameWaitAudio } from './wait-audio.js';

/**
 * All of the changes or, when one is refused, none. What differs from now is told as mute, then hold, then one
 * modification for the rest; what does not differ is not told.
 */
export function decideUpdate(
  state: LiveConference,
  command: UpdateParticipantCommand,
  nowMs: EpochMs,
): Result<readonly Event[], Rejection> {
  const participant = state.participants.get(command.callSid);
  if (participant === undefined) return err({ kind: 'participant-unknown', callSid: command.callSid });

  const { changes } = command;
  const target = newTargetOf(participant, changes);
  const refusal = target === null ? null : coachRefusal(state, participant.callSid, target);
  if (refusal !== null) return err(refusal);
  return ok([
    ...muteEvents(participant, changes, nowMs),
    ...holdEvents(participant, changes, nowMs),
    ...modifyEvents(participant, changes, nowMs),
  ]);
}

/** The leg to coach from now on. Null when none is named, or the one coached already: legal though it be on hold. */
function newTargetOf(participant: Participant, { coach }: ParticipantChanges): CallSid | null {
  return coach === undefined || coach === participant.coaching?.target ? null : coach;
}

function muteEvents(participant: Participant, { muted }: ParticipantChanges, atMs: EpochMs): readonly Event[] {
  if (muted === undefined || muted === participant.muted) return [];
  return [{ kind: 'participant-muted', atMs, callSid: participant.callSid, muted }];
}

function holdEvents(participant: Participant, { hold }: ParticipantChanges, atMs: EpochMs): readonly Event[] {
  if (hold === undefined || isSameWaitAudio(hold, participant.hold)) return [];
  const replacesAudio = hold !== null && participant.hold !== null;
  return [{ kind: 'participant-held', atMs, callSid: participant.callSid, hold, announced: !replacesAudio }];
}

function modifyEvents(participant: Participant, changes: ParticipantChanges, atMs: EpochMs): readonly Event[] {
  const { coach, wait, beepOnExit, endConferenceOnExit } = changes;
  const target = newTargetOf(participant, changes);
  const endsCoaching = coach === null && participant.coaching !== null;
  const beep = beepOnExit === undefined ? participant.beep : withExitBeep(participant.beep, beepOnExit);
  const modified: ParticipantModified['changes'] = {
    ...(target !== null && { coaching: { target } }),
    ...(endsCoaching && { coaching: null }),
    ...(wait !== undefined && !isSameWaitAudio(wait, participant.wait) && { wait }),
    ...(beep !== participant.beep && { beep }),
    ...(endConferenceOnExit !== undefined &&
      endConferenceOnExit !== participant.endConferenceOnExit && { endConferenceOnExit }),
  };
  if (Object.keys(modified).length === 0) return [];
  return [{ kind: 'participant-modified', atMs, callSid: participant.callSid, changes: modified }];
}

/** Somebody begins or stops to speak (CONTRACT §3.1, `speaker`). */
import type { EpochMs } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import type { NoteSpeechCommand, Rejection } from './commands.js';
import type { Event } from './events.js';
import type { ConferenceState, LiveConference, Participant } from './state.js';

/**
 * Did the room's callback ask for speech? Where it did not, speech is no event of the conference: it has no number, no
 * place in the journal, and `speaking` stays false.
 */
export function tellsOfSpeech(state: ConferenceState): boolean {
  return state.phase !== 'absent' && state.settings.statusCallback?.events.includes('speaker') === true;
}

/** Who is muted, held or still waiting is heard by nobody and so does not begin to speak; who spoke may stop. */
export function decideSpeech(
  state: LiveConference,
  { callSid, speaking }: NoteSpeechCommand,
  nowMs: EpochMs,
): Result<readonly Event[], Rejection> {
  const participant = state.participants.get(callSid);
  if (participant === undefined) return err({ kind: 'participant-unknown', callSid });
  if (!tellsOfSpeech(state) || participant.speaking === speaking) return ok([]);
  if (speaking && !mayBeHeard(state, participant)) return ok([]);
  return ok([{ kind: 'participant-speech-changed', atMs: nowMs, callSid, speaking }]);
}

const mayBeHeard = ({ phase }: LiveConference, { muted, hold }: Participant): boolean =>
  phase === 'in-progress' && !muted && hold === null;

/** The rules of a conference: what is asked becomes what happened, or a refusal (CONTRACT §8). */
import { assertNever } from '../base/assert.js';
import type { EpochMs } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import type { Command, Rejection } from './commands.js';
import { decideEnd } from './decide-end.js';
import { decideJoin } from './decide-join.js';
import { decideLeave } from './decide-leave.js';
import { decideSpeech } from './decide-speech.js';
import { decideUpdate } from './decide-update.js';
import type { Event } from './events.js';
import type { ConferenceState } from './state.js';

/**
 * Pure: the same three arguments give the same answer, and `state` is only read. The events are in the order of
 * happening (CONTRACT §3.3); each bears `nowMs`. No events at all means that everything asked for was so already.
 */
export function decide(state: ConferenceState, command: Command, nowMs: EpochMs): Result<readonly Event[], Rejection> {
  if (state.phase === 'completed') return err({ kind: 'conference-completed' });
  if (command.kind === 'join') return decideJoin(state, command, nowMs);
  if (state.phase === 'absent') return err({ kind: 'conference-unknown' });
  switch (command.kind) {
    case 'leave':
      return decideLeave(state, command, nowMs);
    case 'update-participant':
      return decideUpdate(state, command, nowMs);
    case 'note-speech':
      return decideSpeech(state, command, nowMs);
    case 'note-announcement': {
      const { callSid, url, failure } = command;
      return ok([{ kind: 'announcement-ended', atMs: nowMs, callSid, url, failure }]);
    }
    case 'note-add-failed': {
      const { party, failure } = command;
      const reason = 'participant_add_failed';
      return ok([{ kind: 'participant-add-failed', atMs: nowMs, callSid: party.callSid, party, reason, failure }]);
    }
    case 'end':
      return decideEnd(state, command, nowMs);
    default:
      return assertNever(command);
  }
}

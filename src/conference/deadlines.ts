/** Time as data: what a conference will ask of itself, and when. */
import type { EpochMs } from '../base/brands.js';
import type { LeaveCommand } from './commands.js';
import type { ConferenceState } from './state.js';

/** `command` is due at `atMs` or as soon after as it can be; a new state makes the old deadline void. */
export type Deadline = { readonly atMs: EpochMs; readonly command: LeaveCommand };

/** The earliest `<Dial timeLimit>` in the room (CONTRACT §2.1); of equal ones that of the leg that joined first. */
export function nextDeadline(state: ConferenceState): Deadline | null {
  if (state.phase === 'absent' || state.phase === 'completed') return null;
  let earliest: Deadline | null = null;
  for (const { callSid, timeLimitAtMs } of state.participants.values()) {
    if (earliest === null || timeLimitAtMs < earliest.atMs) {
      earliest = { atMs: timeLimitAtMs, command: { kind: 'leave', callSid, cause: 'time-limit' } };
    }
  }
  return earliest;
}

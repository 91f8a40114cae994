/** Who may coach whom (CONTRACT §8.3). */
import type { CallSid } from '../base/brands.js';
import type { Rejection } from './commands.js';
import type { ConferenceState } from './state.js';

/**
 * Why `coach` may not begin to coach `target`; null when it may. The target must be another leg of this very
 * conference, which must have started (13240), and must not be on hold (16027).
 */
export function coachRefusal(state: ConferenceState, coach: CallSid, target: CallSid): Rejection | null {
  if (coach === target) return { kind: 'coach-self', callSid: target };
  const coached = state.phase === 'in-progress' ? state.participants.get(target) : undefined;
  if (coached === undefined) return { kind: 'coach-target-missing', callSid: target };
  return coached.hold === null ? null : { kind: 'coach-target-on-hold', callSid: target };
}

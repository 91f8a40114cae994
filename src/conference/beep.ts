/** The `beep` attribute is two switches in one word, and marks who comes and goes (CONTRACT §1.2, §8.5). */
import type { CallSid } from '../base/brands.js';
import type { Event } from './events.js';
import type { Beep, ConferenceState } from './state.js';

/** All who hear the room hear it, but for `except`. */
export type BeepHeard = { readonly which: 'enter' | 'exit'; readonly except: CallSid | null };

/**
 * What one command is marked by. None before the start: whoever waits hears audio of its own. None with the end: nobody
 * is left to hear it.
 */
export function beepsOf(
  before: ConferenceState,
  events: readonly Event[],
  after: ConferenceState,
): readonly BeepHeard[] {
  if (after.phase !== 'in-progress') return [];
  return events.flatMap((event): readonly BeepHeard[] => {
    if (event.kind === 'participant-joined') {
      const { beep, callSid } = event.participant;
      // At the start it tells everybody, the newcomer too, that waiting is over.
      return isMarkedOnEnter(beep) ? [{ which: 'enter', except: before.phase === 'in-progress' ? callSid : null }] : [];
    }
    if (event.kind !== 'participant-left' || before.phase !== 'in-progress') return [];
    // With the value that it left with.
    const beep = before.participants.get(event.callSid)?.beep ?? 'false';
    return isMarkedOnExit(beep) ? [{ which: 'exit', except: null }] : [];
  });
}

/** `BeepOnExit` of the API (CONTRACT §7.4): changes the beep on leaving and keeps the one on entering as it was. */
export function withExitBeep(beep: Beep, exit: boolean): Beep {
  if (isMarkedOnEnter(beep)) return exit ? 'true' : 'on-enter';
  return exit ? 'on-exit' : 'false';
}

const isMarkedOnEnter = (beep: Beep): boolean => beep === 'true' || beep === 'on-enter';
const isMarkedOnExit = (beep: Beep): boolean => beep === 'true' || beep === 'on-exit';

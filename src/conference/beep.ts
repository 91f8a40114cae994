/** The `beep` attribute is two switches in one word (CONTRACT §1.2, §8.5). */
import type { Beep } from './state.js';

/** Does this participant's coming cause a beep? */
export const beepsOnEnter = (beep: Beep): boolean => beep === 'true' || beep === 'on-enter';

/** Does this participant's going cause a beep? */
export const beepsOnExit = (beep: Beep): boolean => beep === 'true' || beep === 'on-exit';

/** `BeepOnExit` of the API (CONTRACT §7.4): changes the exit beep and leaves the one on entering as it was. */
export function withExitBeep(beep: Beep, exit: boolean): Beep {
  if (beepsOnEnter(beep)) return exit ? 'true' : 'on-enter';
  return exit ? 'on-exit' : 'false';
}

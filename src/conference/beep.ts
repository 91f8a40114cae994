/** The `beep` attribute is two switches in one word (CONTRACT §1.2, §8.5). */
import type { Beep } from './state.js';

/** `BeepOnExit` of the API (CONTRACT §7.4): changes the beep on leaving and keeps the one on entering as it was. */
export function withExitBeep(beep: Beep, exit: boolean): Beep {
  const enter = beep === 'true' || beep === 'on-enter';
  if (enter) return exit ? 'true' : 'on-enter';
  return exit ? 'on-exit' : 'false';
}

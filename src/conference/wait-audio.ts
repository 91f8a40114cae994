/** Comparing what a waiting or held participant hears. */
import type { WaitAudio } from './state.js';

/** Would both be requested and played the same? `null` stands for no audio of one's own, as in `Participant.hold`. */
export function isSameWaitAudio(a: WaitAudio | null, b: WaitAudio | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === 'document' && b.kind === 'document') {
    return a.target.url === b.target.url && a.target.method === b.target.method;
  }
  return a.kind === b.kind;
}

/** When a waiting conference starts (CONTRACT §8.1). */
import type { Participant } from './state.js';

const participantsToStartMin = 2;

/**
 * Two or more are in and at least one of them, not necessarily the newcomer, has `startConferenceOnEnter`.
 * Asked only of conferences that wait: one that has started stays started whoever leaves.
 */
export function mayStart(participants: readonly Participant[]): boolean {
  return (
    participants.length >= participantsToStartMin &&
    participants.some((participant) => participant.startConferenceOnEnter)
  );
}

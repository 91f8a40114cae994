/** How participants take part, counted when somebody asks. */
import type { ConferenceState, Participant } from '../../conference/state.js';
import { metrics as declared, type Metrics } from '../metrics.js';

/** The first that is true of one: its conference has not begun, it is held, muted, coaching, or none of these. */
export const participantStates = declared.parley_participants.labels.state;
type ParticipantState = (typeof participantStates)[number];

function stateOf({ hold, muted, coaching }: Participant): ParticipantState {
  if (hold !== null) return 'held';
  if (muted) return 'muted';
  return coaching === null ? 'open' : 'coaching';
}

export function measureParticipants(conferences: Iterable<ConferenceState>, metrics: Metrics): void {
  const counts: Record<ParticipantState, number> = { waiting: 0, held: 0, muted: 0, coaching: 0, open: 0 };
  for (const conference of conferences) {
    if (conference.phase === 'init') counts.waiting += conference.participants.size;
    if (conference.phase !== 'in-progress') continue;
    for (const participant of conference.participants.values()) counts[stateOf(participant)] += 1;
  }
  for (const state of participantStates) metrics.set('parley_participants', { state }, counts[state]);
}

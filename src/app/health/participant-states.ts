/** How participants take part: counted when somebody asks, and only in conferences that have changed since. */
import type { ConferenceSid } from '../../base/brands.js';
import type { CompletedConference, LiveConference, Participant } from '../../conference/state.js';
import { metrics as declared, type Metrics } from '../metrics.js';

/** The first that is true of one: its conference has not begun, it is held, muted, coaching, or none of these. */
export const participantStates = declared.parley_participants.labels.state;
type ParticipantState = (typeof participantStates)[number];

type Counts = Record<ParticipantState, number>;

const nobody = (): Counts => ({ waiting: 0, held: 0, muted: 0, coaching: 0, open: 0 });

function stateOf({ hold, muted, coaching }: Participant): ParticipantState {
  if (hold !== null) return 'held';
  if (muted) return 'muted';
  return coaching === null ? 'open' : 'coaching';
}

function countsOf({ phase, participants }: LiveConference): Counts {
  const counts = nobody();
  if (phase === 'init') counts.waiting = participants.size;
  else for (const participant of participants.values()) counts[stateOf(participant)] += 1;
  return counts;
}

export class ParticipantStates {
  readonly #metrics: Metrics;
  readonly #totals = nobody();
  /** As last counted, of conferences that live. */
  readonly #counted = new Map<ConferenceSid, Counts>();
  /** Those that have changed since. */
  readonly #changed = new Map<ConferenceSid, LiveConference>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** What a conference is now. */
  changed(conference: LiveConference | CompletedConference): void {
    const { conferenceSid } = conference;
    if (conference.phase !== 'completed') {
      this.#changed.set(conferenceSid, conference);
      return;
    }
    // At once, or it would be kept until somebody asks.
    this.#changed.delete(conferenceSid);
    this.#add(this.#counted.get(conferenceSid), -1);
    this.#counted.delete(conferenceSid);
  }

  measure(): void {
    for (const [conferenceSid, state] of this.#changed) {
      const counts = countsOf(state);
      this.#add(this.#counted.get(conferenceSid), -1);
      this.#add(counts, 1);
      this.#counted.set(conferenceSid, counts);
    }
    this.#changed.clear();
    for (const state of participantStates) this.#metrics.set('parley_participants', { state }, this.#totals[state]);
  }

  #add(counts: Counts | undefined, times: 1 | -1): void {
    if (counts === undefined) return;
    for (const state of participantStates) this.#totals[state] += times * counts[state];
  }
}

import { describe, expect, it } from 'vitest';
import { join, silence, update } from '../../../test/support/callers.js';
import { conferenceAfter } from '../../../test/support/conference-script.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { absentConference, type ConferenceState } from '../../conference/state.js';
import { measureParticipants, participantStates } from './participant-states.js';

function measured(...conferences: readonly ConferenceState[]) {
  const metrics = recordingMetrics();
  measureParticipants(conferences, metrics);
  return Object.fromEntries(
    participantStates.map((state) => [state, metrics.value('parley_participants', { state })] as const),
  );
}

describe('measureParticipants', () => {
  it('counts each participant once, by the first that is true of it', () => {
    const talking = conferenceAfter(
      ...['A', 'B', 'C', 'D'].map((name) => join(name)),
      join('E', { coach: 'A' }),
      update('B', { muted: true }),
      update('C', { hold: silence, muted: true }),
    );
    const waiting = conferenceAfter(join('F'));
    expect(measured(talking.state, waiting.state, absentConference)).toEqual({
      waiting: 1,
      held: 1,
      muted: 1,
      coaching: 1,
      open: 2,
    });
  });

  it('says zero of what there is none of', () => {
    expect(Object.values(measured())).toEqual([0, 0, 0, 0, 0]);
  });
});

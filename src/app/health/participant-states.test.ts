import { describe, expect, it } from 'vitest';
import { conferenceSidOf, end, join, leave, silence, update } from '../../../test/support/callers.js';
import { ConferenceScript } from '../../../test/support/conference-script.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { assert } from '../../base/assert.js';
import type { Command } from '../../conference/commands.js';
import { ParticipantStates, participantStates } from './participant-states.js';

function counting() {
  const metrics = recordingMetrics();
  const states = new ParticipantStates(metrics);
  return {
    /** What each command makes of the conference is told. */
    conference(name: string) {
      const script = new ConferenceScript();
      const newConferenceSid = conferenceSidOf(name);
      return (...commands: readonly Command[]): void => {
        for (const command of commands) {
          script.play(command.kind === 'join' ? { ...command, newConferenceSid } : command);
          assert(script.state.phase !== 'absent', 'somebody has joined');
          states.changed(script.state);
        }
      };
    },
    measured() {
      states.measure();
      return participantStates.map((state) => metrics.value('parley_participants', { state }));
    },
  };
}

describe('ParticipantStates', () => {
  it('counts each participant once, by the first that is true of it', () => {
    const { conference, measured } = counting();
    const names = ['A', 'B', 'C', 'D'];
    conference('one')(
      ...names.map((name) => join(name)),
      join('E', { coach: 'A' }),
      update('B', { muted: true }),
      update('C', { hold: silence, muted: true }),
    );
    conference('two')(join('F'));
    expect(participantStates).toEqual(['waiting', 'held', 'muted', 'coaching', 'open']);
    expect(measured()).toEqual([1, 1, 1, 1, 2]);
  });

  it('follows what changes between two looks, and knows nothing of conferences that are over', () => {
    const { conference, measured } = counting();
    const [one, two, unseen] = [conference('one'), conference('two'), conference('unseen')];
    one(join('A'), join('B'), join('C'));
    two(join('D'), join('E'));
    expect(measured()).toEqual([0, 0, 0, 0, 5]);
    one(update('A', { muted: true }), update('B', { hold: silence }), leave('C'));
    expect(measured()).toEqual([0, 1, 1, 0, 2]);
    expect(measured()).toEqual([0, 1, 1, 0, 2]);
    one(update('A', { muted: false }), end);
    unseen(join('F'), join('G'), end);
    expect(measured()).toEqual([0, 0, 0, 0, 2]);
    two(end);
    expect(measured()).toEqual([0, 0, 0, 0, 0]);
  });

  it('says zero of what there is none of', () => {
    expect(counting().measured()).toEqual([0, 0, 0, 0, 0]);
  });
});

import { describe, expect, it } from 'vitest';
import { callSidOf, end, join, leave, music, tellOfSpeechAt, update } from '../../test/support/callers.js';
import { conferenceAfter } from '../../test/support/conference-script.js';
import { brokenInvariants, invariants } from './invariants.js';
import { absentConference, type ConferenceState, type LiveConference, type Participant } from './state.js';

function live(state: ConferenceState): LiveConference {
  if (state.phase !== 'init' && state.phase !== 'in-progress') throw new Error('the conference lives');
  return state;
}

const waiting = live(conferenceAfter(join('A', { startConferenceOnEnter: false })).state);
const running = live(
  conferenceAfter(join('A'), join('B', { label: 'agent' }), join('C', { coach: 'B' }), update('A', { hold: music }))
    .state,
);
const { state: completed } = conferenceAfter(join('A'), end);

/** `conference` with one participant bent out of shape. */
function bent(conference: LiveConference, name: string, change: Partial<Participant>): LiveConference {
  const participant = conference.participants.get(callSidOf(name));
  if (participant === undefined) throw new Error('nobody to bend');
  const participants = new Map(conference.participants).set(callSidOf(name), { ...participant, ...change });
  return { ...conference, participants };
}

const asksForSpeech = { ...waiting.settings, statusCallback: tellOfSpeechAt('https://app/1') };

const everyone = [...running.participants.values()];
const asOne = new Map(everyone.map((participant) => [participant.callSid, participant]));

const breaches: readonly { readonly name: string; readonly state: ConferenceState }[] = [
  { name: 'a live conference has somebody in it', state: { ...waiting, participants: new Map() } },
  {
    name: 'a waiting conference has nobody who could start it',
    state: { ...waiting, participants: new Map(everyone.slice(0, 2).map((one) => [one.callSid, one])) },
  },
  {
    name: 'a completed conference has no participants',
    state: Object.assign({}, completed, { participants: asOne }),
  },
  {
    name: 'only an end through the API or by a restart names no leg that caused it',
    state: Object.assign({}, completed, { callSidEndingConference: callSidOf('A') }),
  },
  {
    name: 'only an end through the API or by a restart names no leg that caused it',
    state: Object.assign({}, completed, { endReason: 'last-participant-left' }),
  },
  { name: 'each participant is found by its own call sid', state: bent(running, 'A', { callSid: callSidOf('X') }) },
  { name: 'no label is used twice', state: bent(running, 'A', { label: 'agent' }) },
  {
    name: 'a coach has a target that is another leg of the room, or none',
    state: bent(running, 'A', { coaching: { target: callSidOf('X') } }),
  },
  {
    name: 'a coach has a target that is another leg of the room, or none',
    state: bent(running, 'A', { coaching: { target: callSidOf('A') } }),
  },
  { name: 'nobody coaches before the start', state: bent(waiting, 'A', { coaching: { target: null } }) },
  {
    name: 'nobody speaks before the start, or where nobody asked to be told',
    state: bent(running, 'A', { speaking: true }),
  },
  {
    name: 'nobody speaks before the start, or where nobody asked to be told',
    state: bent({ ...waiting, settings: asksForSpeech }, 'A', { speaking: true }),
  },
  {
    name: 'the room is not overfull',
    state: { ...running, settings: { ...running.settings, maxParticipants: 2 } },
  },
  {
    name: 'the settings of the room are within their limits',
    state: { ...running, settings: { ...running.settings, maxParticipants: 100_001 } },
  },
  {
    name: 'the settings of the room are within their limits',
    state: { ...running, settings: { ...running.settings, maxParticipants: 9.5 } },
  },
  {
    name: 'the settings of each participant are within their limits',
    state: bent(running, 'A', { timeLimitAtMs: running.createdAtMs }),
  },
  { name: 'the settings of each participant are within their limits', state: bent(running, 'A', { label: '' }) },
  {
    name: 'the settings of each participant are within their limits',
    state: bent(running, 'A', { label: 'x'.repeat(129) }),
  },
];

describe('brokenInvariants', () => {
  it.each([
    ['absent', absentConference],
    ['waiting', waiting],
    ['running', running],
    ['completed', completed],
    ['completed by its last leg', conferenceAfter(join('A'), leave('A')).state],
  ])('finds nothing wrong with a conference that is %s', (_, state) => {
    expect(brokenInvariants(state, 'after-command')).toEqual([]);
  });

  it.each(breaches)('names the breach: $name', ({ name, state }) => {
    expect(brokenInvariants(state, 'after-command')).toEqual([name]);
  });

  it('has a breach tested for each invariant', () => {
    expect(new Set(breaches.map(({ name }) => name))).toEqual(new Set(invariants.map(({ name }) => name)));
  });

  it('lets the start and the end be on their way between two events', () => {
    for (const { state } of breaches.slice(0, 2)) expect(brokenInvariants(state, 'after-event')).toEqual([]);
  });
});

/** What is true of every conference, as named predicates: checked by tests after each step and by the runner. */
import { tellsOfSpeech } from './decide-speech.js';
import { labelCharactersMax } from './label.js';
import { roomNameCharactersMax } from './room-name.js';
import { capacityOf } from './room-settings.js';
import { mayStart } from './start-rule.js';
import {
  type ConferenceState,
  type EndReason,
  maxParticipantsCeiling,
  type Participant,
  participantsOf,
} from './state.js';

/** Between the events of one command the room may be on its way: somebody is in and the start not yet told. */
export type Moment = 'after-event' | 'after-command';

export type Invariant = {
  readonly name: string;
  /** The first moment at which it must hold; what holds after each event holds after each command. */
  readonly from: Moment;
  /** `participants`: those who are in. */
  readonly holds: (state: ConferenceState, participants: readonly Participant[]) => boolean;
};

const reasonsOfNobody: readonly EndReason[] = ['conference-ended-via-api', 'daemon-restarted'];

const isWithin = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

export const invariants: readonly Invariant[] = [
  {
    name: 'a live conference has somebody in it',
    from: 'after-command',
    holds: ({ phase }, participants) => (phase !== 'init' && phase !== 'in-progress') || participants.length > 0,
  },
  {
    name: 'a waiting conference has nobody who could start it',
    from: 'after-command',
    holds: ({ phase }, participants) => phase !== 'init' || !mayStart(participants),
  },
  {
    name: 'a completed conference has no participants',
    from: 'after-event',
    holds: (state) => state.phase !== 'completed' || !('participants' in state),
  },
  {
    name: 'only an end through the API or by a restart names no leg that caused it',
    from: 'after-event',
    holds: (state) =>
      state.phase !== 'completed' ||
      (state.callSidEndingConference === null) === reasonsOfNobody.includes(state.endReason),
  },
  {
    name: 'each participant is found by its own call sid',
    from: 'after-event',
    holds: (state) =>
      (state.phase !== 'init' && state.phase !== 'in-progress') ||
      [...state.participants].every(([callSid, participant]) => callSid === participant.callSid),
  },
  {
    name: 'no label is used twice',
    from: 'after-event',
    holds: (_, participants) => isUnique(participants.flatMap(({ label }) => label ?? [])),
  },
  {
    name: 'a coach has a target that is another leg of the room, or none',
    from: 'after-event',
    holds: (state, participants) =>
      participants.every(({ callSid, coaching }) => {
        const target = coaching?.target ?? null;
        return target === null || (target !== callSid && 'participants' in state && state.participants.has(target));
      }),
  },
  {
    name: 'nobody coaches before the start',
    from: 'after-event',
    holds: ({ phase }, participants) => phase !== 'init' || participants.every(({ coaching }) => coaching === null),
  },
  {
    name: 'nobody speaks before the start, or where nobody asked to be told',
    from: 'after-event',
    holds: (state, participants) =>
      (state.phase === 'in-progress' && tellsOfSpeech(state)) || participants.every(({ speaking }) => !speaking),
  },
  {
    name: 'the room is not overfull',
    from: 'after-event',
    holds: (state) =>
      (state.phase !== 'init' && state.phase !== 'in-progress') ||
      state.participants.size <= capacityOf(state.settings),
  },
  {
    name: 'the settings of the room are within their limits',
    from: 'after-event',
    holds: (state) =>
      state.phase === 'absent' ||
      (isWithin([...state.room].length, 1, roomNameCharactersMax) &&
        (state.settings.maxParticipants === null ||
          isWithin(state.settings.maxParticipants, 1, maxParticipantsCeiling))),
  },
  {
    name: 'the settings of each participant are within their limits',
    from: 'after-event',
    holds: (_, participants) =>
      participants.every(
        ({ label, joinedAtMs, timeLimitAtMs }) =>
          timeLimitAtMs > joinedAtMs && (label === null || isWithin([...label].length, 1, labelCharactersMax)),
      ),
  },
];

/** Names of the invariants that `state` breaks; empty when all is well. Costs a few passes over the participants. */
export function brokenInvariants(state: ConferenceState, moment: Moment): readonly string[] {
  const participants = [...participantsOf(state).values()];
  return invariants
    .filter(({ from, holds }) => (from === 'after-event' || moment === 'after-command') && !holds(state, participants))
    .map(({ name }) => name);
}

/** Anything that may be asked of one small room, legal or not, and the passing of time. */
import fc from 'fast-check';
import type { Command, ParticipantChanges } from '../../src/conference/commands.js';
import type { WaitAudio } from '../../src/conference/state.js';
import {
  callSidOf,
  document,
  end,
  join,
  leave,
  music,
  silence,
  speech,
  tellAt,
  tellOfSpeechAt,
  update,
} from '../support/callers.js';

export type Step =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'time'; readonly ms: number };

const name = fc.constantFrom('A', 'B', 'C', 'D', 'E');
const audio: fc.Arbitrary<WaitAudio> = fc.constantFrom(
  music,
  silence,
  document('https://app/1'),
  document('https://app/2'),
);

/** `true` about once in `count`. */
const onceIn = (count: number) => fc.nat({ max: count - 1 }).map((drawn) => drawn === 0);

const joining = fc
  .record({
    name,
    label: fc.option(fc.constantFrom('x', 'y', 'z'), { freq: 2 }),
    muted: fc.boolean(),
    beep: fc.constantFrom('true', 'false', 'on-enter', 'on-exit'),
    startConferenceOnEnter: fc.boolean(),
    endConferenceOnExit: onceIn(12),
    wait: audio,
    coach: fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, { arbitrary: name, weight: 1 }),
    timeLimitSeconds: fc.constantFrom(1, 60, 3600, 14_400),
    continuesAfterDial: fc.boolean(),
    roomRequest: fc.record({
      statusCallback: fc.option(fc.constantFrom(tellAt('https://app/s1'), tellOfSpeechAt('https://app/s2')), {
        freq: 2,
      }),
      maxParticipants: fc.oneof(
        { arbitrary: fc.constant(null), weight: 5 },
        { arbitrary: fc.integer({ min: 1, max: 5 }), weight: 1 },
      ),
      region: fc.option(fc.constantFrom('ie1', 'us1'), { freq: 2 }),
    }),
  } as const)
  .map(({ name, ...wishes }) => join(name, wishes));

const leaving = fc
  .record({
    name,
    cause: fc.constantFrom(
      'hung-up',
      'hangup-on-star',
      'time-limit',
      'removed-via-api',
      'redirected-via-api',
      'media-lost',
      'wait-failed',
    ),
  } as const)
  .map(({ name, cause }) => leave(name, cause));

/** Only what was drawn is in the changes: absent is not the same as undefined. */
const changes: fc.Arbitrary<ParticipantChanges> = fc.record(
  {
    muted: fc.boolean(),
    hold: fc.option(audio, { freq: 2 }),
    coach: fc.option(name.map(callSidOf), { freq: 2 }),
    wait: audio,
    beepOnExit: fc.boolean(),
    endConferenceOnExit: onceIn(4),
  },
  { requiredKeys: [] },
);

const updating = fc.record({ name, changes }).map(({ name, changes }) => update(name, changes));

const speaking = fc.record({ name, speaking: fc.boolean() }).map(({ name, speaking }) => speech(name, speaking));

const command = (arbitrary: fc.Arbitrary<Command>): fc.Arbitrary<Step> =>
  arbitrary.map((command) => ({ kind: 'command', command }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: command(joining), weight: 12 },
  { arbitrary: command(updating), weight: 24 },
  { arbitrary: command(speaking), weight: 12 },
  { arbitrary: command(leaving), weight: 3 },
  { arbitrary: command(fc.constant(end)), weight: 1 },
  { arbitrary: fc.constantFrom(1, 999, 1000, 60_000).map((ms): Step => ({ kind: 'time', ms })), weight: 2 },
);

/** A few joins and then anything, so that most rooms have grown before they end. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.array(command(joining), { maxLength: 6, size: 'max' }),
    fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
  )
  .map(([joins, rest]) => [...joins, ...rest]);

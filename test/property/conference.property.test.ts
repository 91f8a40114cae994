/**
 * Thousands of random lives of a room, told twice: by `decide` and `evolve`, and by the model. Every run prints its
 * seed; PARLEY_PROPERTY_SEED repeats it, PARLEY_PROPERTY_RUNS asks for more or fewer runs.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochMs, epochMs } from '../../src/base/brands.js';
import type { Command } from '../../src/conference/commands.js';
import { nextDeadline } from '../../src/conference/deadlines.js';
import { decide } from '../../src/conference/decide.js';
import type { Event } from '../../src/conference/events.js';
import { evolve, evolveAll } from '../../src/conference/evolve.js';
import { brokenInvariants } from '../../src/conference/invariants.js';
import { absentConference, type ConferenceState, type Participant } from '../../src/conference/state.js';
import { mixPlan } from '../../src/media/mix-plan.js';
import { nameOf } from '../support/callers.js';
import {
  audioInWords,
  eventInWords,
  hearingInWords,
  rejectionInWords,
  settingsInWords,
} from '../support/conference-words.js';
import { deepFreeze } from '../support/deep-freeze.js';
import { ConferenceModel } from './conference-model.js';
import { type Step, steps } from './random-commands.js';

const numRuns = Number(process.env.PARLEY_PROPERTY_RUNS ?? 10_000);
const seed = Number(process.env.PARLEY_PROPERTY_SEED ?? Date.now() % 2 ** 31);

/** Kinds of events and rejections that some run has reached. */
const reached = new Set<string>();

function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}: got ${JSON.stringify(actual)}, the model says ${JSON.stringify(expected)}`);
}

function participantInWords(participant: Participant): string {
  const { coaching, hold } = participant;
  const coached = coaching?.target ?? null;
  return [
    nameOf(participant.callSid),
    `label=${participant.label}`,
    `muted=${participant.muted}`,
    `hold=${hold === null ? 'no' : audioInWords(hold)}`,
    `wait=${audioInWords(participant.wait)}`,
    `beep=${participant.beep}`,
    `start=${participant.startConferenceOnEnter}`,
    `end=${participant.endConferenceOnExit}`,
    `coaching=${coaching === null ? 'no' : coached === null ? 'nobody' : nameOf(coached)}`,
    `from=${participant.joinedAtMs}`,
    `until=${participant.timeLimitAtMs}`,
    `more=${participant.continuesAfterDial}`,
    `talking=${participant.speaking}`,
  ].join(' ');
}

/** What the table of who hears whom does not show: a voice kept from all is not sent to the engine's room at all. */
function nobodyTalksToDeafEars(state: ConferenceState): boolean {
  const plan = mixPlan(state);
  return [...plan.values()].every(({ sends, hears }) => {
    if (sends.kind === 'nobody') return true;
    const ears = sends.kind === 'room' ? hears : plan.get(sends.target)?.hears;
    return ears?.kind === 'room';
  });
}

/** One life of a room in both tellings. */
class TwiceTold {
  state: ConferenceState = absentConference;
  readonly #events: Event[] = [];
  readonly #model = new ConferenceModel();

  ask(command: Command, nowMs: EpochMs): void {
    const decision = decide(this.state, deepFreeze(command), nowMs);
    const expected = this.#model.ask(command, nowMs);
    if (decision.ok) {
      same(decision.value.map(eventInWords), expected, 'events');
      this.#happen(deepFreeze(decision.value));
    } else {
      same([`refused: ${rejectionInWords(decision.error)}`], expected, 'rejection');
      reached.add(decision.error.kind);
    }
    this.#compare();
  }

  #happen(events: readonly Event[]): void {
    const atOnce = evolveAll(this.state, events);
    for (const event of events) {
      reached.add(event.kind);
      this.state = deepFreeze(evolve(this.state, event));
      same(brokenInvariants(this.state, 'after-event'), [], `invariants after ${eventInWords(event)}`);
    }
    same(atOnce, this.state, 'all events at once');
    this.#events.push(...events);
  }

  #compare(): void {
    const { state } = this;
    const model = this.#model;
    same(brokenInvariants(state, 'after-command'), [], 'invariants');
    same(state.phase, model.status, 'status');
    same(hearingInWords(state), model.hearing(), 'who hears whom');
    must(nobodyTalksToDeafEars(state), 'a voice goes only where it is heard');
    const deadline = nextDeadline(state);
    same(
      deadline === null ? 'never' : `${nameOf(deadline.command.callSid)} at ${deadline.atMs}`,
      model.nextTimeUp(),
      'deadline',
    );
    if (state.phase === 'absent') return;
    same(settingsInWords(state.settings), model.room(), 'settings');
    if (state.phase === 'completed') {
      const by = state.callSidEndingConference === null ? 'nobody' : nameOf(state.callSidEndingConference);
      same(
        [state.startedAtMs ?? -1, state.endedAtMs, state.endReason, by],
        [model.startedAt, model.endedAt, model.endReason, model.endedBy],
        'end',
      );
      return;
    }
    same([...state.participants.values()].map(participantInWords), model.people(), 'participants');
  }

  checkReplay(): void {
    same(evolveAll(absentConference, this.#events), this.state, 'replay');
  }
}

/** A room over several lives: who joins after the end is refused by the old conference and opens the next. */
function live(script: readonly Step[]): void {
  let nowMs = epochMs(1_712_255_535_000);
  let told = new TwiceTold();
  for (const step of script) {
    if (step.kind === 'time') {
      nowMs = epochMs(nowMs + step.ms);
      for (let due = nextDeadline(told.state); due !== null && due.atMs <= nowMs; due = nextDeadline(told.state)) {
        const before = told.state;
        told.ask(due.command, nowMs);
        must(told.state !== before, 'a deadline is met once');
      }
      continue;
    }
    told.ask(step.command, nowMs);
    if (told.state.phase === 'completed' && step.command.kind === 'join') {
      told.checkReplay();
      told = new TwiceTold();
      told.ask(step.command, nowMs);
    }
  }
  told.checkReplay();
}

// What was met is judged behind what met it.
describe('conference', { shuffle: false }, () => {
  it(`lives as the model says (seed ${seed}, ${numRuns} runs)`, { timeout: 120_000 }, () => {
    console.info(`conference property: seed ${seed}, ${numRuns} runs`);
    fc.assert(fc.property(steps, live), { seed, numRuns });
  });

  it.runIf(numRuns >= 1000)('has met every event and every rejection on the way', () => {
    expect([...reached].sort()).toEqual([
      'already-joined',
      'coach-self',
      'coach-target-missing',
      'coach-target-on-hold',
      'conference-completed',
      'conference-created',
      'conference-ended',
      'conference-full',
      'conference-started',
      'conference-unknown',
      'label-in-use',
      'participant-held',
      'participant-joined',
      'participant-left',
      'participant-modified',
      'participant-muted',
      'participant-speech-changed',
      'participant-unknown',
      'room-settings-taken',
    ]);
  });
});

/**
 * Commands decided one on what the other makes, before any of it is committed: what one transaction and one batch for
 * the engine will hold.
 */
import type { CallSid, EpochMs } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import type { Random } from '../../base/ports.js';
import { ok, type Result } from '../../base/result.js';
import { newTrace, type Trace, traceparentOf } from '../../base/trace.js';
import type { Callback } from '../../callbacks/webhook.js';
import type { Command } from '../../conference/commands.js';
import { decide } from '../../conference/decide.js';
import type { Event } from '../../conference/events.js';
import { evolveAll } from '../../conference/evolve.js';
import type { ConferenceState } from '../../conference/state.js';
import type { Leg, LegMedia } from '../../media/engine-port.js';
import type { RecordingChanged, Recordings } from '../../recordings/events.js';
import type { Refusal } from '../application.js';
import { withCallEvents } from '../calls/call-events.js';
import type { Happening } from '../ports.js';
import type { RecorderPlace } from '../recordings/conference-recordings.js';
import { recordedStep, type StepRecordings } from '../recordings/recorded-step.js';
import type { LegReservation } from './room-engine.js';

/** So many share a commit at most: they hold up everything else on this thread while they are decided. */
const commandsTogetherMax = 64;

/** `standing`: it has an open leg already. */
export type Newcomer = { readonly media: LegMedia; readonly standing: Leg | null };

/** `newcomer` for a join; `trace` null begins one. */
export type Asked = {
  readonly command: Command;
  readonly newcomer: Newcomer | null;
  readonly trace: Trace | null;
};

/** `state` is that after the command; `reservation` that of a join. */
export type Done = { readonly state: ConferenceState; readonly reservation: LegReservation | null };

/** Of a command that changes something: its place among those asked, and the leg it holds until the commit. */
export type Step = {
  readonly place: number;
  readonly command: Command;
  readonly reservation: LegReservation | null;
  readonly trace: Trace;
};

export type Together = {
  /** Of the first of those asked, in order; the others wait for the next commit. */
  readonly done: Result<Done, Refusal>[];
  readonly steps: readonly Step[];
  readonly state: ConferenceState;
  readonly nextSequence: number;
  readonly events: readonly Event[];
  /** As they are written: with those of the calls. */
  readonly written: readonly Happening[];
  /** Of the command that each of them came of. */
  readonly traces: ReadonlyMap<Happening, Trace>;
  readonly callbacks: readonly Callback[];
  readonly recordings: Recordings;
  readonly recorded: readonly RecordingChanged[];
};

export type TogetherParts = {
  readonly recordings: StepRecordings;
  /** Of the room with this newcomer in it; null: it has none. */
  readonly placeWith: (reservation: LegReservation | null) => RecorderPlace | null;
  readonly now: EpochMs;
  readonly flavour: Flavour;
  readonly random: Random;
  readonly reserve: (newcomer: Newcomer) => Result<LegReservation, Refusal>;
  readonly onDecided: (command: Command, outcome: 'done' | 'rejected') => void;
};

/** Whom it is about; null when it is about everybody. */
const callSidOf = (command: Command): CallSid | null => ('callSid' in command ? command.callSid : null);

/**
 * Whether `command` may be decided with those before it: all are of one kind. A call comes in, or leaves, once at a
 * time; an end is about everybody.
 */
export const fitsTogether = (asked: readonly Asked[], { command }: Asked): boolean =>
  asked.length < commandsTogetherMax &&
  command.kind !== 'end' &&
  asked.every(
    (before) =>
      before.command.kind === command.kind &&
      (command.kind === 'update-participant' || callSidOf(before.command) !== callSidOf(command)),
  );

/** At least the first of `asked`, and as many behind it as leave the phase of the conference as it is. */
export function decideTogether(
  before: ConferenceState,
  firstSequence: number,
  asked: readonly Asked[],
  { now, flavour, random, reserve, onDecided, recordings: kept, placeWith }: TogetherParts,
): Together {
  let [state, nextSequence, recordings] = [before, firstSequence, kept.all()];
  const recorded: RecordingChanged[] = [];
  const done: Result<Done, Refusal>[] = [];
  const steps: Step[] = [];
  const events: Event[] = [];
  const written: Happening[] = [];
  const traces = new Map<Happening, Trace>();
  const callbacks: Callback[] = [];
  for (const { command, newcomer, trace: asTold } of asked) {
    const decided = decide(state, command, now);
    const after = decided.ok ? evolveAll(state, decided.value) : state;
    // Of a creation, a start or an end nothing may look as if it had been before or after it.
    const isTurn = after.phase !== state.phase;
    if (isTurn && steps.length > 0) break;
    onDecided(command, decided.ok ? 'done' : 'rejected');
    if (!decided.ok || decided.value.length === 0) {
      done.push(decided.ok ? ok({ state, reservation: null }) : decided);
      continue;
    }
    // Between the decision and the commit, so that what the engine refuses has not happened.
    const reserved = newcomer === null ? ok(null) : reserve(newcomer);
    if (!reserved.ok) {
      done.push(reserved);
      continue;
    }
    const place = placeWith(reserved.value);
    const step = { before: state, events: decided.value, after, recordings, place };
    const made = recordedStep(kept, step, { nextSequence, flavour });
    const trace = asTold ?? newTrace(random);
    steps.push({ place: done.length, command, reservation: reserved.value, trace });
    done.push(ok({ state: after, reservation: reserved.value }));
    events.push(...decided.value);
    const happened = [...withCallEvents(decided.value, newcomer?.standing != null), ...made.recorded];
    for (const event of happened) traces.set(event, trace);
    written.push(...happened);
    callbacks.push(...made.callbacks.map((each) => ({ ...each, traceparent: traceparentOf(trace, random) })));
    recorded.push(...made.recorded);
    [state, nextSequence, recordings] = [after, made.nextSequence, made.recordings];
    if (isTurn) break;
  }
  return { done, steps, state, nextSequence, events, written, traces, callbacks, recordings, recorded };
}

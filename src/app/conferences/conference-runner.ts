/**
 * One conference: commands wait in line, and each goes the whole way before the next begins (DESIGN §4). Decided by
 * the pure core, committed with its callbacks in one transaction, told to the engine in one batch, then answered.
 * A refused command changes nothing. Commands of one kind that wait behind a commit go that way together, or none of
 * them comes to pass.
 */
import { assert } from '../../base/assert.js';
import type { CallSid, ConferenceSid, EpochMs } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import type { Cancel, Logger, Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { newTrace, type Trace } from '../../base/trace.js';
import { firstSequenceNumber } from '../../callbacks/callback-events.js';
import type { Command, JoinCommand, StandingCommand } from '../../conference/commands.js';
import { nextDeadline } from '../../conference/deadlines.js';
import { tellsOfSpeech } from '../../conference/decide-speech.js';
import type { Event } from '../../conference/events.js';
import { brokenInvariants } from '../../conference/invariants.js';
import { absentConference, type ConferenceState, liveOf } from '../../conference/state.js';
import type { CallLeg } from '../../media/engine-batch.js';
import type { Leg, LegMedia, RtpMedia, ShardId } from '../../media/engine-port.js';
import { mixPlan } from '../../media/mix-plan.js';
import type { Refusal } from '../application.js';
import type { Debugger } from '../debugger.js';
import type { CallEvent, Happening, Store } from '../ports.js';
import { ConferenceRecordings, type RecordingParts } from '../recordings/conference-recordings.js';
import type { Announcement } from '../sounds/announcements.js';
import { ConferenceSounds } from '../sounds/conference-sounds.js';
import type { Players } from '../sounds/players.js';
import type { SoundPort } from '../sounds/sound-port.js';
import { type CommandQueue, createCommandQueue, type Together } from './command-queue.js';
import { type Asked, type Done, decideTogether, fitsTogether } from './decided-together.js';
import { RoomEngine, type RoomEngineParts } from './room-engine.js';
import { goingOn, isSome } from './runner-words.js';
import { announceRecording, soundHost } from './sound-host-of-runner.js';

/** Deadlines are in wall-clock time, which may be set; they are looked at anew this often at least. */
const deadlineLookMsMax = 3_600_000;

/** After a commit that failed. */
const deadlineRetryMs = 1000;

export type Change = {
  readonly before: ConferenceState;
  readonly events: readonly Event[];
  readonly after: ConferenceState;
  /** Of the command that each event came of. */
  readonly traces: ReadonlyMap<Happening, Trace>;
};

export type RunnerParts = RoomEngineParts & {
  readonly store: Store;
  readonly logger: Logger;
  readonly random: Random;
  readonly flavour: Flavour;
  readonly sounds: SoundPort;
  readonly players: Players;
  readonly debug: Debugger;
  readonly recordings: RecordingParts;
  /** Called after a change was committed and the engine told, before whoever asked is answered. */
  readonly onChange: (change: Change) => void;
};

/** `onTold`: called once the engine has been told, before anything else happens in the conference. */
export type Renegotiate = (
  before: LegMedia,
) => Result<{ readonly media: RtpMedia; readonly onTold: () => void }, Refusal>;

export type Joined = { readonly conferenceSid: ConferenceSid; readonly leg: Leg };

export class ConferenceRunner {
  readonly #parts: RunnerParts;
  readonly #queue: CommandQueue = createCommandQueue();
  readonly #room: RoomEngine;
  readonly #sounds: ConferenceSounds;
  readonly #recordings: ConferenceRecordings;
  #state: ConferenceState = absentConference;
  #nextSequence = firstSequenceNumber;
  #cancelDeadline: Cancel = () => {};
  /** What the timer that runs is for; null: none runs. */
  #armedForMs: EpochMs | null = null;
  readonly #speechToNote = new Map<CallSid, boolean>();
  readonly #together: Together<Asked, Result<Done, Refusal>> = {
    fits: fitsTogether,
    run: (asked) => this.#runAll(asked),
  };

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#room = new RoomEngine(parts);
    this.#recordings = new ConferenceRecordings(parts.recordings, {
      flavour: parts.flavour,
      enqueue: (job) => this.#queue.addAlways(job),
      state: () => this.#state,
      place: () => this.#room.placeWith(null),
      changed: () => {
        this.#room.record(this.#recordings.picture());
        this.#playOn();
      },
      announce: (notice) => announceRecording(this.#sounds, notice),
    });
    const { logger } = parts;
    this.#sounds = new ConferenceSounds(
      parts,
      soundHost(parts, {
        conference: () => liveOf(this.#state),
        room: this.#room,
        changed: () => this.#playOn(),
        always: (command) => this.#always(command),
        tell: (event) =>
          this.recordOfPast(event).catch((error: unknown) => logger.error('finding-not-told', { error })),
      }),
    );
  }

  #playOn(): void {
    this.#room.play(this.#sounds.picture(mixPlan(this.#state)));
  }

  recordings(): ConferenceRecordings {
    return this.#recordings;
  }

  state(): ConferenceState {
    return this.#state;
  }

  /** The shard it is mixed on; null before the first leg and after the end. */
  shard(): ShardId | null {
    return this.#room.shard();
  }

  /** On which shards it is, and of which legs the engine does not know yet that they are no longer in. */
  legs(): Pick<RoomEngine, 'isOn' | 'isParting' | 'shardOf' | 'lookAtRate'> {
    return this.#room;
  }

  /** Null for a call that is not in. */
  leg(callSid: CallSid): CallLeg | null {
    return this.#room.leg(callSid);
  }

  /** Nobody ever joined and nobody is about to. */
  isUnused(): boolean {
    return this.#state.phase === 'absent' && this.#queue.length() === 0;
  }

  /** `standing`: the leg that the call has open already. `trace`, here and below: null begins one. */
  async join(
    command: JoinCommand,
    media: LegMedia,
    standing: Leg | null = null,
    trace: Trace | null = null,
  ): Promise<Result<Joined, Refusal>> {
    const done = await this.#ask({ command, newcomer: { media, standing }, trace });
    if (!done.ok) return done;
    const { state, reservation } = done.value;
    assert(state.phase !== 'absent' && reservation !== null, 'a join makes a conference and takes a leg');
    return ok({ conferenceSid: state.conferenceSid, leg: reservation.leg });
  }

  /** The state after the command. */
  async submit(command: StandingCommand, trace: Trace | null = null): Promise<Result<ConferenceState, Refusal>> {
    const done = await this.#ask({ command, newcomer: null, trace });
    return done.ok ? ok(done.value.state) : done;
  }

  /**
   * Commits what happened to a call of it, for EventService to show; the conference itself stays as it is. Dropped when
   * the call is no longer in, when too much waits, or when the store does not write.
   */
  record(event: CallEvent): Promise<void> {
    return this.#record(
      event,
      (state) => state.phase !== 'absent' && state.phase !== 'completed' && state.participants.has(event.callSid),
    );
  }

  /** As `record`, of a call that was in and has left, also when the conference is over. */
  recordOfPast(event: CallEvent): Promise<void> {
    return this.#record(event, () => true);
  }

  async #record(event: CallEvent, isWanted: (state: ConferenceState) => boolean): Promise<void> {
    const recorded = await this.#enqueue(async () => {
      const state = this.#state;
      if (state.phase === 'absent' || !isWanted(state)) return ok(undefined);
      const { accountSid } = state;
      const nextSequence = this.#nextSequence;
      return this.#parts.store.commit({
        accountSid,
        before: state,
        state,
        nextSequence,
        events: [event],
        trace: newTrace(this.#parts.random),
        callbacks: [],
      });
    });
    if (!recorded.ok)
      this.#parts.logger.warn('call-event-not-recorded', { kind: event.kind, why: recorded.error.kind });
  }

  /** Queued behind what is announced to the same ears already; heard once it was fetched. */
  announce(announcement: Announcement): Promise<Result<ConferenceState, Refusal>> {
    return this.#enqueue(async () => {
      const live = liveOf(this.#state);
      if (live === null) return err({ kind: 'conference-completed' });
      const { callSid } = announcement;
      if (callSid !== null && !live.participants.has(callSid)) return err({ kind: 'participant-unknown', callSid });
      return this.#sounds.announce(announcement) ? ok(live) : err({ kind: 'announcements-full' });
    });
  }

  /** Gives a call that is in the media that `renegotiate` makes of what it has. Refused, it goes on as it was. */
  updateMedia(callSid: CallSid, renegotiate: Renegotiate): Promise<Result<void, Refusal>> {
    return this.#enqueue<void>(async () => {
      const leg = this.#room.leg(callSid);
      if (leg === null) return err({ kind: 'participant-unknown', callSid });
      const next = renegotiate(leg.media);
      if (!next.ok) return next;
      const told = this.#room.update(callSid, next.value.media);
      if (told.ok) next.value.onTold();
      return told;
    });
  }

  /**
   * The engine heard somebody begin or stop to speak. What waits for its turn is the newest of each leg, so it is
   * bounded by the legs, and a conference that cannot keep up tells less and never something that is no longer so.
   */
  noteSpeech(callSid: CallSid, speaking: boolean): void {
    if (!tellsOfSpeech(this.#state)) return;
    if (this.#speechToNote.has(callSid)) this.#parts.metrics.count('parley_speech_changes_merged_total', {});
    const isFirst = this.#speechToNote.size === 0;
    this.#speechToNote.set(callSid, speaking);
    if (!isFirst) return;
    this.#queue
      .addAlways(() => this.#noteSpeech())
      .catch((error: unknown) => this.#parts.logger.error('speech-not-noted', { error }));
  }

  /**
   * Ends the conference however long the queue is: its shard has failed, or the daemon goes down. False when that could
   * not be written.
   */
  async end(): Promise<boolean> {
    const ended = await this.#queue.addAlways(() => this.#run({ kind: 'end' }));
    return ended.ok || ended.error.kind !== 'store-unavailable';
  }

  /** However much waits: each of these is asked once for each leg or announcement. */
  #always(command: Command): void {
    this.#queue
      .addAlways(() => this.#run(command))
      .catch((error: unknown) => this.#parts.logger.error('sound-not-followed', { error }));
  }

  #ask(asked: Asked): Promise<Result<Done, Refusal>> {
    return this.#timed(() => this.#queue.addTogether(this.#together, asked));
  }

  #enqueue<T>(job: () => Promise<Result<T, Refusal>>): Promise<Result<T, Refusal>> {
    return this.#timed(() => this.#queue.add(job));
  }

  async #timed<T>(add: () => Promise<Result<T, Refusal>> | null): Promise<Result<T, Refusal>> {
    const { clock, metrics } = this.#parts;
    const queuedAt = clock.monotonic();
    const result = add();
    if (result === null) {
      metrics.count('parley_commands_overflow_total', {});
      return err({ kind: 'queue-full' });
    }
    try {
      return await result;
    } finally {
      metrics.observe('parley_command_duration_seconds', {}, (clock.monotonic() - queuedAt) / 1000);
    }
  }

  async #run(command: Command): Promise<Result<Done, Refusal>> {
    const [done] = await this.#runAll([{ command, newcomer: null, trace: null }]);
    assert(done !== undefined, 'what was asked is answered');
    return done;
  }

  async #runAll(asked: readonly Asked[]): Promise<readonly Result<Done, Refusal>[]> {
    const done: Result<Done, Refusal>[] = [];
    while (done.length < asked.length) done.push(...(await this.#runSome(asked.slice(done.length))));
    return done;
  }

  /** The first of `asked`, and those behind it that share its commit. */
  async #runSome(asked: readonly Asked[]): Promise<readonly Result<Done, Refusal>[]> {
    const { clock, flavour, metrics, random, store } = this.#parts;
    const before = this.#state;
    const together = decideTogether(before, this.#nextSequence, asked, {
      recordings: this.#recordings,
      placeWith: (reservation) => this.#room.placeWith(reservation),
      now: clock.now(),
      flavour,
      random,
      reserve: ({ media, standing }) => this.#room.reserve(media, standing),
      onDecided: ({ kind: command }, outcome) => metrics.count('parley_commands_total', { command, outcome }),
    });
    const { done, steps, state, nextSequence, events, written, traces, callbacks, recordings, recorded } = together;
    if (!isSome(steps)) return done;
    assert(state.phase !== 'absent', 'something has happened');
    const broken = brokenInvariants(state, 'after-command');
    assert(broken.length === 0, `the conference breaks its rules: ${broken.join('; ')}`);
    const { accountSid } = state;
    const [{ place: first, trace }] = steps;
    const committed = await store.commit({
      accountSid,
      before,
      state,
      nextSequence,
      events: written,
      trace,
      traces,
      callbacks,
    });
    if (!committed.ok) {
      for (const { reservation } of steps) if (reservation !== null) this.#room.release(reservation);
      this.#recordings.giveBack();
      // What was decided behind the first step, refusals too, was decided on what has not happened.
      return done.map((each, place) => (place < first ? each : committed));
    }
    this.#nextSequence = nextSequence;
    this.#recordings.take(recordings, state, events);
    for (const { command, reservation } of steps) {
      if (command.kind === 'join' && reservation !== null) this.#room.admit(command.callSid, reservation);
    }
    this.#become({ before, events, after: state, traces });
    if (recorded.length > 0) this.#parts.recordings.onChange(this.#recordings, recorded);
    return done;
  }

  #become(change: Change): void {
    this.#state = change.after;
    const plan = mixPlan(change.after);
    // Sounds and routes are one batch: music stops where talk begins.
    this.#sounds.follow(change, plan);
    const parting = new Set(change.events.flatMap(goingOn));
    this.#room.record(this.#recordings.picture());
    this.#room.tell(plan, this.#sounds.picture(plan), parting);
    this.#armDeadline();
    this.#parts.onChange(change);
  }

  async #noteSpeech(): Promise<void> {
    const toNote = [...this.#speechToNote];
    this.#speechToNote.clear();
    const state = this.#state;
    if (state.phase !== 'in-progress') return;
    const asked = toNote.flatMap(([callSid, speaking]): Asked[] =>
      state.participants.has(callSid)
        ? [{ command: { kind: 'note-speech', callSid, speaking }, newcomer: null, trace: null }]
        : [],
    );
    for (const noted of await this.#runAll(asked)) {
      if (!noted.ok) this.#parts.logger.error('speech-not-noted', { why: noted.error.kind });
    }
  }

  #armDeadline(delayMsMin = 0): void {
    const { clock } = this.#parts;
    const deadline = nextDeadline(this.#state);
    // Most commands leave it as it is.
    if (deadline !== null && deadline.atMs === this.#armedForMs && delayMsMin === 0) return;
    this.#cancelDeadline();
    this.#armedForMs = deadline?.atMs ?? null;
    if (deadline === null) return;
    const delayMs = Math.min(Math.max(deadline.atMs - clock.now(), delayMsMin), deadlineLookMsMax);
    this.#cancelDeadline = clock.after(delayMs, () => {
      this.#armedForMs = null;
      this.#queue
        .addAlways(() => this.#meetDeadline())
        .catch((error: unknown) => {
          this.#parts.logger.error('deadline-not-met', { error });
          this.#armDeadline(deadlineRetryMs);
        });
    });
  }

  /** What was due may have been overtaken by what stood in the queue. */
  async #meetDeadline(): Promise<void> {
    const deadline = nextDeadline(this.#state);
    const isDue = deadline !== null && deadline.atMs <= this.#parts.clock.now();
    const met = isDue ? await this.#run(deadline.command) : ok(null);
    if (!met.ok) this.#parts.logger.error('deadline-not-met', { why: met.error.kind });
    this.#armDeadline(met.ok ? 0 : deadlineRetryMs);
  }
}

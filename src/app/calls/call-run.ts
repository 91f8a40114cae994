/**
 * One call that runs documents (CONTRACT §2.3): does what the interpreter says next, and tells it what came of that.
 * Between two conferences the call keeps its leg, so that its party is answered once.
 */
import { assert, assertNever } from '../../base/assert.js';
import type { EpochMs } from '../../base/brands.js';
import type { Cancel } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { newTrace, type Trace } from '../../base/trace.js';
import { documentParameters } from '../../callbacks/document-parameters.js';
import type { ParticipantLeft } from '../../conference/events.js';
import type { WebTarget } from '../../conference/state.js';
import type { CxmlDocument, PlayVerb, SayVerb } from '../../cxml/document.js';
import type { Finding } from '../../cxml/finding.js';
import { type Advanced, advance, begin, type Happened, type Program, type Step } from '../../cxml/interpreter.js';
import { legRecordingOf } from '../../cxml/leg-recording.js';
import type { LegMedia, ShardId } from '../../media/engine-port.js';
import type { DocumentStart, Refusal } from '../application.js';
import type { ConferenceRegistry, JoinRequest } from '../conferences/conference-registry.js';
import type { ConferenceRunner } from '../conferences/conference-runner.js';
import { VerbPlayer } from '../sounds/verb-player.js';
import { CallMedia } from './call-media.js';
import { forbiddenRecordings, recordedOf } from './call-recordings.js';
import type { CallOfRun, CallRunParts } from './call-run-parts.js';
import { fetchDocument } from './document-fetch.js';
import { FindingsOfCall } from './findings-of-call.js';
import { ignoredSettings } from './ignored-settings.js';
import { notYetOf } from './not-yet.js';
import { findingOfRefusal } from './refused-dial.js';
import { StandingVoice } from './standing-voice.js';

/** Before it is looked again whether the engine knows that the call has left its last room. */
const partingLookMs = 10;

/** Joins of one dial: a conference may end and begin elsewhere while a leg is on its way. */
const attemptsMax = 4;

/** The call has media. */
export type Begun = { readonly media: CallMedia; readonly runner: ConferenceRunner | null };

/**
 * `offered`: it has no media yet. `standing`: it is up and in no room. `joining`: a conference was asked to take it.
 * `over`: nothing is left of it.
 */
type Place = 'offered' | 'standing' | 'joining' | 'in' | 'over';

type StepOf<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

export class CallRun {
  readonly findings: FindingsOfCall;
  readonly #parts: CallRunParts;
  readonly #of: CallOfRun;
  readonly #media: CallMedia;
  readonly #voice: StandingVoice;
  readonly #player: VerbPlayer;
  #place: Place = 'offered';
  /** The conference it is in, or was in last. */
  #runner: ConferenceRunner | null = null;
  #joinedAtMs: EpochMs | null = null;
  #program: Program | null = null;
  /** Of what it does now: the dial, a redirection, or what took it out of its conference. */
  #trace: Trace;
  /** Grows with every step: what an earlier one waited for comes to nothing. */
  #turn = 0;
  #cancelPause: Cancel = () => {};
  /** Came before it was known here that the call had joined. */
  #left: ParticipantLeft | null = null;
  #redirectedTo: CxmlDocument | WebTarget | null = null;
  #isRecorded = false;
  /** Nothing more is run, whatever the document says. */
  #isGivenUp = false;
  /** What the dial is refused with when it comes to nothing. */
  #refusal: Refusal | null = null;
  #onBegun: ((begun: Result<Begun, Refusal>) => void) | null = null;

  constructor(parts: CallRunParts, of: CallOfRun) {
    this.#parts = parts;
    this.#of = of;
    this.#trace = of.trace ?? newTrace(parts.random);
    this.#media = new CallMedia(parts, of);
    this.#voice = new StandingVoice(parts, () => this.#media.leg());
    this.#player = new VerbPlayer(parts, of.accountSid, this.#voice.seat);
    this.findings = new FindingsOfCall(parts, of);
  }

  /** Resolves once the call has media, or is over without ever having had any. */
  begin(start: DocumentStart): Promise<Result<Begun, Refusal>> {
    return new Promise((resolve) => {
      this.#onBegun = resolve;
      this.#restart(this.#read(start));
    });
  }

  /** A call in a conference that began without a document. */
  adopt(runner: ConferenceRunner, leg: Parameters<CallMedia['adopt']>[0], joinedAtMs: EpochMs): void {
    this.#media.adopt(leg);
    this.#runner = runner;
    this.#joinedAtMs = joinedAtMs;
    this.#place = 'in';
  }

  /** That its leg is on; null while it has none, or goes from one to another. */
  shard(): ShardId | null {
    return this.#media.shard();
  }

  /** Its conference took it. */
  entered(atMs: EpochMs): void {
    this.#joinedAtMs = atMs;
  }

  /** `trace`: of what made it leave. */
  left(event: ParticipantLeft, trace: Trace | null): void {
    this.#trace = trace ?? this.#trace;
    if (this.#place === 'joining') this.#left = event;
    else this.#goOn(event);
  }

  /** Runs this from now on. */
  async redirect(start: DocumentStart, trace: Trace | null): Promise<Result<void, Refusal>> {
    const { callSid } = this.#of;
    if (this.#place === 'over') return err({ kind: 'call-completed', callSid });
    const to = this.#read(start);
    this.#trace = trace ?? newTrace(this.#parts.random);
    this.#redirectedTo = to;
    if (this.#place === 'joining') return ok(undefined);
    if (this.#place !== 'in') {
      this.#restart(to);
      return ok(undefined);
    }
    assert(this.#runner !== null, 'who is in is in a conference');
    const left = await this.#runner.submit({ kind: 'leave', callSid, cause: 'redirected-via-api' }, this.#trace);
    if (left.ok || this.#redirectedTo === null) return ok(undefined);
    this.#redirectedTo = null;
    const isOver = left.error.kind === 'participant-unknown' || left.error.kind === 'conference-completed';
    return isOver ? err({ kind: 'call-completed', callSid }) : left;
  }

  /** The call is over as far as anybody here is concerned; one that is in a conference once it has left that. */
  giveUp(refusal: Refusal): void {
    this.#isGivenUp = true;
    this.#refusal ??= refusal;
    if (this.#place === 'offered' || this.#place === 'standing') this.#end();
  }

  #read(start: DocumentStart): CxmlDocument | WebTarget {
    if (!('document' in start)) return start;
    this.findings.add([...start.findings, ...notYetOf(start.document)], start.document.source);
    return start.document;
  }

  #restart(to: CxmlDocument | WebTarget): void {
    this.#redirectedTo = null;
    if (this.#program !== null) this.#happen({ kind: 'redirected', to });
    else {
      const { flavourOf } = this.#parts;
      const { accountSid, fallback } = this.#of;
      this.#take(begin(to, { flavour: flavourOf(accountSid), fallback }));
    }
  }

  #happen(happened: Happened): void {
    assert(this.#program !== null, 'what happens happens to a program');
    this.#take(advance(this.#program, happened));
  }

  #take({ program, findings }: Advanced): void {
    this.#turn += 1;
    this.#quiet();
    this.#program = program;
    this.findings.add(findings, program.document?.source ?? null);
    if (this.#isGivenUp) this.#end();
    else this.#perform(program.step);
  }

  #perform(step: Step): void {
    switch (step.kind) {
      case 'hang-up':
        this.#end();
        return;
      case 'pause': {
        const { seconds } = step;
        if (!this.#stand()) return;
        this.#cancelPause = this.#parts.clock.after(seconds * 1000, () => this.#happen({ kind: 'done', seconds }));
        return;
      }
      case 'play':
      case 'say':
        this.#attempt(this.#play(step.verb));
        return;
      case 'request':
        this.#attempt(this.#request(step));
        return;
      case 'dial':
        this.#attempt(this.#dial(step));
        return;
      default:
        assertNever(step);
    }
  }

  /** A bug of ours ends the call, and no other. */
  #attempt(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#parts.logger.error('call-run-failed', { callSid: this.#of.callSid, error });
      this.giveUp({ kind: 'engine-unavailable' });
    });
  }

  /** What takes time takes it with media; false: the engine has no place for any. */
  #stand(): boolean {
    if (this.#place === 'standing') return true;
    assert(this.#place === 'offered', 'only who is in no room stands');
    const media = this.#media.media(null);
    const leg = media.ok ? this.#media.open(media.value, this.#nextShard()) : media;
    if (!media.ok || !leg.ok) {
      if (!leg.ok) this.#refusal = leg.error;
      this.#end();
      return false;
    }
    this.#place = 'standing';
    this.#parts.onStanding(this.#of, { leg: leg.value.id, media: media.value });
    this.#media.take(leg.value);
    this.#begun();
    return true;
  }

  /** Where the next conference that its document names is mixed: a leg stays on the shard that it is opened on. */
  #nextShard(): ShardId | null {
    const { document, position } = this.#program ?? { document: null, position: 0 };
    for (const verb of document?.verbs.slice(position) ?? []) {
      if (verb.kind === 'dial' && verb.conference.ok) {
        return this.#parts.registry.shardOf(this.#of.accountSid, verb.conference.value.room);
      }
    }
    return null;
  }

  async #play(verb: PlayVerb | SayVerb): Promise<void> {
    if (!this.#stand()) return;
    const turn = this.#turn;
    await this.#partingDone();
    if (turn !== this.#turn) return;
    const played = await this.#player.play(verb, this.#trace);
    if (turn !== this.#turn) return;
    if (!played.ok) {
      const { code, rule } = played.error;
      const { where } = verb;
      const finding: Finding = { code, level: 'warning', where, message: `${rule}: passed over`, keepsOut: false };
      this.findings.add([finding], this.#program?.document?.source ?? null);
      this.findings.tell(this.#runner);
    }
    this.#happen({ kind: 'done', seconds: played.ok ? played.value : 0 });
  }

  async #request({ target, dial, failure }: StepOf<'request'>): Promise<void> {
    const { flavourOf } = this.#parts;
    const { accountSid } = this.#of;
    const turn = this.#turn;
    const callStatus = this.#program?.isOver === true ? 'completed' : 'in-progress';
    const flavour = flavourOf(accountSid);
    const recording = dial !== null && this.#isRecorded ? recordedOf(this.#runner, this.#of, dial, this.#parts) : null;
    const parameters = documentParameters({ ...this.#of, callStatus, flavour, dial, failure, recording });
    const fetched = await fetchDocument({ accountSid, target, parameters, trace: this.#trace }, this.#parts);
    if (turn !== this.#turn) return;
    if (fetched.ok) {
      this.#read(fetched.value);
      return this.#happen({ kind: 'fetched', document: fetched.value.document });
    }
    const { code, rule } = fetched.error;
    this.findings.add([{ code, level: 'error', where: '/', message: rule, keepsOut: false }], target);
    this.#refusal ??= { kind: 'document-unavailable', code, rule };
    this.#happen({ kind: 'not-fetched', code });
  }

  async #dial({ verb, conference, continues }: StepOf<'dial'>): Promise<void> {
    const { calls } = this.#parts;
    const { accountSid, callSid, call } = this.#of;
    const { hangupOnStar, timeLimit } = verb.attributes;
    const { jitterBufferSize, ...join } = conference;
    const before = this.#place;
    const media = this.#media.media(jitterBufferSize);
    if (!media.ok) return this.#notIn(media.error, verb.where);
    this.#place = 'joining';
    await this.#partingDone();
    calls.change(accountSid, callSid, { hangupOnStar });
    const ofDial = { timeLimitSeconds: timeLimit, continuesAfterDial: continues, ...legRecordingOf(verb.attributes) };
    const request = { ...join, accountSid, callSid, call, ...ofDial };
    this.#isRecorded = ofDial.recording !== undefined;
    const joined = await this.#join(request, media.value);
    if (!joined.ok) {
      this.#place = before;
      return this.#notIn(joined.error, verb.where);
    }
    this.#runner = joined.value.runner;
    this.#place = 'in';
    this.#media.take(joined.value.leg);
    const state = joined.value.runner.state();
    if (state.phase !== 'absent') {
      const ignored = ignoredSettings(join.roomRequest, state.settings, `${verb.where}/Conference`);
      const forbidden = forbiddenRecordings(request, verb.where, this.#parts.registry);
      this.findings.add([...ignored, ...forbidden], this.#program?.document?.source ?? null);
    }
    this.#begun();
    await this.#catchUp(joined.value.runner);
  }

  /** With its leg on the shard that mixes the conference, wherever that comes to be meanwhile. */
  async #join(request: JoinRequest, media: LegMedia): ReturnType<ConferenceRegistry['join']> {
    const { registry } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      const shard = registry.shardOf(request.accountSid, request.room);
      const leg = this.#media.leg();
      const moved = leg === null || shard === null || shard === leg.shard ? null : await this.#media.move(shard);
      // Its leg went down with a shard.
      if (leg !== null && this.#media.leg() === null) this.giveUp({ kind: 'engine-unavailable' });
      if (moved?.ok === false) return moved;
      const joined = await registry.join(request, media, this.#media.leg(), this.#trace);
      const isElsewhere = !joined.ok && joined.error.kind === 'engine-full' && joined.error.what === 'same-shard';
      if (!isElsewhere || attempt === attemptsMax) return joined;
    }
  }

  /** Nothing of the step before goes on. */
  #quiet(): void {
    this.#cancelPause();
    this.#player.stop();
  }

  /** The engine must have heard that the leg left one room, and is played nothing, before it hears of another. */
  async #partingDone(): Promise<void> {
    const leg = this.#media.leg();
    while (leg !== null && (this.#voice.isBusy() || this.#runner?.legs().isParting(leg.id) === true)) {
      await new Promise<void>((resolve) => this.#parts.clock.after(partingLookMs, resolve));
    }
  }

  /** The conference refused it, or the offer cannot be taken. */
  #notIn(refusal: Refusal, where: string): void {
    this.#refusal ??= refusal;
    this.findings.add([findingOfRefusal(refusal, where)], this.#program?.document?.source ?? null);
    const to = this.#redirectedTo;
    if (to !== null) this.#restart(to);
    else this.#happen({ kind: 'dial-over', outcome: { status: 'failed', seconds: 0 } });
  }

  /** What came while it was joining. */
  async #catchUp(runner: ConferenceRunner): Promise<void> {
    const { callSid } = this.#of;
    const left = this.#left;
    this.#left = null;
    if (left !== null) return this.#goOn(left);
    if (this.#isGivenUp) await runner.submit({ kind: 'leave', callSid, cause: 'hung-up' });
    else if (this.#redirectedTo !== null) await runner.submit({ kind: 'leave', callSid, cause: 'redirected-via-api' });
  }

  #goOn({ atMs, callContinues, cause }: ParticipantLeft): void {
    const seconds = Math.max(0, Math.floor((atMs - (this.#joinedAtMs ?? atMs)) / 1000));
    this.#place = callContinues ? 'standing' : 'over';
    const to = this.#redirectedTo;
    if (callContinues && to !== null) this.#restart(to);
    // A call without a program was never to run anything after its dial.
    else if (this.#program === null) this.#end();
    else if (callContinues) {
      const status = cause === 'wait-failed' ? 'failed' : 'answered';
      this.#happen({ kind: 'dial-over', outcome: { status, seconds } });
    } else this.#happen({ kind: 'hung-up', seconds });
  }

  #begun(): void {
    const runner = this.#runner;
    this.findings.tell(runner);
    this.#onBegun?.(ok({ media: this.#media, runner: this.#place === 'in' ? runner : null }));
    this.#onBegun = null;
  }

  #end(): void {
    const { callSid } = this.#of;
    const isStanding = this.#place === 'standing';
    this.#place = 'over';
    this.#turn += 1;
    this.#quiet();
    this.findings.tell(this.#runner);
    if (isStanding) this.#attempt(this.#hangUp());
    this.#onBegun?.(err(this.#refusal ?? { kind: 'call-completed', callSid }));
    this.#onBegun = null;
    this.#parts.onOver(this.#of);
  }

  async #hangUp(): Promise<void> {
    const { clock, onHungUp } = this.#parts;
    const { callSid } = this.#of;
    const atMs = clock.now();
    onHungUp(this.#of, atMs);
    await this.#runner?.recordOfPast({ kind: 'call-completed', callSid, atMs });
    await this.#partingDone();
    this.#media.close();
  }
}

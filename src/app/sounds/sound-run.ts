/**
 * Runs what a wait, hold or announcement URL comes to: does what the sound program says next, at one seat, and tells
 * when nothing more is heard.
 */
import { assertNever } from '../../base/assert.js';
import type { AccountSid } from '../../base/brands.js';
import type { Cancel, Logger } from '../../base/ports.js';
import type { Trace } from '../../base/trace.js';
import { resolverFrom } from '../../callbacks/resolve-url.js';
import type { Parameters } from '../../callbacks/webhook.js';
import type { WebTarget } from '../../conference/state.js';
import type { PlayVerb, SayVerb } from '../../cxml/document.js';
import type { Finding } from '../../cxml/finding.js';
import { parseSoundDocument } from '../../cxml/parse-document.js';
import {
  type AtEnd,
  advanceSound,
  beginSound,
  type SoundHappened,
  type SoundProgram,
  type SoundStep,
} from '../../cxml/sound-program.js';
import type { Seat } from './seat.js';
import type { DocumentOrSound, Sound, SoundFailure } from './sound-port.js';
import { type Played, VerbPlayer, type VerbPlayerParts } from './verb-player.js';

export type SoundRunParts = VerbPlayerParts & { readonly logger: Logger };

export type SoundOutcome = {
  /** The very first request got nothing, and this is why. */
  readonly unavailable: SoundFailure | null;
  /** Nothing was ever heard, though something was to be, and this is why; null: all was as it was written. */
  readonly failure: SoundFailure | null;
};

export type SoundRunOf = {
  readonly accountSid: AccountSid;
  readonly target: WebTarget;
  readonly parameters: Parameters;
  /** Of the command that it is heard by. */
  readonly trace: Trace;
  readonly atEnd: AtEnd;
  readonly onFindings: (findings: readonly Finding[], source: WebTarget) => void;
  /** Nothing more is heard. Not told when it was stopped. */
  readonly onOver: (outcome: SoundOutcome) => void;
};

const unknownFailure: SoundFailure = { code: 13_420, rule: 'there was nothing to hear' };

export class SoundRun {
  readonly #parts: SoundRunParts;
  readonly #of: SoundRunOf;
  readonly #player: VerbPlayer;
  #program: SoundProgram;
  /** Grows with every step: what an earlier one waited for comes to nothing. */
  #turn = 0;
  #fetched: Sound | null = null;
  #isFirst = true;
  #unavailable: SoundFailure | null = null;
  #lastFailure: SoundFailure | null = null;
  #cancelRest: Cancel = () => {};

  /** Begins at once. */
  constructor(parts: SoundRunParts, of: SoundRunOf, seat: Seat) {
    this.#parts = parts;
    this.#of = of;
    this.#player = new VerbPlayer(parts, of.accountSid, seat);
    this.#program = beginSound(of.target, of.atEnd);
    this.#perform(this.#program.step);
  }

  stop(): void {
    this.#turn += 1;
    this.#cancelRest();
    this.#player.stop();
    this.#fetched?.release();
    this.#fetched = null;
  }

  #happen(happened: SoundHappened): void {
    const source = this.#program.document?.source ?? this.#of.target;
    const { program, findings } = advanceSound(this.#program, happened, this.#parts.clock.monotonic());
    this.#program = program;
    if (findings.length > 0) this.#of.onFindings(findings, source);
    this.#perform(program.step);
  }

  #perform(step: SoundStep): void {
    this.#turn += 1;
    switch (step.kind) {
      case 'request':
        this.#attempt(this.#request(step.target));
        return;
      case 'play':
      case 'say':
        this.#attempt(this.#play(step.verb));
        return;
      case 'sound':
        this.#attempt(this.#playFetched(step.repeats));
        return;
      case 'rest':
        this.#cancelRest = this.#parts.clock.after(step.ms, () => this.#happen({ kind: 'done' }));
        return;
      case 'over':
        this.#of.onOver({
          unavailable: this.#unavailable,
          failure: step.hadNothing ? (this.#lastFailure ?? unknownFailure) : null,
        });
        return;
      default:
        assertNever(step);
    }
  }

  async #request(target: WebTarget): Promise<void> {
    const turn = this.#turn;
    const { accountSid, parameters, trace } = this.#of;
    const { sounds } = this.#parts;
    const fetched = await sounds.fetch({ accountSid, target, parameters, trace });
    if (turn !== this.#turn) {
      if (fetched.ok && fetched.value.kind === 'sound') fetched.value.sound.release();
      return;
    }
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const failure = fetched.ok ? this.#take(fetched.value, target) : fetched.error;
    if (failure === null) return;
    if (isFirst) this.#unavailable = failure;
    this.#lack(failure, '/', target);
    this.#happen({ kind: 'not-fetched' });
  }

  /** Null when it is something to hear. */
  #take(fetched: DocumentOrSound, target: WebTarget): SoundFailure | null {
    if (fetched.kind === 'sound') {
      this.#fetched = fetched.sound;
      this.#happen({ kind: 'audio' });
      return null;
    }
    const read = parseSoundDocument(fetched.body, target, resolverFrom(fetched.url));
    if (!read.ok) return read.error;
    if (read.value.findings.length > 0) this.#of.onFindings(read.value.findings, target);
    this.#happen({ kind: 'document', document: read.value.document });
    return null;
  }

  async #play(verb: PlayVerb | SayVerb): Promise<void> {
    const turn = this.#turn;
    const played = await this.#player.play(verb, this.#of.trace);
    if (turn !== this.#turn) return;
    const source = this.#program.document?.source ?? this.#of.target;
    if (!played.ok) this.#lack(played.error, verb.where, source);
    this.#happen({ kind: played.ok ? 'done' : 'not-heard' });
  }

  async #playFetched(repeats: boolean): Promise<void> {
    const turn = this.#turn;
    const sound = this.#fetched;
    this.#fetched = null;
    const played: Played =
      sound === null ? { ok: false, error: unknownFailure } : await this.#player.sound(sound, repeats ? 0 : 1);
    if (turn !== this.#turn) return;
    if (!played.ok) this.#lack(played.error, '/', this.#of.target);
    this.#happen({ kind: played.ok ? 'done' : 'not-heard' });
  }

  #lack(failure: SoundFailure, where: string, source: WebTarget): void {
    this.#lastFailure = failure;
    const { code, rule } = failure;
    this.#of.onFindings([{ code, level: 'warning', where, message: `${rule}: not heard`, keepsOut: false }], source);
  }

  #attempt(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.logger.error('sound-run-failed', { error }));
  }
}

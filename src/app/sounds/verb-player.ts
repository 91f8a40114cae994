/** Plays what `<Play>` and `<Say>` name, or audio that was fetched, at one seat, and tells when it was heard. */
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import type { Trace } from '../../base/trace.js';
import type { PlayVerb, SayVerb } from '../../cxml/document.js';
import type { Seat } from './seat.js';
import { releasedFailure, type Sound, type SoundFailure, type SoundPort } from './sound-port.js';

/** A stream that is shorter is not asked for again: it is broken, or there is nothing in it. */
const repeatedMsMin = 1000;

/** What broke off before was not heard. */
const heardMsMin = 100;

const noPlayer: SoundFailure = { code: 13_420, rule: 'the engine has no player for it' };

export type VerbPlayerParts = { readonly sounds: SoundPort; readonly clock: Clock };

/** How long it was heard, in seconds. */
export type Played = Result<number, SoundFailure>;

export class VerbPlayer {
  readonly #parts: VerbPlayerParts;
  readonly #accountSid: AccountSid;
  readonly #seat: Seat;
  #settle: ((played: Played) => void) | null = null;
  #turn = 0;

  constructor(parts: VerbPlayerParts, accountSid: AccountSid, seat: Seat) {
    this.#parts = parts;
    this.#accountSid = accountSid;
    this.#seat = seat;
  }

  /** All loops of it. `released` when it was stopped, or another began. `trace`: of what it is played for. */
  async play(verb: PlayVerb | SayVerb, trace: Trace): Promise<Played> {
    this.stop();
    const turn = this.#turn;
    const beganMs = this.#parts.clock.monotonic();
    for (let left = verb.loop === 0 ? Number.POSITIVE_INFINITY : verb.loop; ; left -= 1) {
      const sound = await this.#soundOf(verb, trace);
      if (turn !== this.#turn) {
        if (sound.ok) sound.value.release();
        return err(releasedFailure);
      }
      if (!sound.ok) return sound;
      // A stream plays once: for another time it is asked for again.
      const isStream = sound.value.kind === 'stream';
      const played = await this.#seated(sound.value, isStream ? 1 : verb.loop);
      if (!played.ok || turn !== this.#turn) return played;
      const isRepeated = isStream && left > 1 && played.value * 1000 >= repeatedMsMin;
      if (!isRepeated) return ok((this.#parts.clock.monotonic() - beganMs) / 1000);
    }
  }

  /** Takes the sound over. `loops`: 0 is without end; a stream plays once. */
  sound(sound: Sound, loops: number): Promise<Played> {
    this.stop();
    return this.#seated(sound, sound.kind === 'stream' ? 1 : loops);
  }

  /** Nothing more is heard; whoever waits is told so. */
  stop(): void {
    this.#turn += 1;
    this.#seat.stop();
    this.#settle?.(err(releasedFailure));
    this.#settle = null;
  }

  #soundOf(verb: PlayVerb | SayVerb, trace: Trace): Promise<Result<Sound, SoundFailure>> {
    const { sounds } = this.#parts;
    if (verb.kind === 'say') return sounds.say({ text: verb.text, voice: verb.voice, language: verb.language });
    const target = { url: verb.url, method: 'GET' } as const;
    return sounds.audio({ accountSid: this.#accountSid, target, parameters: new Map(), trace });
  }

  #seated(sound: Sound, loops: number): Promise<Played> {
    const { clock } = this.#parts;
    const beganMs = clock.monotonic();
    let broken: SoundFailure | null = null;
    void sound.decoded.then((decoded) => {
      if (!decoded.ok) broken = decoded.error;
    });
    return new Promise((resolve) => {
      this.#settle = resolve;
      const isPlaying = this.#seat.play(sound, loops, () => {
        const heardMs = clock.monotonic() - beganMs;
        this.#settle = null;
        resolve(broken === null || heardMs >= heardMsMin ? ok(heardMs / 1000) : err(broken));
      });
      if (isPlaying) return;
      this.#settle = null;
      resolve(err(noPlayer));
    });
  }
}

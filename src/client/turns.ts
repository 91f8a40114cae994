/** Who listens to a room in turns: somebody speaks, and stops. */
import { BoundedQueue } from './bounded-queue.js';
import { frameMs } from './coding.js';
import type { Sound } from './wav.js';

/** Turns that wait to be taken; the oldest goes first. */
export const turnsMax = 16;

export type TurnOptions = {
  /** A silence this long ends a turn. Default 600 ms. */
  readonly pauseMs?: number;
  /** So much of what was heard before the first voice belongs to it. Default 200 ms. */
  readonly beforeMs?: number;
  /** Voice of less than this is no turn: a cough. Default 100 ms. */
  readonly voiceMsMin?: number;
  /** A turn that is longer is given out in pieces. Default 30 s. */
  readonly turnMsMax?: number;
};

/** What was said, pauses and all, without the silence that ended it. */
export type Turn = Sound & {
  /** When it began and ended, in milliseconds of the call: of what this leg has heard. */
  readonly fromMs: number;
  readonly toMs: number;
};

/** Told of every frame of a call. */
export class TurnTaker {
  readonly queue: BoundedQueue<Turn>;
  readonly #options: Required<TurnOptions>;
  readonly #rateHz: number;
  #frames: Int16Array[] = [];
  #heard = 0;
  #voiced = 0;
  /** Frames since the last voice; null while nobody has spoken. */
  #silent: number | null = null;

  constructor(rateHz: number, options: TurnOptions, onReturn: () => void) {
    this.#rateHz = rateHz;
    this.#options = { pauseMs: 600, beforeMs: 200, voiceMsMin: 100, turnMsMax: 30_000, ...options };
    this.queue = new BoundedQueue<Turn>(turnsMax, () => {}, onReturn);
  }

  take(samples: Int16Array, voice: boolean): void {
    this.#heard += 1;
    this.#frames.push(samples);
    const { beforeMs, pauseMs, turnMsMax } = this.#options;
    if (voice) {
      this.#silent = 0;
      this.#voiced += 1;
    } else if (this.#silent === null) {
      if (this.#frames.length * frameMs > beforeMs) this.#frames.shift();
      return;
    } else {
      this.#silent += 1;
    }
    if (this.#silent * frameMs >= pauseMs || this.#frames.length * frameMs >= turnMsMax) this.#finish(this.#silent);
  }

  /** What was being said is the last turn. */
  end(error: Error | null): void {
    if (this.#silent !== null) this.#finish(this.#silent);
    this.queue.end(error);
  }

  #finish(silent: number): void {
    const said = this.#frames.slice(0, this.#frames.length - silent);
    const isTurn = this.#voiced * frameMs >= this.#options.voiceMsMin;
    const kept = Math.min(silent, Math.ceil(this.#options.beforeMs / frameMs));
    this.#frames = kept > 0 ? this.#frames.slice(-kept) : [];
    this.#voiced = 0;
    this.#silent = null;
    if (!isTurn) return;
    const toMs = (this.#heard - silent) * frameMs;
    this.queue.push({ rateHz: this.#rateHz, samples: joined(said), fromMs: toMs - said.length * frameMs, toMs });
  }
}

function joined(frames: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(frames.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const frame of frames) {
    samples.set(frame, at);
    at += frame.length;
  }
  return samples;
}

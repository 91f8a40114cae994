/**
 * What a call says, one thing after the other, a little ahead of the daemon and never far: what lies there is what has
 * to be forgotten when somebody interrupts.
 */
import { frameMs } from './coding.js';
import { type FrameSource, framesOf, type SoundStream } from './sound-source.js';
import type { Sound } from './wav.js';

/** Frames that the daemon is given ahead of their time: 200 ms, in which this process may do something else. */
export const aheadFramesMax = 10;

/** Sounds that wait for their turn. */
export const queuedSoundsMax = 100;

export type Played = {
  /** It was cleared before its end, or the call was over. */
  readonly interrupted: boolean;
  /** How much of it was played, 20 ms exactly. */
  readonly playedMs: number;
  /** How often a stream had nothing to say in time: there was silence then. */
  readonly underruns: number;
};

export type PlayOptions = {
  /** Cleared as soon as somebody else in the room is heard to speak. Default false. */
  readonly bargeIn?: boolean;
};

/** Where frames go; see LineLeg. */
export type Speaker = {
  readonly send: (frame: Int16Array) => void;
  readonly mark: (name: string) => void;
  readonly clear: () => void;
};

type Item = {
  readonly bargeIn: boolean;
  readonly source: FrameSource;
  readonly resolve: (played: Played) => void;
  readonly reject: (error: unknown) => void;
  mark: string | null;
  framesSent: number;
  isDry: boolean;
  underruns: number;
};

type Clearing = { readonly items: readonly Item[]; readonly resolve: (framesDropped: number) => void };

export class Playback {
  readonly #speaker: Speaker;
  readonly #rateHz: number;
  /** Of these the first are wholly sent (they have a mark), and wait to be played. */
  #items: Item[] = [];
  /** Asked for and not answered, in order. */
  #clearings: Clearing[] = [];
  #ahead = 0;
  #marks = 0;
  #isOver = false;

  constructor(speaker: Speaker, rateHz: number) {
    this.#speaker = speaker;
    this.#rateHz = rateHz;
  }

  /** Resolves when it was played to its end or interrupted; rejects when its stream fails. */
  play(sound: Sound | SoundStream, { bargeIn = false }: PlayOptions = {}): Promise<Played> {
    if (this.#isOver) return Promise.resolve({ interrupted: true, playedMs: 0, underruns: 0 });
    if (this.#items.length >= queuedSoundsMax) {
      return Promise.reject(new RangeError(`${queuedSoundsMax} sounds wait to be played already`));
    }
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => this.#failed(item, error);
      const source = framesOf(sound, this.#rateHz, () => this.#fill(), fail);
      const item: Item = { bargeIn, source, resolve, reject, mark: null, framesSent: 0, isDry: false, underruns: 0 };
      this.#items.push(item);
      this.#fill();
    });
  }

  /** Whether something of it may be cleared by a voice. */
  get isInterruptible(): boolean {
    return this.#items.some(({ bargeIn }) => bargeIn);
  }

  /** Forgets all of it, here and in the daemon; resolves, with the frames the daemon dropped, once it has. */
  clear(): Promise<number> {
    if (this.#isOver || (this.#items.length === 0 && this.#ahead === 0)) return Promise.resolve(0);
    const items = this.#items;
    this.#items = [];
    this.#ahead = 0;
    for (const { source } of items) source.stop();
    this.#speaker.clear();
    return new Promise((resolve) => {
      this.#clearings.push({ items, resolve });
    });
  }

  /** `frames` of 20 ms have gone by in the daemon. */
  passed(frames: number): void {
    this.#ahead = Math.max(0, this.#ahead - frames);
    this.#fill();
  }

  markReached(name: string, cleared: boolean): void {
    const [item] = this.#items;
    if (cleared || item === undefined || item.mark !== name) return;
    this.#items.shift();
    item.resolve(playedOf(item, 0, false));
  }

  /** The daemon's answer to `clear`: so many frames were not played, the last that were sent. */
  cleared(framesDropped: number): void {
    const clearing = this.#clearings.shift();
    if (clearing === undefined) return;
    let left = framesDropped;
    for (const item of clearing.items.toReversed()) {
      const dropped = Math.min(left, item.framesSent);
      left -= dropped;
      item.resolve(playedOf(item, dropped, true));
    }
    clearing.resolve(framesDropped);
  }

  /** The call is over. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const items = [...this.#clearings.flatMap((clearing) => clearing.items), ...this.#items];
    for (const { resolve } of this.#clearings) resolve(0);
    this.#items = [];
    this.#clearings = [];
    for (const item of items) {
      item.source.stop();
      item.resolve(playedOf(item, 0, true));
    }
  }

  #fill(): void {
    while (this.#ahead < aheadFramesMax) {
      const item = this.#items.find(({ mark }) => mark === null);
      if (item === undefined) return;
      const frame = item.source.next();
      if (frame === null) {
        this.#noteDry(item);
        return;
      }
      if (frame === 'end') {
        item.mark = `played ${++this.#marks}`;
        this.#speaker.mark(item.mark);
        continue;
      }
      item.isDry = false;
      item.framesSent += 1;
      this.#ahead += 1;
      this.#speaker.send(frame);
    }
  }

  /** Once for each silence. */
  #noteDry(item: Item): void {
    if (this.#ahead > 0 || item.framesSent === 0 || item.isDry) return;
    item.isDry = true;
    item.underruns += 1;
  }

  #failed(item: Item, error: unknown): void {
    this.#items = this.#items.filter((each) => each !== item);
    item.reject(error);
    this.#fill();
  }
}

const playedOf = ({ framesSent, underruns }: Item, dropped: number, interrupted: boolean): Played => ({
  interrupted,
  playedMs: frameMs * (framesSent - dropped),
  underruns,
});

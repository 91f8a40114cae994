/** What a call hears, for those who want to know: frame by frame, or turn by turn. */
import { BoundedQueue } from './bounded-queue.js';
import { type Turn, type TurnOptions, TurnTaker } from './turns.js';

/** Frames of what is heard that one reader may be behind: 5 s. Older ones are lost to it, and counted. */
export const unreadFramesMax = 250;

/** 20 ms of what the call hears: the room without its own voice. */
export type HeardFrame = {
  readonly samples: Int16Array;
  /** Somebody else in the room speaks in it; see `Frames.voice` in media_service.proto. */
  readonly voice: boolean;
  /** Frames that are missing before it, since this process or this reader was too slow. */
  readonly missing: number;
};

type Reader = {
  readonly take: (samples: Int16Array, voice: boolean) => void;
  readonly miss: (frames: number) => void;
  readonly end: (error: Error | null) => void;
};

export class Hearing {
  readonly #rateHz: number;
  readonly #readers = new Set<Reader>();
  #end: { readonly error: Error | null } | null = null;

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  frames(): BoundedQueue<HeardFrame> {
    let missing = 0;
    const queue = new BoundedQueue<HeardFrame>(
      unreadFramesMax,
      (dropped) => {
        missing += 1 + dropped.missing;
      },
      () => this.#readers.delete(reader),
    );
    const reader: Reader = {
      take(samples, voice) {
        queue.push({ samples, voice, missing });
        missing = 0;
      },
      miss(frames) {
        missing += frames;
      },
      end: (error) => queue.end(error),
    };
    this.#add(reader);
    return queue;
  }

  turns(options: TurnOptions): BoundedQueue<Turn> {
    const taker = new TurnTaker(this.#rateHz, options, () => this.#readers.delete(reader));
    const reader: Reader = {
      take: (samples, voice) => taker.take(samples, voice),
      miss() {},
      end: (error) => taker.end(error),
    };
    this.#add(reader);
    return taker.queue;
  }

  take(samples: Int16Array, voice: boolean): void {
    for (const reader of this.#readers) reader.take(samples, voice);
  }

  miss(frames: number): void {
    for (const reader of this.#readers) reader.miss(frames);
  }

  /** How many listen: each costs a queue. */
  get readers(): number {
    return this.#readers.size;
  }

  end(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
  }

  #add(reader: Reader): void {
    if (this.#end === null) this.#readers.add(reader);
    else reader.end(this.#end.error);
  }
}

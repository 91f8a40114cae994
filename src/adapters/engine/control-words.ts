/** What this thread says to an engine beside commands, and whether that runs: the control block of its arena. */
import { type Arena, placed } from './arena.js';
import { offsetOf } from './layout-access.js';

const stateRunning = 1;

export class ControlWords {
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  isRunning(): boolean {
    return Atomics.load(this.#arena.words, this.#word('state')) === stateRunning;
  }

  /** The engine returns within a tick. */
  askToStop(): void {
    Atomics.store(this.#arena.words, this.#word('stop'), 1);
  }

  /** From now on it rings when there are events, once. */
  lookNoMore(): void {
    Atomics.add(this.#arena.words, this.#word('asleep'), 1);
  }

  /** Whether there are events of who speaks. */
  tellOfSpeech(isAsked: boolean): void {
    Atomics.store(this.#arena.words, this.#word('speech_asked'), Number(isAsked));
  }

  #word(name: string): number {
    return (this.#arena.offsets.control + offsetOf(placed.control, name)) / 4;
  }
}

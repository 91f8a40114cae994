/** One place for the newest state of something: a reader that does not keep up misses states, never the newest. */

export class LatestState<State> {
  readonly #signal: AbortSignal;
  #next: { readonly state: State; readonly skipped: number } | null = null;
  #wake: () => void = () => {};

  /** `signal` ends the waiting for good. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  put(state: State): void {
    this.#next = { state, skipped: this.#next === null ? 0 : this.#next.skipped + 1 };
    this.#wake();
  }

  /** The newest state not yet taken, and how many before it were never taken; null once the signal is aborted. */
  async take(): Promise<{ readonly state: State; readonly skipped: number } | null> {
    while (this.#next === null && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const next = this.#signal.aborted ? null : this.#next;
    this.#next = null;
    return next;
  }
}

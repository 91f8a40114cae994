/**
 * No new conferences while those there are go on, so that the daemon can be stopped without cutting anybody off: until
 * a deadline, at which what is left is ended, or until somebody calls it off. Whoever comes into a conference that is
 * live is let in until then: it is here and nowhere else.
 */
import { type EpochMs, epochMs } from '../base/brands.js';
import type { Cancel, Clock, Logger } from '../base/ports.js';
import { err, ok, type Result } from '../base/result.js';
import type { Metrics } from './metrics.js';

/** Who is let in: anybody, those who come to a live conference, nobody. */
export type Admission = 'all' | 'live-conferences' | 'none';

export type DrainState = {
  readonly draining: boolean;
  /** At which what is left is ended; null when there is none. */
  readonly deadlineAtMs: EpochMs | null;
  /** The daemon stops when nothing is left: that cannot be called off. */
  readonly isGoingDown: boolean;
};

/** Why it goes on: the daemon stops, or what is left is being ended just now. */
export type DrainStays = { readonly kind: 'going-down' | 'being-ended' };

export type DrainParts = {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Calls and conferences there still are. */
  readonly left: () => number;
  /** Ends all of them; what fails is tried again. */
  readonly endAll: () => Promise<void>;
  /** Those who send calls are told. */
  readonly onChange: (isDraining: boolean) => void;
};

/** How soon it is seen that nothing is left. */
const pollMs = 50;

export class Drain {
  readonly #parts: DrainParts;
  #state: DrainState = { draining: false, deadlineAtMs: null, isGoingDown: false };
  #isEnding = false;
  #cancelDeadline: Cancel = () => {};

  constructor(parts: DrainParts) {
    this.#parts = parts;
    parts.metrics.set('parley_draining', {}, 0);
  }

  state(): DrainState {
    return this.#state;
  }

  admission(): Admission {
    if (!this.#state.draining) return 'all';
    return this.#isEnding ? 'none' : 'live-conferences';
  }

  /** Begins, or goes on with another deadline. `withinMs`: null for none. */
  begin(withinMs: number | null): void {
    const { clock, logger } = this.#parts;
    this.#cancelDeadline();
    this.#change({
      ...this.#state,
      draining: true,
      deadlineAtMs: withinMs === null ? null : epochMs(clock.now() + withinMs),
    });
    logger.info('draining', { withinMs, left: this.#parts.left() });
    if (withinMs !== null && !this.#state.isGoingDown) {
      this.#cancelDeadline = clock.after(withinMs, () => void this.#endLeft());
    }
  }

  /** Takes everybody again. */
  cancel(): Result<void, DrainStays> {
    if (this.#state.isGoingDown) return err({ kind: 'going-down' });
    if (this.#isEnding) return err({ kind: 'being-ended' });
    this.#cancelDeadline();
    if (this.#state.draining) this.#parts.logger.info('drain-called-off');
    this.#change({ draining: false, deadlineAtMs: null, isGoingDown: false });
    return ok(undefined);
  }

  /**
   * The daemon stops: resolves when nothing is left, or after `withinMs`, or once `hurried` does. Nobody is let in from
   * then on.
   */
  async goDown(withinMs: number, hurried: Promise<void>): Promise<void> {
    const { clock, left, logger } = this.#parts;
    this.#state = { ...this.#state, isGoingDown: true };
    this.begin(withinMs);
    let isHurried = false;
    void hurried.then(() => {
      isHurried = true;
    });
    const untilMs = clock.monotonic() + withinMs;
    while (left() > 0 && !isHurried && clock.monotonic() < untilMs) {
      await Promise.race([new Promise<void>((resolve) => clock.after(pollMs, resolve)), hurried]);
    }
    this.#isEnding = true;
    logger.info('drained', { left: left() });
  }

  async #endLeft(): Promise<void> {
    const { endAll, left, logger } = this.#parts;
    logger.info('drain-deadline', { left: left() });
    this.#isEnding = true;
    try {
      await endAll();
    } catch (error) {
      logger.error('drain-not-ended', { error });
    }
    // Whoever stops the daemon in the meantime lets nobody in again.
    if (!this.#state.isGoingDown) this.#isEnding = false;
  }

  #change(state: DrainState): void {
    const { draining } = this.#state;
    this.#state = state;
    if (draining === state.draining) return;
    this.#parts.metrics.set('parley_draining', {}, state.draining ? 1 : 0);
    this.#parts.onChange(state.draining);
  }
}

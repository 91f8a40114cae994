/** When the spools are stepped: as often as they are to be served, and seldom while there are none. */
import type { Cancel, Clock } from '../../base/ports.js';
import { type Spools, stepMs } from './spools.js';

/** Often enough for their figures, which whoever has the thread tells its health by. */
export const idleStepMs = 200;

export class SpoolsPace {
  readonly #spools: Pick<Spools, 'size' | 'step'>;
  readonly #after: Clock['after'];
  #isIdle = true;
  #cancel: Cancel = () => {};

  constructor(spools: Pick<Spools, 'size' | 'step'>, after: Clock['after']) {
    this.#spools = spools;
    this.#after = after;
    this.#arm();
  }

  /** The spools were told something: there may be one now. */
  heard(): void {
    if (!this.#isIdle || this.#spools.size() === 0) return;
    this.#cancel();
    this.#arm();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(): void {
    this.#isIdle = this.#spools.size() === 0;
    this.#cancel = this.#after(this.#isIdle ? idleStepMs : stepMs, () => {
      this.#spools.step();
      this.#arm();
    });
  }
}

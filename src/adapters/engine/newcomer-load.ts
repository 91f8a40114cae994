/**
 * What a shard is to expect of the legs that came of late: the moving average of its work does not show yet what they
 * cost. The same average is taken of what is assumed of those that are in: as much as the work shows.
 */
import type { MonotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { assumedNs, loadOf } from '../../media/leg-load.js';

/** The engine's average is over 256 ticks of 5 ms (native/engine/stats.cc). */
export const averagedMs = 1280;

/** With fewer legs than this the measured load says more about the shard than about its legs. */
const legsMeasuredMin = 50;
/** Legs that say and hear nothing cost less than is assumed of any; those that come may be others. */
const correctionMin = 0.1;
/**
 * A machine may be half as fast as is assumed (leg-load.ts). What newcomers cost beyond that passes: in Opus they are
 * coded apart until they come to share an encoder. On one that is slower still, too many may come in a second.
 */
const newcomersMax = 2;

/** Legs that are in, and what is assumed of them all (leg-load.ts). */
export type LegsIn = { readonly legs: number; readonly assumedNs: number };

export class NewcomerLoad {
  readonly #now: () => LegsIn;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #shown: LegsIn = { legs: 0, assumedNs: 0 };
  #atMs: MonotonicMs | null = null;

  /** `now`: those that are in. */
  constructor(now: () => LegsIn, clock: Pick<Clock, 'monotonic'>) {
    this.#now = now;
    this.#clock = clock;
  }

  /** They have been the same since the last note: to be called before that changes. */
  note(): void {
    const nowMs = this.#clock.monotonic();
    const passedMs = this.#atMs === null ? 0 : nowMs - this.#atMs;
    const part = 1 - Math.exp(-passedMs / averagedMs);
    const now = this.#now();
    const { legs, assumedNs } = this.#shown;
    this.#shown = { legs: legs + (now.legs - legs) * part, assumedNs: assumedNs + (now.assumedNs - assumedNs) * part };
    this.#atMs = nowMs;
  }

  /** The load that the legs will come to, not counting on those that have left. `load`: the moving average. Notes. */
  expected(load: number): number {
    this.note();
    const correction = Math.min(this.#correction(load), newcomersMax);
    return load + loadOf(Math.max(0, this.#now().assumedNs - this.#shown.assumedNs)) * correction;
  }

  /** The load of one more that is as those that are in; where nobody is, of one in PCMU. Notes. */
  another(load: number): number {
    this.note();
    const now = this.#now();
    const each = now.legs === 0 ? assumedNs({ codec: 'pcmu', isHeard: true }) : now.assumedNs / now.legs;
    return loadOf(each) * this.#correction(load);
  }

  /** How much of what is assumed of them legs have been measured to cost. */
  #correction(load: number): number {
    const { legs, assumedNs } = this.#shown;
    return legs < legsMeasuredMin ? 1 : Math.max(load / loadOf(assumedNs), correctionMin);
  }
}

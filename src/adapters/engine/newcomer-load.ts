/**
 * What a shard is to expect of the legs that came of late: the moving average of its work does not show yet what they
 * cost. The same average is taken of how many legs there are: as many as the work shows.
 */
import type { MonotonicMs } from '../../base/brands.js';
import { legLoad } from '../../media/leg-load.js';

/** The engine's average is over 256 ticks of 5 ms (native/engine/stats.cc). */
export const averagedMs = 1280;

export class NewcomerLoad {
  #shown = 0;
  #atMs: MonotonicMs | null = null;

  /** So many legs there are now; to be noted again and again. */
  note(legs: number, nowMs: MonotonicMs): void {
    const passedMs = this.#atMs === null ? 0 : nowMs - this.#atMs;
    this.#shown += (legs - this.#shown) * (1 - Math.exp(-passedMs / averagedMs));
    this.#atMs = nowMs;
  }

  /** The load that `legs` will come to; those that have left are not counted on. `load`: the moving average. */
  expected(load: number, legs: number): number {
    return load + Math.max(0, legs - this.#shown) * legLoad(load, this.#shown);
  }
}

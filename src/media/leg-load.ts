/** What a leg costs of a tick, as a share of its 5 ms: by what those that are in cost. */

/** Until enough are measured: 5.5 µs of a 20 ms frame's work. */
const legLoadAssumed = 5.5 / 20_000;

/** With fewer legs than this the measured load says more about the shard than about its legs. */
const legsMeasuredMin = 50;

/** `load` is that of `legs`. */
export const legLoad = (load: number, legs: number): number =>
  legs < legsMeasuredMin ? legLoadAssumed : Math.max(load / legs, legLoadAssumed / 10);

/** Rooms of a shard that are to look at their rates, one after the other. */
import type { Clock } from '../../base/ports.js';
import type { ConferenceRunner } from './conference-runner.js';

/** A room whose rate changes is mixed twice in that turn: in so long a time all at once would not be noticed. */
export const ratesWithinMs = 200;

export function lookAtRates(runners: readonly ConferenceRunner[], clock: Pick<Clock, 'after'>): void {
  for (const [index, runner] of runners.entries()) {
    clock.after((index * ratesWithinMs) / runners.length, () => runner.legs().lookAtRate());
  }
}

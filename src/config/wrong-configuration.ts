/** What the daemon cannot start with, found out only when it looked at the files that the configuration names. */
import type { Fault } from './problem.js';

export class WrongConfiguration extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ path, rule }) => `${path.map(String).join('.')}: ${rule}`).join('; '));
    this.name = 'WrongConfiguration';
    this.faults = faults;
  }
}

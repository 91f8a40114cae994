/** What the daemon cannot start with, found out only when it looked at the files that the configuration names. */
export class WrongConfiguration extends Error {
  /** One for each thing that is wrong. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'WrongConfiguration';
    this.problems = problems;
  }
}

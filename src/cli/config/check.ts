/** `parley config check`: would the daemon start with this file? */
import { readConfig } from '../../config/config.js';
import { configSource } from '../../config/config-file.js';
import { problemText } from '../../config/problem.js';

export type CheckOutput = {
  /** A line of what was asked for. */
  readonly write: (line: string) => void;
  /** A line of what is wrong, or odd. */
  readonly complain: (line: string) => void;
};

/** The file alone, without the environment. False when it is wrong; then every problem was told. */
export function check(file: string, { write, complain }: CheckOutput): boolean {
  const source = configSource({ environment: {}, configFile: file });
  const read = source.ok ? readConfig(source.value) : null;
  if (!source.ok) complain(source.error);
  if (read?.ok !== true) {
    for (const problem of read?.error ?? []) complain(problemText(problem));
    return false;
  }
  for (const warning of read.value.warnings) complain(`warning: ${warning}`);
  write(`${file}: good`);
  return true;
}

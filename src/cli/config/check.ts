/** `parley config check`: would the daemon start with this file, and with the files that it names? */
import { problemTexts, readWhatIsRight } from '../../config/config.js';
import { configSource } from '../../config/config-file.js';
import { problemText } from '../../config/problem.js';
import { fileFaults } from '../../file-parts.js';

export type CheckOutput = {
  /** A line of what was asked for. */
  readonly write: (line: string) => void;
  /** A line of what is wrong, or odd. */
  readonly complain: (line: string) => void;
};

export type CheckOptions = {
  readonly file: string;
  /** Left out: certificates, authorities and keys are judged, too. */
  readonly leavesFilesOut?: boolean;
};

/** Without the environment. False when something is wrong; then every problem was told. */
export async function check(
  { file, leavesFilesOut = false }: CheckOptions,
  { write, complain }: CheckOutput,
): Promise<boolean> {
  const problems = (lines: readonly string[]): boolean => {
    for (const line of lines) complain(line);
    return lines.length === 0;
  };
  const source = configSource({ environment: {}, configFile: file });
  if (!source.ok) return problems([source.error]);
  const read = readWhatIsRight(source.value);
  if (!read.ok) return problems(read.error.map(problemText));
  const { config, warnings } = read.value;
  if (!problems(problemTexts(read.value, leavesFilesOut ? [] : await fileFaults(config)))) return false;
  for (const warning of warnings) complain(`warning: ${warning}`);
  write(`${file}: good`);
  return true;
}

/** Waiting for the world, by conditions and never by guesses; the limit is the test's own. */
import type { Recording } from '../../src/cli/caller/recording.js';

const pollMs = 10;

/** Resolves once `condition` holds. The test's own time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, pollMs));
}

/** The next `ms` of what is heard, from `afterMs` after now on: what was on its way is left out. */
export async function listen(recording: Recording, ms: number, afterMs = 200): Promise<Int16Array> {
  const [count, skipped] = [ms, afterMs].map((length) => Math.round((recording.rateHz * length) / 1000));
  const end = recording.length + (skipped ?? 0) + (count ?? 0);
  await until(() => recording.length >= end);
  return recording.samples().slice(end - (count ?? 0), end);
}

/** How many tests a suite ran, read from what its runner wrote; never guessed. */

export type Counts = { readonly passed: number; readonly failed: number };

/** What a suite ends with that cannot run on this machine; its last line says why. */
export const skippedStatus = 77;

/** Where a suite's numbers come from. */
export type CountSource =
  /** The suite is one check. */
  | { readonly kind: 'exit-status' }
  /** Vitest's JSON report in this file, or a list of GoogleTest's, one of each process that ran a part. */
  | { readonly kind: 'report'; readonly file: string; readonly format: 'vitest' | 'gtest' }
  /** One test for each line of the output that starts so. */
  | { readonly kind: 'lines'; readonly prefix: string };

const numberIn = (report: unknown, field: string): number => {
  const value = typeof report === 'object' && report !== null ? Reflect.get(report, field) : undefined;
  return typeof value === 'number' ? value : 0;
};

/** Counts in a runner's report; skipped tests are in neither. A report that cannot be read counts nothing. */
export function countReport(format: 'vitest' | 'gtest', text: string): Counts {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    return { passed: 0, failed: 0 };
  }
  if (format === 'vitest') {
    return { passed: numberIn(report, 'numPassedTests'), failed: numberIn(report, 'numFailedTests') };
  }
  const parts: readonly unknown[] = Array.isArray(report) ? report : [];
  const sum = (field: string): number => parts.reduce<number>((all, part) => all + numberIn(part, field), 0);
  const failed = sum('failures') + sum('errors');
  const left = sum('disabled') + (text.match(/"result": "SKIPPED"/g) ?? []).length;
  return { passed: sum('tests') - left - failed, failed };
}

export function countLines(prefix: string, output: string): Counts {
  return { passed: output.split('\n').filter((line) => line.startsWith(prefix)).length, failed: 0 };
}

/**
 * What a suite adds to the sum. One that exits badly has failed at least once, whatever it counted, and one that ran
 * nothing has failed to test.
 */
export function settle(exitStatus: number, counted: Counts): Counts {
  if (exitStatus !== 0) return { passed: counted.passed, failed: Math.max(1, counted.failed) };
  return counted.passed + counted.failed === 0 ? { passed: 0, failed: 1 } : counted;
}

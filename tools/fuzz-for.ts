/**
 * Runs a property for a time, as a fuzzer is run: `tsx tools/fuzz-NAME.ts [SECONDS] [SEED]`. A finding is kept in
 * build/fuzz/findings and ends the run with an error; its seed repeats it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

const findings = 'build/fuzz/findings';

/** `unit` names what a run of `property` tries, in the line that is printed at the end. */
export function fuzzFor<Values>(name: string, unit: string, property: fc.IProperty<Values>): void {
  const [seconds = 5, seed = Date.now() % 0x7fff_ffff] = process.argv.slice(2).map(Number);
  const details = fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  });
  if (details.failed) {
    mkdirSync(findings, { recursive: true });
    const path = join(findings, `${name}-${seed}.json`);
    writeFileSync(path, JSON.stringify(details.counterexample, null, 2));
    console.error(fc.defaultReportMessage(details), details.errorInstance);
    console.error(`found by ${name}, seed ${seed}: ${path}`);
    process.exit(1);
  }
  console.log(`fuzzed ${name}: ${details.numRuns} ${unit}, seed ${seed}`);
}

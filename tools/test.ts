/**
 * Runs every suite and ends with `N passed, N failed`, and `, N skipped` when there are suites that this machine cannot
 * run. A suite's output is kept in build/test/ and shown when it fails.
 *   tsx tools/test.ts [--group check|run] [--only PART_OF_A_NAME]
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type CountSource, type Counts, countLines, countReport, settle, skippedStatus } from './test/counts.js';
import { type Suite, suites } from './test/suites.js';

/** Lines of a failing suite's output that are shown at once; the rest is in its log. */
const failureLinesShown = 60;

type Run = { readonly exitStatus: number; readonly output: string };

function run([program, ...rest]: Suite['command']): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => chunks.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (status) => resolve({ exitStatus: status ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

function count(source: CountSource, { exitStatus, output }: Run): Counts {
  switch (source.kind) {
    case 'exit-status':
      return exitStatus === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
    case 'report':
      return existsSync(source.file)
        ? countReport(source.format, readFileSync(source.file, 'utf8'))
        : { passed: 0, failed: 0 };
    case 'lines':
      return countLines(source.prefix, output);
  }
}

/** Null: it was skipped. */
async function runSuite(suite: Suite): Promise<Counts | null> {
  const startedMs = performance.now();
  process.stdout.write(`▸ ${suite.name} …`);
  // A report of an earlier run must not be counted for this one.
  if (suite.counts.kind === 'report') rmSync(suite.counts.file, { force: true });
  const result = await run(suite.command);
  const log = `build/test/${suite.name.replaceAll(' ', '-')}.log`;
  writeFileSync(log, result.output);
  const lines = result.output.trimEnd().split('\n');
  if (result.exitStatus === skippedStatus) {
    process.stdout.write(`\r▸ ${suite.name}: ${lines.at(-1)}\n`);
    return null;
  }
  const counts = settle(result.exitStatus, count(suite.counts, result));

  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const bad = counts.failed > 0 ? `, ${counts.failed} FAILED` : '';
  process.stdout.write(`\r▸ ${suite.name}: ${counts.passed} passed${bad} (${seconds} s)\n`);
  const { tells } = suite;
  const told = tells === undefined ? [] : lines.filter((line) => line.startsWith(tells));
  for (const line of told) process.stdout.write(`    ${line}\n`);
  if (counts.failed > 0) {
    const shown = lines.slice(-failureLinesShown).map((line) => `    ${line}`);
    process.stdout.write(`${shown.join('\n')}\n    all of it: ${log}\n`);
  }
  return counts;
}

const { values: options } = parseArgs({ options: { group: { type: 'string' }, only: { type: 'string' } } });
mkdirSync('build/test', { recursive: true });
let sum: Counts = { passed: 0, failed: 0 };
let skipped = 0;
for (const suite of suites) {
  if (options.group !== undefined && suite.group !== options.group) continue;
  if (options.only !== undefined && !suite.name.includes(options.only)) continue;
  const counts = await runSuite(suite);
  if (counts === null) skipped += 1;
  else sum = { passed: sum.passed + counts.passed, failed: sum.failed + counts.failed };
}
const left = skipped === 0 ? '' : `, ${skipped} skipped`;
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed${left}\n`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;

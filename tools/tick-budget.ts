/**
 * Counts the instructions of the tick's phases and holds them against the budgets of docs/tick.md. The counts are the
 * same in each run, on a busy machine, too; what they are beside is what one compiler makes, so others are skipped.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { skippedStatus } from './test/counts.js';
import { budgetsIn, countsIn, verdictsOf } from './tick-budget/budgets.js';

const compilerOfBudgets = '12';
const folder = 'build/counted';

/** What a program prints, or null where it cannot be run. */
function printedBy(program: string, ...args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return null;
  }
}

/** Why this machine cannot count, or null. */
function obstacle(): string | null {
  if (process.arch !== 'x64') return `budgets are those of x86-64, not of ${process.arch}`;
  const compiler = printedBy('c++', '-dumpversion')?.trim();
  const isGcc = printedBy('c++', '--version')?.includes('Free Software Foundation') ?? false;
  if (!isGcc || compiler?.split('.')[0] !== compilerOfBudgets) return `budgets are those of GCC ${compilerOfBudgets}`;
  if (printedBy('valgrind', '--version') === null)
    return 'no valgrind; tools/bootstrap.sh test installs it where apt is';
  return null;
}

/** Who called whom how often in one second of 300 legs, built so that phases are functions of their own. */
function profile(): string {
  mkdirSync(folder, { recursive: true });
  const flags = ['-DCMAKE_BUILD_TYPE=Release', '-DPARLEY_ADDON=OFF', '-DPARLEY_BENCH=ON'];
  const apart = '-DCMAKE_INTERPROCEDURAL_OPTIMIZATION_RELEASE=OFF';
  execFileSync('cmake', ['-S', '.', '-B', folder, '-G', 'Ninja', ...flags, apart], { stdio: 'inherit' });
  execFileSync('cmake', ['--build', folder, '--target', 'tick_bench'], { stdio: 'inherit' });
  const out = `${folder}/callgrind.out`;
  const bench = [`${folder}/native/tick_bench`, '300', '1'];
  execFileSync('valgrind', ['--tool=callgrind', `--callgrind-out-file=${out}`, ...bench], { stdio: 'inherit' });
  return execFileSync('callgrind_annotate', ['--inclusive=yes', '--tree=caller', '--threshold=100', out], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
}

const why = obstacle();
if (why !== null) {
  process.stdout.write(`skipped: ${why}\n`);
  process.exit(skippedStatus);
}
for (const { phase, counted, budget } of verdictsOf(
  budgetsIn(readFileSync('docs/tick.md', 'utf8')),
  countsIn(profile()),
)) {
  const holds = counted <= budget;
  if (!holds) process.exitCode = 1;
  process.stdout.write(
    `${holds ? 'holds' : 'BEYOND'} ${phase}: ${counted} instructions a leg and frame, of ${budget}\n`,
  );
}

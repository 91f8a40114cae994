/** Everything that is checked, in the order it runs: cheap and fundamental first. */
import type { CountSource } from './counts.js';

export type Suite = {
  readonly name: string;
  /** `check` needs nothing to run but its tool; `run` executes what was built. */
  readonly group: 'check' | 'run';
  readonly command: readonly [string, ...string[]];
  readonly counts: CountSource;
  /** Lines of its output that begin so are shown: figures that somebody wants to see. */
  readonly tells?: string;
};

const one: CountSource = { kind: 'exit-status' };
const bin = (name: string): string => `node_modules/.bin/${name}`;

function vitest(project: string): Pick<Suite, 'command' | 'counts'> {
  const file = `build/test/${project}.json`;
  return {
    command: [
      bin('vitest'),
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${file}`,
    ],
    counts: { kind: 'report', file, format: 'vitest' },
  };
}

export const suites: readonly Suite[] = [
  { name: 'format and lint', group: 'check', command: [bin('biome'), 'ci', '.'], counts: one },
  { name: 'types', group: 'check', command: [bin('tsc'), '-p', 'tsconfig.check.json'], counts: one },
  {
    name: 'types of the status page',
    group: 'check',
    command: [bin('tsc'), '-p', 'src/adapters/status/assets/tsconfig.json', '--noEmit'],
    counts: one,
  },
  {
    name: 'import rules',
    group: 'check',
    command: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src', 'test', 'tools', 'bench'],
    counts: one,
  },
  {
    name: 'house rules',
    group: 'check',
    command: [bin('tsx'), 'tools/tidy.ts'],
    counts: { kind: 'lines', prefix: 'holds ' },
  },
  { name: 'proto lint', group: 'check', command: [bin('buf'), 'lint'], counts: one },
  {
    name: 'generated files',
    group: 'check',
    command: ['tools/generated.sh', '--check'],
    counts: { kind: 'lines', prefix: 'current ' },
  },
  {
    name: 'documentation site',
    group: 'check',
    command: ['tools/site.sh'],
    counts: { kind: 'lines', prefix: 'holds ' },
  },
  { name: 'alerting rules', group: 'check', command: ['tools/alerts.sh'], counts: one },
  { name: 'native format', group: 'check', command: ['tools/native-format.sh', '--check'], counts: one },
  { name: 'TypeScript unit and property tests', group: 'run', ...vitest('unit') },
  {
    name: 'native tests under ASan and UBSan',
    group: 'run',
    command: ['tools/native-tests.sh', 'build/test/native.json'],
    counts: { kind: 'report', file: 'build/test/native.json', format: 'gtest' },
  },
  {
    name: 'instructions of a tick',
    group: 'run',
    command: [bin('tsx'), 'tools/tick-budget.ts'],
    counts: { kind: 'lines', prefix: 'holds ' },
  },
  { name: 'end to end', group: 'run', ...vitest('e2e') },
  {
    name: 'container image and package',
    group: 'run',
    command: ['tools/image.sh', 'test', 'build/test/image.json'],
    counts: { kind: 'report', file: 'build/test/image.json', format: 'vitest' },
    tells: 'size: ',
  },
  {
    name: 'fuzz smoke',
    group: 'run',
    command: ['tools/fuzz.sh', '5'],
    counts: { kind: 'lines', prefix: 'fuzzed ' },
  },
  {
    name: 'bench smoke',
    group: 'run',
    command: [bin('tsx'), 'bench/main.ts', '--smoke'],
    counts: { kind: 'lines', prefix: 'holds ' },
  },
  {
    name: 'load smoke',
    group: 'run',
    command: [bin('tsx'), 'bench/load/main.ts', '--smoke'],
    counts: { kind: 'lines', prefix: 'holds ' },
  },
  {
    name: 'drain smoke',
    group: 'run',
    command: [bin('tsx'), 'bench/drain.ts', '--smoke'],
    counts: { kind: 'lines', prefix: 'holds ' },
  },
  {
    name: 'flood smoke',
    group: 'run',
    command: [bin('tsx'), 'bench/flood/main.ts', '--smoke'],
    counts: { kind: 'lines', prefix: 'holds ' },
  },
];

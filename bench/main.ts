/**
 * Everything that has a bench: each prints its figures, what each is beside, and a checksum of what was computed or
 * heard, and leaves them in bench-out/NAME.json.
 *   tsx bench/main.ts [NAME...] [--smoke] [--save-baseline] [--compare] [--noise PERCENT]
 * `--smoke` runs a little of each and judges no figure, only that what was heard is right. docs/benchmarks.md
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { controlPlane } from './control/control-plane.js';
import { sayComparison } from './load/comparison.js';
import { machine, machineLine, say } from './load/report.js';
import { grpcMedia } from './media/grpc-media.js';
import { scrape } from './scrape/scrape.js';
import { type Figures, saveBaseline } from './support/baseline.js';
import { startChild } from './support/child.js';
import { buildNative, nativeProgram } from './support/native-build.js';
import { parseRow, type Row, rowText } from './support/rows.js';

type Bench = { readonly what: string; readonly run: (isSmoke: boolean) => AsyncGenerator<Row> };

/** `runs`: arguments of each program, one run after the other; of a smoke the first alone. */
const native = (what: string, programs: readonly string[], runs: readonly (readonly string[])[] = [[]]): Bench => ({
  what,
  async *run(isSmoke) {
    buildNative(programs);
    for (const program of programs) {
      for (const args of isSmoke ? runs.slice(0, 1) : runs) yield* rowsOf(program, args);
    }
  },
});

async function* rowsOf(program: string, args: readonly string[]): AsyncGenerator<Row> {
  const child = startChild(nativeProgram(program), args);
  for (let line = await child.lineOrEnd(); line !== null; line = await child.lineOrEnd()) {
    const row = parseRow(line);
    if (row !== null) yield row;
  }
  const status = await child.ended();
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${status}`);
}

const tickSizes = ['10', '100', '1000', '2000', '5000'];
const shapes = ['webinar', 'talk', 'size', 'span', 'rate', 'srtp'];

const benches: Readonly<Record<string, Bench>> = {
  kernels: native('SIMD kernels on each instruction set, ns a frame of 20 ms', ['kernels_bench']),
  codecs: native('Opus and G.722 as a leg runs them, us a frame', ['opus_bench', 'g722_bench']),
  srtp: native('SRTP, us a packet of 172 bytes', ['srtp_bench']),
  jitter: native('the jitter buffer of a leg', ['playout_bench']),
  tick: native(
    'a whole tick, without sleeping between',
    ['tick_bench'],
    [...tickSizes.map((legs) => [legs, '4']), ['room', '1500', '4'], ['stations', '1000', '4']],
  ),
  shapes: native(
    'whole ticks of shapes that conferences have, with speech',
    ['shapes_bench'],
    shapes.map((shape) => ['4', shape]),
  ),
  media: { what: 'legs whose media comes over gRPC', run: grpcMedia },
  control: { what: 'the control plane', run: controlPlane },
  scrape: { what: 'a scrape of a daemon with 2,000 legs', run: scrape },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean', default: false },
    'save-baseline': { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    noise: { type: 'string', default: '15' },
  },
});
const names = positionals.length === 0 ? Object.keys(benches) : positionals;
const out = 'bench-out';
mkdirSync(out, { recursive: true });

say(machineLine);
for (const name of names) {
  const bench = benches[name];
  if (bench === undefined) {
    say(`no bench ${name}; there are ${Object.keys(benches).join(', ')}`);
    process.exitCode = 2;
    continue;
  }
  say(`\n${name}: ${bench.what}`);
  const rows: Row[] = [];
  for await (const row of bench.run(values.smoke)) {
    rows.push(row);
    say(rowText(row));
  }
  const isRight = rows.length > 0 && rows.every(({ checksum, value }) => checksum !== 'WRONG' && value > 0);
  if (values.smoke || !isRight) say(`${isRight ? 'holds' : 'BROKEN'} ${name}: ${rows.length} figures`);
  if (!isRight) process.exitCode = 1;
  if (values.smoke) continue;
  const figures: Figures = Object.fromEntries(rows.map((row) => [`${row.name} ${row.unit}`, row.value]));
  writeFileSync(`${out}/${name}.json`, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  const baseline = `${out}/baseline-${name}.json`;
  if (values.compare && !sayComparison(baseline, figures, Number(values.noise) / 100)) process.exitCode = 1;
  if (values['save-baseline']) saveBaseline(baseline, machine, figures);
}

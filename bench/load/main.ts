/** The load test; `--help` says what it can do, docs/benchmarks.md what its figures mean. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { svgText } from '../../src/cli/draw/svg.js';
import { type Floor, measureFloor } from '../floor/floor.js';
import { type Figures, saveBaseline } from '../support/baseline.js';
import { buildNative } from '../support/native-build.js';
import { spread } from '../support/quantile.js';
import { recordings } from '../support/speech.js';
import { Refused } from './callers.js';
import { sayComparison } from './comparison.js';
import { breaches } from './criteria.js';
import { endAgainAndAgain } from './ending.js';
import { figuresOf, figuresOfEnding, figuresOfLimit } from './figures.js';
import { findLimit, stepHead } from './limit.js';
import { BadOption, help, type Options, readOptions } from './options.js';
import { type Bar, barPicture } from './picture.js';
import { machine, machineLine, say, sayFloor, sayOutcome } from './report.js';
import { LoadRun, type Outcome, type RunOptions, runLoad } from './run.js';
import { shapeOf } from './shapes.js';
import { smoke } from './smoke.js';
import { connectTo, startTarget, type Target } from './target.js';

/** What a load leaves behind. */
type Kept = {
  readonly results: unknown;
  readonly figures: Figures;
  readonly unit: string;
  readonly bars: readonly Bar[];
  readonly isGood: boolean;
};

export type Round = { readonly floor: Floor | null; readonly outcome: Outcome };

const reach = (options: Options, legs: number): Promise<Target> =>
  options.ownDaemon === null
    ? startTarget(legs, options.coding, options.shards)
    : Promise.resolve(connectTo(options.ownDaemon));

async function withTarget<T>(options: Options, legs: number, use: (target: Target) => Promise<T>): Promise<T> {
  const target = await reach(options, legs);
  try {
    return await use(target);
  } finally {
    await target.stop();
  }
}

async function measureRounds(options: Options, run: RunOptions): Promise<Kept> {
  const rounds: Round[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const withFloor = options.withFloor && options.ownDaemon === null;
    const floor = withFloor ? await measureFloor({ ...run, legs: options.legs }) : null;
    if (floor !== null) sayFloor(floor);
    const outcome = await withTarget(options, options.legs, (target) => runLoad(target, options.legs, run));
    sayOutcome(outcome);
    rounds.push({ floor, outcome });
  }
  const figures = figuresOf(rounds);
  const ratios = rounds.flatMap(({ floor, outcome }) =>
    floor === null ? [] : [outcome.usPerLegFrame / floor.usPerLegFrame],
  );
  if (ratios.length > 0) say(`\nratio to the echo ${spread(ratios)}, median (smallest to largest) of ${ratios.length}`);
  const broken = [...new Set(rounds.flatMap(({ outcome }) => breaches(outcome)))];
  say(broken.length === 0 ? 'held' : `NOT held: ${broken.join(', ')}`);
  const bars = rounds.flatMap(({ floor, outcome }, index): Bar[] => [
    ...(floor === null ? [] : [barOf(`echo ${index + 1}`, floor.usPerLegFrame, 0, null)]),
    barOf(`round ${index + 1}`, outcome.engineUsPerLegFrame, outcome.usPerLegFrame, breaches(outcome).length === 0),
  ]);
  return { results: rounds, figures, unit: 'µs of CPU for a leg and a frame', bars, isGood: broken.length === 0 };
}

const barOf = (name: string, engine: number, whole: number, isGood: boolean | null, note = ''): Bar => ({
  name,
  engine,
  rest: Math.max(0, whole - engine),
  note: `${Math.max(engine, whole).toFixed(2)}${note}`,
  isGood,
});

async function measureLimit(options: Options, run: RunOptions): Promise<Kept> {
  const shape = shapeOf(options.shapeName);
  const limit = await withTarget(options, options.legsMax, async (target) => {
    const load = await LoadRun.open(target, options.legsMax, run);
    say(stepHead);
    try {
      return await findLimit(load, shape, { from: options.legs, to: options.legsMax });
    } finally {
      load.close();
    }
  });
  say(`\nholds ${limit.legs} legs; not more: ${limit.because}`);
  const bars = limit.steps.map(({ outcome, breaches: broken }) =>
    barOf(
      `${outcome.legs} legs`,
      outcome.engineUsPerLegFrame,
      outcome.usPerLegFrame,
      broken.length === 0,
      `  late p99 ${outcome.judgement.lateMsP99} ms  ${broken.join(', ')}`,
    ),
  );
  const unit = 'µs of CPU for a leg and a frame; red: not held';
  return { results: limit, figures: figuresOfLimit(limit), unit, bars, isGood: limit.legs > 0 };
}

async function measureEnding(options: Options, run: RunOptions): Promise<Kept> {
  const ending = await withTarget(options, options.legs, (target) =>
    endAgainAndAgain(target, options.legs, options.cycles, run),
  );
  const signed = (growth: number): string => `${growth < 0 ? '' : '+'}${(100 * growth).toFixed(1)} %`;
  say(
    `memory after the last cycle against that after the first: ${signed(ending.residentGrowth)},` +
      ` the heap of JavaScript ${signed(ending.heapGrowth)}; against that before any: ${signed(ending.residentGrowthInAll)}`,
  );
  if (!ending.areAllTold) say('Not every callback came, or one came twice.');
  const bars = ending.cycles.map(({ goneMs, deliveredMs }, index) =>
    barOf(`cycle ${index + 1}`, goneMs, deliveredMs, goneMs <= 2000),
  );
  const unit = 'ms until the last leg is gone, and (rest) the last callback delivered';
  return { results: ending, figures: figuresOfEnding(ending), unit, bars, isGood: ending.areAllTold };
}

async function main(options: Options): Promise<void> {
  buildNative(['udp_echo', 'rtp_load']);
  const shape = shapeOf(options.shapeName);
  const { coding, suite, ownSockets, mediaHost, seconds, warmUpSeconds, stormPerSecond, stormOver } = options;
  const run: RunOptions = {
    shape,
    coding,
    suite,
    ownSockets,
    mediaHost,
    seconds,
    warmUpSeconds,
    stormPerSecond,
    stormOver,
    recordings: await recordings(),
  };
  if (options.task === 'smoke') {
    process.exitCode = (await smoke(run)) ? 0 : 1;
    return;
  }
  const title = `${shape.title}: ${coding.toUpperCase()}${suite === null ? '' : `, ${suite}`}`;
  say(`${title}, ${options.legs} legs, ${seconds} s; ${machineLine}`);
  const measures = { measure: measureRounds, 'find-limit': measureLimit, cycles: measureEnding };
  const kept = await measures[options.task](options, run);
  const name = `${options.out}/load-${options.shapeName}${options.task === 'measure' ? '' : `-${options.task}`}`;
  mkdirSync(options.out, { recursive: true });
  const { results, figures } = kept;
  writeFileSync(`${name}.json`, `${JSON.stringify({ machine, options, figures, results }, null, 2)}\n`);
  writeFileSync(`${name}.svg`, svgText(barPicture(title, kept.unit, kept.bars)));
  say(`${name}.json, ${name}.svg`);
  if (!kept.isGood) process.exitCode = 1;
  if (options.compare !== null && !sayComparison(options.compare, figures, options.noise)) process.exitCode = 1;
  if (options.saveBaseline !== null) saveBaseline(options.saveBaseline, machine, figures);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) say(help);
  else await main(options);
} catch (error) {
  if (error instanceof BadOption) {
    process.stderr.write(`${error.message}\n\n${help}`);
    process.exitCode = 2;
  } else if (error instanceof Refused) {
    say(`NOT held: the daemon takes no more: ${error.message}`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}

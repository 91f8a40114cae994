/**
 * One account floods gRPC, REST, documents and callbacks at ten times its limits, from a process of its own; another
 * has parties that talk in rooms of three, and others that join at a modest rate. How long those joins take and how
 * late the engine's ticks are is told in turns of one run: where the flood goes to the daemon, and where the same flood
 * goes to a process that stands in its place. docs/benchmarks.md
 *
 *   tsx bench/flood/main.ts [--limit 100] [--times 10] [--joins 30] [--legs 30] [--seconds 6] [--rounds 10] [--alone]
 *       [--smoke]
 *
 * `--limit`: requests a second that each account may make. `--alone`: quiet turns have no flood at all. Of fewer than
 * 2,000 joins each way the 99th percentile says little; what it is in each round is told, too. Needs `make build`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Account } from '../load/account.js';
import { heardShare } from '../load/generator.js';
import { machine, machineLine, say } from '../load/report.js';
import { median, quantile } from '../support/quantile.js';
import type { Attacked } from './attack.js';
import { type FloodOptions, type Turn, type Turns, takeTurns } from './turns.js';

/** What the flood may change: the 99th percentile of joins by a fifth, ticks not by a bucket. */
const slowerMax = 0.2;
/** Share of the frames that must be heard: the machine stops for a moment now and then. */
const heardShareMin = 0.9;

const latencies = (turns: readonly Turn[]): readonly number[] => turns.flatMap(({ tookMs }) => tookMs);
/** Of a turn in the middle: one in which the machine stood still says nothing of the flood. */
const typical = (turns: readonly Turn[], of: (account: Account) => number): number =>
  median(turns.map(({ account }) => of(account)));
const areHeard = ({ quiet, flooded }: Turns): boolean =>
  [...quiet, ...flooded].every(({ judgement, failed }) => heardShare(judgement) >= heardShareMin && failed === 0);
const p99Ms = (turns: readonly Turn[]): number => quantile(latencies(turns), 0.99);

const slowerBy = ({ quiet, flooded }: Turns): number => p99Ms(flooded) / p99Ms(quiet) - 1;
/** As `slowerBy`, of all rounds but one, for each of them: whether one alone has made it so. */
const slowerWithoutOne = ({ quiet, flooded }: Turns): readonly number[] =>
  quiet.map((_, left) => {
    const others = (_turn: Turn, round: number): boolean => round !== left;
    return slowerBy({ quiet: quiet.filter(others), flooded: flooded.filter(others) });
  });

const byRound = (turns: readonly Turn[]): readonly string[] => turns.map((turn) => p99Ms([turn]).toFixed(1));

function sayTurns(name: string, turns: readonly Turn[]): void {
  const all = latencies(turns);
  const at = (share: number): string => quantile(all, share).toFixed(1);
  const late = (of: (account: Account) => number): string => typical(turns, of).toFixed(2);
  const heard = Math.min(...turns.map(({ judgement }) => heardShare(judgement)));
  const control = turns.map(({ account: { cpuSeconds, engineCpuSeconds, seconds } }) =>
    Math.round((100 * (cpuSeconds - engineCpuSeconds)) / seconds),
  );
  say(
    `  ${name.padEnd(9)} joins ${all.length}: 50 % within ${at(0.5)} ms, 99 % ${at(0.99)}, all ${at(1)};` +
      ` ticks late 50 % below ${late((account) => account.tickLateMsP50)} ms,` +
      ` 99 % ${late((account) => account.tickLateMsP99)}, 99.9 % ${late((account) => account.tickLateMsP999)};` +
      ` heard at least ${(100 * heard).toFixed(2)} %; CPU beside the engine ${control.join(', ')} % of a core`,
  );
  if (turns.length > 1) say(`            99 % of joins by round, in ms: ${byRound(turns).join(', ')}`);
  sayFlood(turns.flatMap(({ attacked }) => attacked ?? []));
}

function sayFlood(floods: readonly Attacked[]): void {
  if (floods.length === 0) return;
  const [seconds, due] = (['seconds', 'due'] as const).map((of) => floods.reduce((sum, flood) => sum + flood[of], 0));
  for (const face of ['grpc', 'rest'] as const) {
    const counts = summed(floods.map((flood) => flood[face]));
    // Those that were not even sent had no place beside the ones that wait for an answer.
    const { unsent = 0, ...answered } = counts;
    const all = Object.values(answered).reduce((sum, count) => sum + count, 0);
    const perSecond = [all, due].map((count) => Math.round((count ?? 0) / (seconds ?? 1)));
    say(`            answered a second over ${face}: ${perSecond.join(' of ')} due; ${JSON.stringify(counts)}`);
  }
  const cpu = floods.map((flood) => Math.round((100 * flood.cpuSeconds) / flood.seconds));
  say(`            CPU of the flood itself ${cpu.join(', ')} % of a core`);
}

function summed(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [what, count] of all.flatMap(Object.entries)) sums[what] = (sums[what] ?? 0) + count;
  return sums;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      limit: { type: 'string', default: '100' },
      times: { type: 'string', default: '10' },
      joins: { type: 'string', default: '30' },
      legs: { type: 'string', default: '30' },
      seconds: { type: 'string', default: '6' },
      rounds: { type: 'string', default: '10' },
      alone: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
    },
  });
  const [legs, seconds, rounds] = values.smoke ? [6, 2, 1] : [values.legs, values.seconds, values.rounds].map(Number);
  const options: FloodOptions = {
    ...{ limit: Number(values.limit), times: Number(values.times), joins: Number(values.joins) },
    ...{ legs: legs ?? 6, seconds: seconds ?? 2, rounds: rounds ?? 1, alone: values.alone },
  };
  say(`${machineLine}\n${JSON.stringify(options)}`);
  let round = 0;
  const result = await takeTurns(options, ({ quiet, flooded }) => {
    round += 1;
    say(`round ${round}`);
    sayTurns('quiet', quiet);
    sayTurns('flooded', flooded);
  });
  const slower = slowerBy(result);
  const laterTicks = (['tickLateMsP50', 'tickLateMsP99'] as const).filter(
    (at) => typical(result.flooded, (account) => account[at]) > typical(result.quiet, (account) => account[at]),
  );
  const isHeard = areHeard(result);
  say('all rounds');
  sayTurns('quiet', result.quiet);
  sayTurns('flooded', result.flooded);
  const holds = (isSo: boolean): string => (isSo ? 'holds' : values.smoke ? 'not judged' : 'MISSED');
  say(`${isHeard ? 'holds' : 'BROKEN'} everybody hears what they must, and no join fails`);
  const withoutOne = slowerWithoutOne(result);
  const [percent, least, most] = [slower, Math.min(...withoutOne), Math.max(...withoutOne)].map((share) =>
    (100 * share).toFixed(0),
  );
  const spread = `${least} to ${most} without any one round`;
  say(`${holds(slower < slowerMax)} 99 % of joins within ${percent} % more time (${spread}); goal ${100 * slowerMax}`);
  say(`${holds(laterTicks.length === 0)} ticks are not later ${laterTicks.join(', ')}`);
  if (!isHeard || (!values.smoke && (slower >= slowerMax || laterTicks.length > 0))) process.exitCode = 1;
  if (values.smoke) return;
  mkdirSync('bench-out', { recursive: true });
  writeFileSync('bench-out/flood.json', `${JSON.stringify({ machine, options, slower, ...result }, null, 2)}\n`);
}

await main();
// Whatever is still to be closed must not keep the machine from the next.
process.exit();

/**
 * One account floods gRPC, REST, documents and callbacks at ten times its limits, from a process of its own; another
 * has parties that talk in rooms of three, and others that join at a modest rate. How long those joins take and how
 * late the engine's ticks are is told with the flood and without, in turns, in one run. docs/benchmarks.md
 *
 *   tsx bench/flood/main.ts [--limit 100] [--times 10] [--joins 30] [--legs 30] [--seconds 10] [--rounds 7] [--smoke]
 *
 * `--limit`: requests a second that each account may make. Of fewer than 2,000 joins each way the 99th percentile says
 * little; what it is in each round is told, too. Needs `make build`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { type Account, accountOf, read } from '../load/account.js';
import type { Judgement } from '../load/generator.js';
import { rightShare } from '../load/generator.js';
import { machine, machineLine, say } from '../load/report.js';
import { LoadRun } from '../load/run.js';
import { legsOf, shapes } from '../load/shapes.js';
import { buildNative } from '../support/native-build.js';
import { quantile } from '../support/quantile.js';
import type { Attack, Attacked } from './attack.js';
import { joins } from './joins.js';

const greedy = {
  sid: '00000000-0000-4000-8000-00000000000a',
  name: 'greedy',
  tokens: ['a-token-of-the-greedy-account'],
  signingKeys: ['a-key'],
  participantsMax: 50,
  documentsPerSecond: 2,
  callbacksPerSecond: 5,
};
const modest = {
  sid: '00000000-0000-4000-8000-00000000000b',
  name: 'modest',
  tokens: ['a-token-of-the-modest-account'],
  signingKeys: ['another-key'],
};
const [greedyToken = ''] = greedy.tokens;
const [modestToken = ''] = modest.tokens;

/** What the flood may change: the 99th percentile of joins by a fifth, ticks not by a bucket. */
const slowerMax = 0.2;
/** Share of the frames that must be right: the machine stops for a moment now and then. */
const rightShareMin = 0.9;

type Stretch = {
  readonly tookMs: readonly number[];
  readonly failed: number;
  readonly account: Account;
  readonly judgement: Judgement;
  readonly attacked: Attacked | null;
};

export type FloodOptions = {
  readonly limit: number;
  readonly times: number;
  readonly joins: number;
  readonly legs: number;
  readonly seconds: number;
  readonly rounds: number;
};

async function said<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a process of the bench has ended')));
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

const start = (name: string): ChildProcess =>
  fork(fileURLToPath(new URL(name, import.meta.url)), [], { execArgv: ['--import', 'tsx'] });

export type Flooded = { readonly quiet: readonly Stretch[]; readonly flooded: readonly Stretch[] };

export async function flood(options: FloodOptions, onRound: (round: Flooded) => void): Promise<Flooded> {
  buildNative(['rtp_load']);
  const legs = legsOf(shapes.tones, options.legs);
  const daemon = await startDaemon({
    PARLEY_LOG_LEVEL: 'error',
    PARLEY_SHARDS: '1',
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
    PARLEY_API_REQUESTS_PER_SECOND: String(options.limit),
    PARLEY_ACCOUNTS: JSON.stringify([greedy, modest]),
  });
  const [web, attacker] = [start('web.ts'), start('attack.ts')];
  const target = { ...daemon, token: modestToken, stop: async () => {} };
  const run = await LoadRun.open(target, legs, {
    ...{ shape: shapes.tones, coding: 'pcmu', suite: null, mediaHost: '127.0.0.1', recordings: [] },
    ...{ warmUpSeconds: 1, seconds: options.seconds, stormPerSecond: 0 },
  });
  const client = new ApiClient(daemon.grpcAddress, modestToken);
  const flooding = async (): Promise<() => Promise<Attacked>> => {
    const told = said<Attacked>(attacker);
    attacker.send('begin');
    return () => {
      attacker.send('end');
      return told;
    };
  };
  const stretch = async (isFlooded: boolean): Promise<Stretch> => {
    const end = isFlooded ? await flooding() : null;
    // Bursts are used up, and what the flood leaves behind is gone.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const before = await read(daemon.httpUrl);
    const [{ tookMs, failed }, { judgement }] = await Promise.all([
      joins(client, options.joins, options.seconds + 1),
      run.measure(),
    ]);
    const account = accountOf(before, await read(daemon.httpUrl));
    return { tookMs, failed, account, judgement, attacked: end === null ? null : await end() };
  };
  try {
    const attack: Attack = {
      ...{ grpcAddress: daemon.grpcAddress, restOrigin: `http://${daemon.restAddress}`, accountSid: greedy.sid },
      ...{ token: greedyToken, perSecond: options.limit * options.times, web: await said<string>(web) },
    };
    const ready = said(attacker);
    attacker.send(attack);
    await ready;
    await run.reach(legs);
    // A process that has just begun compiles what it runs.
    await joins(client, options.joins, Math.min(3, options.seconds));
    const all: { readonly quiet: Stretch[]; readonly flooded: Stretch[] } = { quiet: [], flooded: [] };
    for (let round = 0; round < options.rounds; round += 1) {
      const [quiet, flooded] = [await stretch(false), await stretch(true)];
      all.quiet.push(quiet);
      all.flooded.push(flooded);
      onRound({ quiet: [quiet], flooded: [flooded] });
    }
    return all;
  } finally {
    client.close();
    run.close();
    for (const child of [web, attacker]) child.kill();
    await daemon.stop();
  }
}

const latencies = (stretches: readonly Stretch[]): readonly number[] => stretches.flatMap(({ tookMs }) => tookMs);
const worst = (stretches: readonly Stretch[], of: (account: Account) => number): number =>
  Math.max(...stretches.map(({ account }) => of(account)));
export const areHeard = ({ quiet, flooded }: Flooded): boolean =>
  [...quiet, ...flooded].every(({ judgement, failed }) => rightShare(judgement) >= rightShareMin && failed === 0);
export const p99Ms = (stretches: readonly Stretch[]): number => quantile(latencies(stretches), 0.99);

const byRound = (stretches: readonly Stretch[]): readonly string[] =>
  stretches.map((stretch) => p99Ms([stretch]).toFixed(1));

function sayStretches(name: string, stretches: readonly Stretch[]): void {
  const all = latencies(stretches);
  const at = (share: number): string => quantile(all, share).toFixed(1);
  const late = (of: (account: Account) => number): string => worst(stretches, of).toFixed(2);
  const right = Math.min(...stretches.map(({ judgement }) => rightShare(judgement)));
  const control = stretches.map(({ account: { cpuSeconds, engineCpuSeconds, seconds } }) =>
    Math.round((100 * (cpuSeconds - engineCpuSeconds)) / seconds),
  );
  say(
    `  ${name.padEnd(9)} joins ${all.length}: 50 % within ${at(0.5)} ms, 99 % ${at(0.99)}, all ${at(1)};` +
      ` ticks late 50 % below ${late((account) => account.tickLateMsP50)} ms,` +
      ` 99 % ${late((account) => account.tickLateMsP99)}, 99.9 % ${late((account) => account.tickLateMsP999)};` +
      ` heard rightly ${(100 * right).toFixed(2)} %; CPU beside the engine ${control.join(', ')} % of a core`,
  );
  if (stretches.length > 1) say(`            99 % of joins by round, in ms: ${byRound(stretches).join(', ')}`);
  for (const { attacked } of stretches) {
    if (attacked === null) continue;
    const { seconds, cpuSeconds, grpc, rest } = attacked;
    // Those that were not even sent had no place beside the ones that wait for an answer.
    const perSecond = (counts: Readonly<Record<string, number>>): string => {
      const asked = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return `${Math.round((asked - (counts.unsent ?? 0)) / seconds)} of ${Math.round(asked / seconds)}`;
    };
    say(`            answered a second, of those due: gRPC ${perSecond(grpc)}, REST ${perSecond(rest)}`);
    say(
      `            flood of ${seconds.toFixed(0)} s: gRPC ${JSON.stringify(grpc)}, REST ${JSON.stringify(rest)};` +
        ` its own CPU ${((100 * cpuSeconds) / seconds).toFixed(0)} % of a core`,
    );
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      limit: { type: 'string', default: '100' },
      times: { type: 'string', default: '10' },
      joins: { type: 'string', default: '30' },
      legs: { type: 'string', default: '30' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '7' },
      smoke: { type: 'boolean', default: false },
    },
  });
  const [legs, seconds, rounds] = values.smoke ? [6, 2, 1] : [values.legs, values.seconds, values.rounds].map(Number);
  const options: FloodOptions = {
    ...{ limit: Number(values.limit), times: Number(values.times), joins: Number(values.joins) },
    ...{ legs: legs ?? 6, seconds: seconds ?? 2, rounds: rounds ?? 1 },
  };
  say(`${machineLine}\n${JSON.stringify(options)}`);
  let round = 0;
  const result = await flood(options, ({ quiet, flooded }) => {
    round += 1;
    say(`round ${round}`);
    sayStretches('quiet', quiet);
    sayStretches('flooded', flooded);
  });
  const slower = p99Ms(result.flooded) / p99Ms(result.quiet) - 1;
  const laterTicks = (['tickLateMsP50', 'tickLateMsP99'] as const).filter(
    (at) => worst(result.flooded, (account) => account[at]) > worst(result.quiet, (account) => account[at]),
  );
  const isHeard = areHeard(result);
  say('all rounds');
  sayStretches('quiet', result.quiet);
  sayStretches('flooded', result.flooded);
  const holds = (isSo: boolean): string => (isSo ? 'holds' : values.smoke ? 'not judged' : 'MISSED');
  say(`${isHeard ? 'holds' : 'BROKEN'} everybody hears what they must, and no join fails`);
  const [percent, goal] = [(100 * slower).toFixed(0), 100 * slowerMax];
  say(`${holds(slower < slowerMax)} 99 % of joins within ${percent} % more time; goal ${goal}`);
  say(`${holds(laterTicks.length === 0)} ticks are not later ${laterTicks.join(', ')}`);
  if (!isHeard || (!values.smoke && (slower >= slowerMax || laterTicks.length > 0))) process.exitCode = 1;
  if (values.smoke) return;
  mkdirSync('bench-out', { recursive: true });
  writeFileSync('bench-out/flood.json', `${JSON.stringify({ machine, options, slower, ...result }, null, 2)}\n`);
}

await main();
// Whatever is still to be closed must not keep the machine from the next.
process.exit();

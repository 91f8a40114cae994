/**
 * A daemon with two accounts. One has parties that talk in rooms of three, and others that join at a modest rate; the
 * other floods, from a process of its own: in turns the daemon, and a process that stands in its place.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { type Account, accountOf, read } from '../load/account.js';
import type { Judgement } from '../load/generator.js';
import { LoadRun } from '../load/run.js';
import { legsOf, shapes } from '../load/shapes.js';
import { buildNative } from '../support/native-build.js';
import type { Attack, Attacked, Target } from './attack.js';
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

/** Bursts are used up then, and what the flood before has left is gone. */
const settleMs = 3000;

export type Turn = {
  readonly tookMs: readonly number[];
  readonly failed: number;
  readonly account: Account;
  readonly judgement: Judgement;
  /** Null: nobody was flooded. */
  readonly attacked: Attacked | null;
};

/** In the order in which they were. */
export type Turns = { readonly quiet: readonly Turn[]; readonly flooded: readonly Turn[] };

export type FloodOptions = {
  /** Requests a second that each account may make, and how many times that the flood has. */
  readonly limit: number;
  readonly times: number;
  readonly joins: number;
  readonly legs: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Nobody is flooded in the quiet turns. */
  readonly alone: boolean;
};

async function said<T>(child: ChildProcess): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  const ended = once(child, 'exit', { signal }).then(() =>
    Promise.reject(new Error('a process of the bench has ended')),
  );
  const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
  settled.abort();
  return message;
}

/** All its threads have what is left of the machine: what it takes is not what is asked about. */
const start = (name: string, args: readonly string[] = []): ChildProcess =>
  fork(fileURLToPath(new URL(name, import.meta.url)), args, {
    execPath: 'chrt',
    execArgv: ['--idle', '0', process.execPath, '--import', 'tsx'],
  });

export async function takeTurns(options: FloodOptions, onRound: (round: Turns) => void): Promise<Turns> {
  buildNative(['rtp_load']);
  const legs = legsOf(shapes.tones, options.legs);
  const daemon = await startDaemon({
    PARLEY_LOG_LEVEL: 'error',
    PARLEY_SHARDS: '1',
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
    PARLEY_API_REQUESTS_PER_SECOND: String(options.limit),
    PARLEY_ACCOUNTS: JSON.stringify([greedy, modest]),
  });
  const children = [start('web.ts'), start('stand-in.ts', [String(options.limit)]), start('attack.ts')] as const;
  const [web, standIn, attacker] = children;
  const target = { ...daemon, token: modestToken, stop: async () => {} };
  const run = await LoadRun.open(target, legs, {
    ...{ shape: shapes.tones, coding: 'pcmu', suite: null, mediaHost: '127.0.0.1', recordings: [] },
    ...{ warmUpSeconds: 1, seconds: options.seconds, stormPerSecond: 0 },
  });
  const client = new ApiClient(daemon.grpcAddress, modestToken);
  try {
    const [webOrigin, other] = await Promise.all([said<string>(web), said<Target>(standIn)]);
    const here = { grpcAddress: daemon.grpcAddress, restOrigin: `http://${daemon.restAddress}` };
    const attack: Omit<Attack, keyof Target> = {
      ...{ accountSid: greedy.sid, token: greedyToken, perSecond: options.limit * options.times, web: webOrigin },
    };
    const beside = async <T>(flooded: Target | null, measure: () => Promise<T>): Promise<[T, Attacked | null]> => {
      if (flooded !== null) attacker.send({ ...attack, ...flooded });
      await sleep(settleMs);
      const measured = await measure();
      if (flooded === null) return [measured, null];
      const told = said<Attacked>(attacker);
      attacker.send('end');
      return [measured, await told];
    };
    const turn = async (flooded: Target | null): Promise<Turn> => {
      const [measured, attacked] = await beside(flooded, async () => {
        const before = await read(daemon.httpUrl);
        const [joined, { judgement }] = await Promise.all([
          joins(client, options.joins, options.seconds + 1),
          run.measure(),
        ]);
        return { ...joined, judgement, account: accountOf(before, await read(daemon.httpUrl)) };
      });
      return { ...measured, attacked };
    };
    const quiet = options.alone ? null : other;
    await run.reach(legs);
    // Processes that have just begun compile what they run.
    for (const flooded of [other, here]) await beside(flooded, () => joins(client, options.joins, 2));
    const turns: { readonly quiet: Turn[]; readonly flooded: Turn[] } = { quiet: [], flooded: [] };
    for (let round = 0; round < options.rounds; round += 1) {
      // Each is as often the first, so that neither has the better part of a machine that changes.
      const order = round % 2 === 0 ? (['quiet', 'flooded'] as const) : (['flooded', 'quiet'] as const);
      for (const kind of order) turns[kind].push(await turn(kind === 'quiet' ? quiet : here));
      onRound({ quiet: turns.quiet.slice(-1), flooded: turns.flooded.slice(-1) });
    }
    return turns;
  } finally {
    client.close();
    run.close();
    for (const child of children) child.kill();
    await daemon.stop();
  }
}

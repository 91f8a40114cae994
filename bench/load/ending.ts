/** The end of a large conference, over and over: how long until all are gone and told of, and what memory is left. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { read } from './account.js';
import { say } from './report.js';
import { LoadRun, type RunOptions } from './run.js';
import type { Target } from './target.js';

const self = fileURLToPath(import.meta.url);
const pollMs = 20;
const givenUpMs = 60_000;
/** Before a conference is ended. */
const restMs = 1000;
/** The daemon collects when nobody has been there for 7.5 to 10 s, and gives pages back 2.5 s later. */
const settledMs = 13_000;

export type Cycle = {
  readonly joinsPerSecond: number;
  /**
   * From asking for the end: to the reply, before which all of the end is committed and so every callback is queued, to
   * the last leg gone, and to the last callback being delivered.
   */
  readonly repliedMs: number;
  readonly goneMs: number;
  readonly deliveredMs: number;
  readonly callbacks: number;
  readonly memory: Memory;
};

/** In bytes: of the whole process, and what JavaScript uses of it. */
export type Memory = { readonly resident: number; readonly heapUsed: number };

export type Ending = {
  readonly legs: number;
  readonly cycles: readonly Cycle[];
  /** Of the daemon that has had no call yet. */
  readonly memoryBefore: Memory;
  /** Memory after the last cycle against that after the first, 0.02 for 2 % more; and against that before any. */
  readonly residentGrowth: number;
  readonly residentGrowthInAll: number;
  readonly heapGrowth: number;
  readonly areAllTold: boolean;
};

/** A receiver of callbacks in a process of its own: counts what comes, and says when it has stopped coming. */
async function serve(): Promise<void> {
  let [count, lastMs] = [0, 0];
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      count += 1;
      lastMs = Date.now();
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.on('message', () => process.send?.({ count, lastMs }));
  process.send?.((server.address() as AddressInfo).port);
}

export async function endAgainAndAgain(
  target: Target,
  legs: number,
  cycles: number,
  options: RunOptions,
): Promise<Ending> {
  const receiver = fork(self, ['--serve'], { execArgv: ['--import', 'tsx'] });
  try {
    const [port] = (await once(receiver, 'message')) as [number];
    const told = async (): Promise<{ readonly count: number; readonly lastMs: number }> => {
      receiver.send('how many?');
      const [answer] = (await once(receiver, 'message')) as [{ readonly count: number; readonly lastMs: number }];
      return answer;
    };
    const statusCallback = `http://127.0.0.1:${port}/status`;
    const run = await LoadRun.open(target, legs, { ...options, statusCallback });
    const memoryBefore = await memoryOf(target);
    say(`  before any: ${memoryText(memoryBefore)}`);
    const done: Cycle[] = [];
    try {
      for (let number = 1; number <= cycles; number += 1) {
        const ended = await endOnce(run, legs, told);
        await sleep(settledMs);
        const cycle = { ...ended, memory: await memoryOf(target) };
        done.push(cycle);
        sayCycle(number, cycle);
      }
    } finally {
      run.close();
    }
    const [first = memoryBefore, last = memoryBefore] = [done[0]?.memory, done.at(-1)?.memory];
    // Of each party its join and its leave, and the conference's start and end.
    const expected = cycles * (2 * legs + 2);
    const areAllTold = (await told()).count === expected;
    return {
      legs,
      cycles: done,
      memoryBefore,
      residentGrowth: last.resident / first.resident - 1,
      residentGrowthInAll: last.resident / memoryBefore.resident - 1,
      heapGrowth: last.heapUsed / first.heapUsed - 1,
      areAllTold,
    };
  } finally {
    receiver.kill();
  }
}

async function memoryOf(target: Target): Promise<Memory> {
  const reading = await read(target.httpUrl);
  return {
    resident: reading.value('process_resident_memory_bytes'),
    heapUsed: reading.value('nodejs_heap_size_used_bytes'),
  };
}

async function endOnce(
  run: LoadRun,
  legs: number,
  told: () => Promise<{ readonly count: number; readonly lastMs: number }>,
): Promise<Omit<Cycle, 'memory'>> {
  const before = await told();
  const expected = before.count + 2 * legs + 2;
  const joinsPerSecond = await run.reach(legs);
  await sleep(restMs);
  const { client, calls } = run.callers;
  const conferenceSid = calls[0]?.conferenceSid ?? '';
  const startedMs = performance.now();
  const startedAtMs = Date.now();
  await client.call(ConferenceService.method.updateConference, {
    conferenceSid,
    update: { case: 'end', value: {} },
  });
  const repliedMs = performance.now() - startedMs;
  const waitFor = async (isSo: () => Promise<boolean>): Promise<number> => {
    while (!(await isSo()) && performance.now() - startedMs < givenUpMs) await sleep(pollMs);
    return performance.now() - startedMs;
  };
  const goneMs = await waitFor(async () => (await client.call(AdminService.method.getCapacity, {})).legs === 0);
  await waitFor(async () => (await told()).count >= expected);
  const after = await told();
  run.forgetAll();
  return {
    joinsPerSecond,
    repliedMs,
    goneMs,
    deliveredMs: after.lastMs - startedAtMs,
    callbacks: after.count - before.count,
  };
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const memoryText = ({ resident, heapUsed }: Memory): string =>
  `RSS ${mebibytes(resident)}, heap ${mebibytes(heapUsed)} of it`;

function sayCycle(number: number, cycle: Cycle): void {
  const { joinsPerSecond, repliedMs, goneMs, callbacks, deliveredMs, memory } = cycle;
  say(
    `  cycle ${number}: ${joinsPerSecond.toFixed(0)} joins a second; end: reply ${repliedMs.toFixed(0)} ms,` +
      ` last leg gone ${goneMs.toFixed(0)} ms, last of ${callbacks} callbacks delivered ${deliveredMs.toFixed(0)} ms;` +
      ` ${memoryText(memory)}`,
  );
}

if (process.argv[1] === self && process.argv.includes('--serve')) await serve();

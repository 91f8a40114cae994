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
/** Between cycles, and before a conference is ended. */
const restMs = 3000;
/** The collector gives memory back when nothing happens any more: looked at until it has not fallen for a while. */
const memoryLookMs = 2000;
const memoryLooks = { still: 6, max: 30 } as const;

export type Cycle = {
  readonly joinsPerSecond: number;
  /** From asking for the end: to the reply, to the last leg gone, to the last callback being queued and delivered. */
  readonly repliedMs: number;
  readonly goneMs: number;
  readonly deliveredMs: number;
  readonly callbacks: number;
  /** Once it has settled after the first cycle and after the last; null between. */
  readonly memory: Memory | null;
};

/** In bytes: of the whole process, and what JavaScript uses of it. */
export type Memory = { readonly resident: number; readonly heapUsed: number };

export type Ending = {
  readonly legs: number;
  readonly cycles: readonly Cycle[];
  /** Memory after the last cycle against that after the first, 0.02 for 2 % more. */
  readonly residentGrowth: number;
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
    const done: Cycle[] = [];
    try {
      for (let cycle = 1; cycle <= cycles; cycle += 1) {
        const ended = await endOnce(run, legs, told);
        const memory = cycle === 1 || cycle === cycles ? await settledMemory(target) : null;
        done.push({ ...ended, memory });
        sayCycle(cycle, done[cycle - 1]);
      }
    } finally {
      run.close();
    }
    const [first, last] = [done[0]?.memory, done.at(-1)?.memory];
    const growth = (of: (memory: Memory) => number): number => (first && last ? of(last) / of(first) - 1 : Number.NaN);
    // Of each party its join and its leave, and the conference's start and end.
    const expected = cycles * (2 * legs + 2);
    const areAllTold = (await told()).count === expected;
    return {
      legs,
      cycles: done,
      residentGrowth: growth(({ resident }) => resident),
      heapGrowth: growth(({ heapUsed }) => heapUsed),
      areAllTold,
    };
  } finally {
    receiver.kill();
  }
}

async function settledMemory(target: Target): Promise<Memory> {
  const look = async (): Promise<Memory> => {
    const reading = await read(target.httpUrl);
    return {
      resident: reading.value('process_resident_memory_bytes'),
      heapUsed: reading.value('nodejs_heap_size_used_bytes'),
    };
  };
  let least = await look();
  for (let [looks, still] = [0, 0]; looks < memoryLooks.max && still < memoryLooks.still; looks += 1) {
    await sleep(memoryLookMs);
    const now = await look();
    still = now.resident < least.resident ? 0 : still + 1;
    if (now.resident < least.resident) least = now;
  }
  return least;
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
  await sleep(restMs);
  return {
    joinsPerSecond,
    repliedMs,
    goneMs,
    deliveredMs: after.lastMs - startedAtMs,
    callbacks: after.count - before.count,
  };
}

function sayCycle(number: number, cycle: Cycle | undefined): void {
  if (cycle === undefined) return;
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const memory =
    cycle.memory === null
      ? ''
      : `; RSS ${mebibytes(cycle.memory.resident)}, heap ${mebibytes(cycle.memory.heapUsed)} of it`;
  say(
    `  cycle ${number}: ${cycle.joinsPerSecond.toFixed(0)} joins a second;` +
      ` end: reply ${cycle.repliedMs.toFixed(0)} ms,` +
      ` last leg gone ${cycle.goneMs.toFixed(0)} ms, last of ${cycle.callbacks} callbacks delivered` +
      ` ${cycle.deliveredMs.toFixed(0)} ms${memory}`,
  );
}

if (process.argv[1] === self && process.argv.includes('--serve')) await serve();

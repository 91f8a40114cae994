/**
 * Mute toggles over REST a second: clients on kept connections, in a process of their own, mute and unmute one
 * participant each, and look that every answer says so. Each toggle is authenticated, decided, committed to the disk,
 * told to the engine and audited. Calls say tones in PCMU in rooms of three meanwhile; how late the engine's ticks are
 * is told with the load and without. Beside it, in turns, the same clients ask a server that does nothing but answer.
 *
 *   tsx bench/rest.ts [--connections 64] [--seconds 10] [--rounds 3] [--legs 30] [--memory]
 *
 * `--memory`: the daemon keeps nothing on disk. Needs `make build`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { ApiClient } from '../src/client/api-client.js';
import { developmentAccount } from '../src/config/account.js';
import { MediaEncoding } from '../src/gen/parley/v1/call_pb.js';
import { CallService } from '../src/gen/parley/v1/call_service_pb.js';
import { quantile, spread } from './support/quantile.js';
import { type Lateness, openToneRooms } from './tone-rooms.js';

const self = fileURLToPath(import.meta.url);
const authorization = `Basic ${Buffer.from(`${developmentAccount.sid}:none`).toString('base64')}`;
/** Of the participants that are toggled. */
const roomSize = 4;

type Work = { readonly origin: string; readonly paths: readonly string[]; readonly ms: number };
type Done = {
  readonly toggles: number;
  readonly wrong: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly seconds: number;
};

/** The other process: one client a path, until the time is over. */
async function toggle({ origin, paths, ms }: Work): Promise<Done> {
  const pool = new Pool(origin, { connections: paths.length, pipelining: 1 });
  const tookMs: number[] = [];
  let wrong = 0;
  const startedMs = performance.now();
  const client = async (path: string): Promise<void> => {
    for (let muted = true; performance.now() - startedMs < ms; muted = !muted) {
      const askedMs = performance.now();
      const { statusCode, body } = await pool.request({
        ...{ path, method: 'POST', body: `Muted=${muted}` },
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      });
      const text = await body.text();
      tookMs.push(performance.now() - askedMs);
      if (statusCode !== 200 || !text.includes(`"muted":${muted}`)) wrong += 1;
    }
  };
  await Promise.all(paths.map(client));
  const seconds = (performance.now() - startedMs) / 1000;
  await pool.close();
  return { toggles: tookMs.length, wrong, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99), seconds };
}

/** Another process: answers as the daemon does, by the length of its answer, and does nothing. */
async function answerOnly(): Promise<void> {
  const answers = new Map(
    [true, false].map((muted) => [
      `Muted=${muted}`,
      JSON.stringify({ muted, call_sid: 'x'.repeat(36), rest: 'x'.repeat(900) }),
    ]),
  );
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(answers.get(body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

/** Calls whose media nobody attaches: they are there to be muted. */
async function targets(grpc: string, count: number): Promise<readonly string[]> {
  const client = new ApiClient(grpc, null);
  const media = { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 8000 } } as const;
  const paths: string[] = [];
  for (let target = 0; target < count; target += 1) {
    const conference = { roomName: `toggled ${Math.floor(target / roomSize)}`, waitUrl: '' };
    const { callSid, conferenceSid } = await client.call(CallService.method.dial, {
      instruction: { case: 'dial', value: { conference } },
      media,
    });
    const account = `/2010-04-01/Accounts/${developmentAccount.sid}`;
    paths.push(`${account}/Conferences/${conferenceSid}/Participants/${callSid}.json`);
  }
  client.close();
  return paths;
}

/** What it says next; rejects when it ends before. */
async function said<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('a process of the bench has ended')));
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

const ofLateness = ({ p50Us, p99Us, p999Us, overrun }: Lateness): string =>
  `ticks late: 50 % below ${p50Us} us, 99 % below ${p99Us}, 99.9 % below ${p999Us}, ${overrun} overrun`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '64' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '3' },
      legs: { type: 'string', default: '30' },
      memory: { type: 'boolean', default: false },
    },
  });
  const ms = Number(values.seconds) * 1000;
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const rooms = await openToneRooms(Number(values.legs), {
    PARLEY_DATA_DIR: values.memory ? 'memory' : folder,
    PARLEY_API_REQUESTS_PER_SECOND: '0',
  });
  const bare = fork(self, ['--answer'], { execArgv: ['--import', 'tsx'] });
  const barePort = await said<number>(bare);
  const paths = await targets(rooms.addresses.grpc, Number(values.connections));
  const clients = fork(self, ['--toggle'], { execArgv: ['--import', 'tsx'] });
  const run = async (origin: string, forMs: number): Promise<Done> => {
    clients.send({ origin, paths, ms: forMs } satisfies Work);
    return said<Done>(clients);
  };
  const [parley, baseline] = [`http://${rooms.addresses.rest}`, `http://127.0.0.1:${barePort}`];
  // A process that has just begun compiles what it runs.
  for (const origin of [parley, baseline]) await run(origin, Math.min(4000, ms));
  const rates: number[] = [];
  const ratios: number[] = [];
  const say = (line: string): void => console.info(line);
  try {
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      const quiet = await rooms.during(() => new Promise((resolve) => setTimeout(resolve, ms / 2)));
      const nothing = await run(baseline, ms);
      let done: Done | null = null;
      const busy = await rooms.during(async () => {
        done = await run(parley, ms);
      });
      const { toggles, wrong, p50Ms, p99Ms, seconds } = done ?? nothing;
      rates.push(toggles / seconds);
      ratios.push(toggles / seconds / (nothing.toggles / nothing.seconds));
      say(
        `round ${round}: ${(toggles / seconds).toFixed(0)} toggles a second (${toggles}, ${wrong} wrong), ` +
          `50 % within ${p50Ms.toFixed(1)} ms, 99 % within ${p99Ms.toFixed(1)} ms; ` +
          `a server that only answers: ${(nothing.toggles / nothing.seconds).toFixed(0)}`,
      );
      say(`  with the load    ${ofLateness(busy)}, ${busy.concealed} frames concealed`);
      say(`  without          ${ofLateness(quiet)}`);
      if (wrong > 0) process.exitCode = 1;
    }
    say(`toggles a second ${spread(rates, 0)}; of a server that only answers ${spread(ratios)}`);
  } finally {
    for (const child of [bare, clients]) child.kill();
    await rooms.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--answer') {
  process.on('disconnect', () => process.exit(0));
  await answerOnly();
} else if (process.argv[2] === '--toggle') {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (work: Work) => process.send?.(await toggle(work)));
} else await main();

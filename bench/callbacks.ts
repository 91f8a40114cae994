/**
 * How fast committed callbacks reach their receivers: fifty of them, one of which is dead and one of which takes four
 * seconds for each answer. Store, dispatcher and client are the daemon's own; receivers are a process of their own.
 * Calls say tones in rooms of three meanwhile, on an engine of this process: how late its ticks are is told with the
 * load and without, in turns.
 *
 *   tsx bench/callbacks.ts [--rate 2500] [--seconds 10]     commits so many callbacks a second, each durable and signed
 *                          [--warm-up 4] [--rounds 1] [--legs 12]
 *   tsx bench/callbacks.ts --pending 1000000                how long a start takes over so many that wait
 *
 * What is committed during the warm-up is told of by itself: a process that has just begun compiles what it runs.
 *
 * Needs `make build`: the store runs in the daemon's compiled thread.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDatabase } from '../src/adapters/store/database.js';
import { openStore } from '../src/adapters/store/open-store.js';
import { StoreCore } from '../src/adapters/store/store-core.js';
import { systemClock as clock } from '../src/adapters/system/clock.js';
import { createLogger } from '../src/adapters/system/logger.js';
import { systemRandom as random } from '../src/adapters/system/random.js';
import { createEgressPolicy } from '../src/adapters/webhook/egress.js';
import { createWebhookClient } from '../src/adapters/webhook/webhook-client.js';
import { createDispatcher, dispatcherLimits } from '../src/app/delivery/dispatcher.js';
import { newSid } from '../src/base/sids.js';
import type { Callback } from '../src/callbacks/webhook.js';
import { absentConference } from '../src/conference/state.js';
import { accountSidOf, join as joinOf, traced } from '../test/support/callers.js';
import { conferenceAfter } from '../test/support/conference-script.js';
import { type Lateness, openToneRooms } from './tone-rooms.js';

const receiverCount = 50;
/** Of the fifty: the first is dead, the second slow. */
const [dead, slow] = [0, 1];
const slowMs = 4000;
const conferencesPerReceiver = 20;

const bounds = {
  journalEntriesMax: 10_000,
  completedConferencesMax: 10_000,
  leftParticipantsMax: 10_000,
  historyMs: 86_400_000,
  callbacksPerAccountMax: 10_000_000,
  deadLettersPerAccountMax: 10_000,
};
const account = accountSidOf('acc');
const self = fileURLToPath(import.meta.url);

/** The other process: answers 204 on as many ports as there are receivers, and says which. */
async function serve(): Promise<void> {
  const ports = await Promise.all(
    Array.from({ length: receiverCount }, async (_, index) => {
      const server = createServer((request, response) => {
        request.resume();
        setTimeout(() => response.writeHead(204).end(), index === slow ? slowMs : 0);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      if (index === dead) server.close();
      return port;
    }),
  );
  process.send?.(ports);
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

/** Of one stretch of the load: when each was taken after its commit, those of the two bad receivers left out. */
type Stretch = { readonly agesMs: number[]; committed: number };

type Plan = {
  readonly rate: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly legs: number;
};

async function deliver(folder: string, { rate, seconds, warmUpSeconds, rounds, legs }: Plan): Promise<void> {
  const child = fork(self, ['--serve'], { execArgv: ['--import', 'tsx'] });
  const [ports = []]: readonly number[][] = (await once(child, 'message')) as never;
  const rooms = await openToneRooms(legs);
  const store = await openStore({ folder, bounds, clock, logger: createLogger('error'), observer: () => {} });
  const egress = createEgressPolicy([{ network: '127.0.0.0', prefix: 8 }]);
  const webhooks = createWebhookClient({ clock, egress, signingKeysOf: () => ['PSK_bench'] });
  const isBad = new Set([dead, slow].map((index) => `http://127.0.0.1:${ports[index]}/status`));
  const stretches = new Map<string, Stretch>();
  const dispatcher = createDispatcher({
    outbox: store.outbox,
    webhooks,
    clock,
    random,
    limits: dispatcherLimits,
    horizonMsOf: () => 86_400_000,
    observer: ({ callback, ageMs, verdict }) => {
      const stretch = stretches.get(callback.parameters.get('Stretch') ?? '');
      if (verdict.kind === 'delivered' && !isBad.has(callback.target.url)) stretch?.agesMs.push(ageMs);
    },
  });
  dispatcher.start();

  const conferences = ports.flatMap((port) =>
    Array.from({ length: conferencesPerReceiver }, () => {
      const conferenceSid = newSid('conference', random);
      const { state } = conferenceAfter(joinOf('A', { newConferenceSid: conferenceSid }));
      return { url: `http://127.0.0.1:${port}/status`, conferenceSid, state, told: 0 };
    }),
  );
  let turn = 0;
  const commit = async (name: string, stretch: Stretch): Promise<void> => {
    const conference = conferences[turn % conferences.length];
    turn += 1;
    if (conference === undefined || conference.state.phase === 'absent') return;
    conference.told += 1;
    const { conferenceSid, url, state, told } = conference;
    if (!isBad.has(url)) stretch.committed += 1;
    const callback: Callback = {
      id: `${conferenceSid}-status-${told}`,
      accountSid: account,
      conferenceSid,
      target: { url, method: 'POST' },
      parameters: new Map([
        ['Stretch', name],
        ...Array.from({ length: 17 }, (_, index): [string, string] => [`Parameter${index}`, `value ${told}`]),
      ]),
    };
    const now = { ...state, updatedAtMs: clock.now() };
    await store.commit({
      accountSid: account,
      before: told === 1 ? absentConference : state,
      state: now,
      nextSequence: told + 1,
      events: [],
      trace: traced,
      callbacks: [callback],
    });
  };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** So many seconds of load, and until all of it has come to those who answer. */
  const load = async (name: string, lasting: number): Promise<void> => {
    const stretch: Stretch = { agesMs: [], committed: 0 };
    stretches.set(name, stretch);
    const startedMs = clock.monotonic();
    const elapsed = (): number => (clock.monotonic() - startedMs) / 1000;
    const commits: Promise<void>[] = [];
    while (commits.length < rate * lasting) {
      const due = Math.min(rate * lasting, Math.floor(elapsed() * rate));
      while (commits.length < due) commits.push(commit(name, stretch));
      await pause(5);
    }
    await Promise.all(commits);
    const { agesMs } = stretch;
    while (agesMs.length < stretch.committed && elapsed() < lasting + 60) await pause(20);
    const tookSeconds = elapsed();
    agesMs.sort((a, b) => a - b);
    const figures = [0.5, 0.99, 0.999].map((share) => `${quantile(agesMs, share)} ms`);
    process.stdout.write(
      `${name}: ${agesMs.length} of ${stretch.committed} to the ${receiverCount - 2} that answer, ` +
        `${Math.round(agesMs.length / tookSeconds)} a second; ` +
        `commit to delivery p50 ${figures[0]}, p99 ${figures[1]}, p99.9 ${figures[2]}; ` +
        `${store.outbox.depth()} wait for the dead one and the slow one\n`,
    );
  };

  await load('warm-up', warmUpSeconds);
  for (let round = 1; round <= rounds; round += 1) {
    tellLateness('ticks at rest', await rooms.during(() => pause(seconds * 1000)));
    tellLateness('ticks under load', await rooms.during(() => load(`round ${round}`, seconds)));
  }
  await dispatcher.stop(0);
  await webhooks.close();
  await store.close();
  await rooms.close();
  child.kill();
}

function tellLateness(name: string, lateness: Lateness): void {
  const { ticks, p50Us, p99Us, p999Us, overrun, caughtUp, concealed } = lateness;
  process.stdout.write(
    `${name}: ${ticks}, late by at most ${p50Us} us (half), ${p99Us} us (99 %), ${p999Us} us (99.9 %); ` +
      `${overrun} overrun, ${caughtUp} caught up, ${concealed} frames concealed\n`,
  );
}

/** One transaction for each thousand; ten to a conference, a hundred receivers. */
function fill(folder: string, pending: number): void {
  const core = new StoreCore(openDatabase(join(folder, 'parley.db')), bounds);
  const perConference = 10;
  for (let first = 0; first < pending; first += 1000) {
    core.execute(
      Array.from({ length: 1000 / perConference }, (_, index) => {
        const conference = newSid('conference', random);
        const number = first + index * perConference;
        return {
          kind: 'commit',
          input: {
            account,
            conference,
            isLive: false,
            atMs: clock.now(),
            nextSequence: perConference + 1,
            room: 'room',
            phase: 'completed',
            hasNewPhase: true,
            createdAtMs: clock.now(),
            state: '{}',
            changed: [],
            recordings: [],
            left: [],
            trace: '',
            events: [],
            callbacks: Array.from({ length: perConference }, (_, step) => ({
              id: `${conference}-status-${step + 1}`,
              line: conference,
              receiver: `https://receiver-${(number / perConference) % 100}.test`,
              data: JSON.stringify({
                id: `${conference}-status-${step + 1}`,
                accountSid: account,
                conferenceSid: conference,
                target: { url: 'https://receiver.test/status', method: 'POST' },
                parameters: Array.from({ length: 18 }, (_, each) => [`Parameter${each}`, `value ${step}`]),
              }),
            })),
          },
        };
      }),
    );
  }
  core.close();
}

async function start(folder: string, pending: number): Promise<void> {
  // In a process of its own, whose memory is not taken for that of the start.
  execFileSync(process.execPath, ['--import', 'tsx', self, '--fill', folder, '--pending', String(pending)]);
  const before = process.memoryUsage().rss;
  const startedMs = clock.monotonic();
  const store = await openStore({ folder, bounds, clock, logger: createLogger('error'), observer: () => {} });
  const openedMs = clock.monotonic();
  const takenOf = new Map<string, number>();
  let [isOrdered, count, takes] = [true, 0, 0];
  const take = () => store.outbox.take({ limit: 1000, perReceiver: 32, shares: new Map() });
  let page = await take();
  const firstMs = clock.monotonic();
  while (page.entries.length > 0 && count < 50_000) {
    takes += 1;
    for (const { callback } of page.entries) {
      const number = Number(callback.id.split('-').at(-1));
      isOrdered &&= number === (takenOf.get(callback.conferenceSid) ?? 0) + 1;
      takenOf.set(callback.conferenceSid, number);
      count += 1;
      store.outbox.delivered(callback.id);
    }
    page = await take();
  }
  const endedMs = clock.monotonic();
  process.stdout.write(
    `${pending} pending: open ${Math.round(openedMs - startedMs)} ms, ` +
      `first take ${Math.round(firstMs - openedMs)} ms; ` +
      `memory ${Math.round((process.memoryUsage().rss - before) / 2 ** 20)} MiB more; ` +
      `${count} taken and delivered in ${takes} takes, ` +
      `${Math.round(count / ((endedMs - firstMs) / 1000))} a second, ` +
      `${isOrdered ? 'in order' : 'OUT OF ORDER'}\n`,
  );
  await store.close();
}

const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    rate: { type: 'string', default: '2500' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '4' },
    rounds: { type: 'string', default: '1' },
    legs: { type: 'string', default: '12' },
    pending: { type: 'string' },
    fill: { type: 'string' },
  },
});
if (values.serve) await serve();
else if (values.fill !== undefined) fill(values.fill, Number(values.pending));
else {
  const folder = join(mkdtempSync(join(tmpdir(), 'parley-bench-')), 'data');
  mkdirSync(folder);
  try {
    if (values.pending === undefined) {
      await deliver(folder, {
        rate: Number(values.rate),
        seconds: Number(values.seconds),
        warmUpSeconds: Number(values['warm-up']),
        rounds: Number(values.rounds),
        legs: Number(values.legs),
      });
    } else await start(folder, Number(values.pending));
  } finally {
    rmSync(join(folder, '..'), { recursive: true, force: true });
  }
}

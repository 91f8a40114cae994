/**
 * What a scrape costs a daemon that has 2,000 legs in rooms of four, of 60 accounts of which 50 have series of their
 * own: how long it takes from the request to the last byte, what of it the control thread works, how large it is, and
 * how long another request waits meanwhile. All are RTP legs with sockets of their own. Thirty say tones; the others
 * offered to send alone, and send nothing, so that the machine is not measured by what it does for media: no line of a
 * scrape is of one leg.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RtpCaller } from '../src/cli/caller/rtp-caller.js';
import { sdpOffer } from '../src/cli/caller/sdp.js';
import { Tone } from '../src/cli/caller/voice.js';
import { type DaemonProcess, startDaemon } from '../src/cli/daemon-process.js';
import { ApiClient } from '../src/client/api-client.js';
import { CallService } from '../src/gen/parley/v1/call_service_pb.js';
import { Beep } from '../src/gen/parley/v1/dial_pb.js';
import { quantile } from './support/quantile.js';
import type { Row } from './support/rows.js';

/** Goals of the issue. */
const goal = { ms: 10, megabytes: 1 };

const roomLegs = 4;
const talkers = 30;
const accounts = 60;
const dialsAtOnce = 16;
const scrapeEveryMs = 100;

type Measured = {
  readonly tookMs: readonly number[];
  readonly text: string;
  /** What the control thread of the daemon worked meanwhile. */
  readonly cpuMs: number;
};

const tokenOf = (account: number): string => `token-of-account-${String(account).padStart(4, '0')}`;

const configuredAccounts = (): string =>
  JSON.stringify(
    Array.from({ length: accounts }, (_, account) => ({
      sid: `5c5a9e00-0000-4000-8000-${String(account).padStart(12, '0')}`,
      name: `customer ${account}`,
      tokens: [tokenOf(account)],
      signingKeys: ['a key'],
    })),
  );

async function open(legs: number): Promise<DaemonProcess> {
  const places = String(legs + 64);
  return await startDaemon({
    PARLEY_LOG_LEVEL: 'warn',
    PARLEY_SHARDS: '1',
    PARLEY_TICK_LOAD_MAX: '1',
    PARLEY_LEGS_PER_SHARD: places,
    PARLEY_ROOMS_PER_SHARD: places,
    PARLEY_MEDIA_TIMEOUT_SECONDS: '0',
    PARLEY_ACCOUNTS: configuredAccounts(),
  });
}

/** Legs in rooms of four, each of the next account. Resolves with what hangs up. */
async function dialAll(daemon: DaemonProcess, legs: number): Promise<() => void> {
  const clients = Array.from({ length: accounts }, (_, account) => new ApiClient(daemon.grpcAddress, tokenOf(account)));
  const callers: RtpCaller[] = [];
  let next = 0;
  const dial = async (leg: number): Promise<void> => {
    const room = Math.floor(leg / roomLegs);
    const caller = leg < talkers ? await talker(leg) : null;
    if (caller !== null) callers.push(caller);
    const client = clients[room % accounts];
    const { media } = (await client?.call(CallService.method.dial, {
      instruction: { case: 'dial', value: { conference: { roomName: `room ${room}`, beep: Beep.FALSE, waitUrl: '' } } },
      media: { case: 'rtp', value: { sdpOffer: caller?.offer() ?? silentOffer } },
    })) ?? { media: null };
    if (media?.case === 'rtp') caller?.start(media.value.sdpAnswer);
  };
  const worker = async (): Promise<void> => {
    while (next < legs) await dial(next++);
  };
  await Promise.all(Array.from({ length: dialsAtOnce }, worker));
  return () => {
    for (const caller of callers) caller.close();
    for (const client of clients) client.close();
  };
}

const talker = (leg: number): Promise<RtpCaller> =>
  RtpCaller.open({ voice: new Tone({ hz: 300 + 20 * leg, amplitude: 4000, rateHz: 8000 }), laws: ['pcmu'] });

/** Nothing is sent there: who offers to send alone is sent nothing. */
const silentOffer = sdpOffer({ host: '127.0.0.1', port: 9 }, ['pcmu']).replace('a=sendrecv', 'a=sendonly');

/** Of the thread that the process began with (proc(5), schedstat). */
const controlThreadMs = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

async function asked(url: string, pid: number, times: number): Promise<Measured> {
  const tookMs: number[] = [];
  const workedMs = controlThreadMs(pid);
  let text = '';
  for (let time = 0; time < times; time += 1) {
    const startedMs = performance.now();
    text = await (await fetch(url)).text();
    tookMs.push(performance.now() - startedMs);
    await sleep(scrapeEveryMs);
  }
  return { tookMs, text, cpuMs: controlThreadMs(pid) - workedMs };
}

/** How long a request waits that costs next to nothing, sent as fast as they are answered, while `action` runs. */
async function waitsDuring(url: string, action: () => Promise<unknown>): Promise<readonly number[]> {
  const tookMs: number[] = [];
  let isOver = false;
  const done = action().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const startedMs = performance.now();
    await (await fetch(url)).text();
    tookMs.push(performance.now() - startedMs);
    await sleep(2);
  }
  await done;
  return tookMs;
}

const verdict = (value: number, bound: number, unit: string): string =>
  `goal ${bound} ${unit}: ${value < bound ? 'met' : 'MISSED'}`;

/** Names of all metrics, so that a scrape that has lost some is seen. */
const checksumOf = (text: string, legs: number): string => {
  const shown = /^parley_legs (\d+)$/m.exec(text)?.[1];
  const types = [...text.matchAll(/^# TYPE .*$/gm)].join('\n');
  return Number(shown) === legs ? createHash('sha256').update(types).digest('hex').slice(0, 12) : 'WRONG';
};

export async function* scrape(isSmoke: boolean): AsyncGenerator<Row> {
  const [legs, times] = isSmoke ? [40, 5] : [2000, 200];
  const daemon = await open(legs);
  let hangUp = (): void => {};
  try {
    hangUp = await dialAll(daemon, legs);
    const { pid, httpUrl } = daemon;
    const [metrics, live] = [`${httpUrl}/metrics`, `${httpUrl}/livez`];
    await asked(metrics, pid, 20);
    const { tookMs, text, cpuMs } = await asked(metrics, pid, times);
    const idle = await asked(live, pid, times);
    const checksum = checksumOf(text, legs);
    const megabytes = Buffer.byteLength(text) / 1e6;
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    const row = (name: string, value: number, unit: string, ratios = ''): Row => ({
      ...{ name, value, unit, ratios, checksum },
    });
    const p99 = quantile(tookMs, 0.99);
    yield row(`scrape of ${legs} legs, half`, quantile(tookMs, 0.5), 'ms');
    yield row(`scrape of ${legs} legs, 99 %`, p99, 'ms', verdict(p99, goal.ms, 'ms'));
    yield row(`scrape of ${legs} legs, longest of ${times}`, Math.max(...tookMs), 'ms');
    yield row('of it work of the control thread', (cpuMs - idle.cpuMs) / times, 'ms', 'beside /livez as often');
    yield row('size', megabytes, 'MB', verdict(megabytes, goal.megabytes, 'MB'));
    yield row('series', series, '');
    const quiet = await waitsDuring(live, () => sleep(times * scrapeEveryMs));
    const scraped = await waitsDuring(live, () => asked(metrics, pid, times));
    for (const [share, title] of [
      [0.5, 'half'],
      [0.99, '99 %'],
    ] as const) {
      const beside = `${quantile(quiet, share).toFixed(2)} without scrapes`;
      yield row(`another request meanwhile, ${title}`, quantile(scraped, share), 'ms', beside);
    }
  } finally {
    hangUp();
    await daemon.stop();
  }
}

/**
 * What a scrape costs a daemon that has 2,000 legs in rooms of four, of 60 accounts of which 50 have series of their
 * own: how long it takes from the request to the last byte, what of it the control thread works, how large it is, and
 * how long another request waits meanwhile. In turns with it a web server is asked that has the same text ready, under
 * the same load. All are RTP legs with sockets of their own. Thirty say tones; the others offered to send alone, and
 * send nothing, so that the machine is not measured by what it does for media: no line of a scrape is of one leg.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RtpCaller } from '../../src/cli/caller/rtp-caller.js';
import { sdpOffer } from '../../src/cli/caller/sdp.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { type DaemonProcess, startDaemon } from '../../src/cli/daemon-process.js';
import { ApiClient } from '../../src/client/api-client.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { Beep } from '../../src/gen/parley/v1/dial_pb.js';
import { quantile } from '../support/quantile.js';
import type { Row } from '../support/rows.js';
import { Asker } from './asker.js';
import { startBareHttp } from './bare-http.js';

/** Goals of the issue. */
const goal = { ms: 10, megabytes: 1 };

const roomLegs = 4;
const talkers = 30;
const accounts = 60;
const dialsAtOnce = 16;
const scrapeEveryMs = 100;
const otherEveryMs = 2;

const shares = [
  [0.5, 'half'],
  [0.99, '99 %'],
] as const;

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

const verdict = (value: number, bound: number, unit: string): string =>
  `goal ${bound} ${unit}: ${value < bound ? 'met' : 'MISSED'}`;

/** Names of all metrics, so that a scrape that has lost some is seen. */
const checksumOf = (text: string, legs: number): string => {
  const shown = /^parley_legs (\d+)$/m.exec(text)?.[1];
  const types = [...text.matchAll(/^# TYPE .*$/gm)].join('\n');
  return Number(shown) === legs ? createHash('sha256').update(types).digest('hex').slice(0, 12) : 'WRONG';
};

/** Of requests for one page, over all turns. */
type Course = { readonly tookMs: number[]; cpuMs: number };

export async function* scrape(isSmoke: boolean): AsyncGenerator<Row> {
  const [legs, turns, turnMs] = isSmoke ? [40, 1, 500] : [2000, 5, 4000];
  const daemon = await open(legs);
  const [asker, other] = [new Asker(), new Asker()];
  let stopAll = (): void => {};
  try {
    const hangUp = await dialAll(daemon, legs);
    stopAll = hangUp;
    const { pid, httpUrl } = daemon;
    const [metrics, live] = [`${httpUrl}/metrics`, `${httpUrl}/livez`];
    const ask = (url: string, forMs: number) => asker.ask({ url, everyMs: scrapeEveryMs, forMs });
    const { text } = await ask(metrics, turnMs / 2);
    const bare = await startBareHttp(text);
    stopAll = () => {
      hangUp();
      bare.stop();
    };
    const checksum = checksumOf(text, legs);
    const courses = new Map([metrics, bare.url, live].map((url) => [url, { tookMs: [], cpuMs: 0 } as Course] as const));
    for (let turn = 0; turn < turns; turn += 1) {
      for (const [url, course] of courses) {
        const workedMs = controlThreadMs(pid);
        course.tookMs.push(...(await ask(url, turnMs)).tookMs);
        course.cpuMs += controlThreadMs(pid) - workedMs;
      }
    }
    const of = (url: string): Course => courses.get(url) ?? { tookMs: [], cpuMs: 0 };
    const row = (name: string, value: number, unit: string, ratios = ''): Row => ({
      ...{ name, value, unit, ratios, checksum },
    });
    const [scrapes, floor] = [of(metrics).tookMs, of(bare.url).tookMs];
    for (const [share, title] of shares) {
      const [ms, floorMs] = [quantile(scrapes, share), quantile(floor, share)];
      const beside = `${(ms / floorMs).toFixed(1)} times a server that has it ready, ${floorMs.toFixed(2)} ms`;
      yield row(`scrape of ${legs} legs, ${title}`, ms, 'ms', `${beside}; ${verdict(ms, goal.ms, 'ms')}`);
    }
    yield row(`scrape of ${legs} legs, longest of ${scrapes.length}`, Math.max(...scrapes), 'ms');
    const perRequest = ({ cpuMs, tookMs }: Course): number => cpuMs / tookMs.length;
    const worked = perRequest(of(metrics)) - perRequest(of(live));
    yield row('of it work of the control thread', worked, 'ms', 'beside /livez as often');
    const megabytes = Buffer.byteLength(text) / 1e6;
    yield row('size', megabytes, 'MB', verdict(megabytes, goal.megabytes, 'MB'));
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    yield row('series', series, '');
    const forMs = 2 * turnMs;
    const meanwhile = () => other.ask({ url: live, everyMs: otherEveryMs, forMs });
    const quiet = await meanwhile();
    const [scraped] = await Promise.all([meanwhile(), ask(metrics, forMs)]);
    for (const [share, title] of shares) {
      const beside = `${quantile(quiet.tookMs, share).toFixed(2)} without scrapes`;
      yield row(`another request meanwhile, ${title}`, quantile(scraped.tookMs, share), 'ms', beside);
    }
  } finally {
    stopAll();
    for (const each of [asker, other]) each.stop();
    await daemon.stop();
  }
}

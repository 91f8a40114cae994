/**
 * A daemon for three quarters of an hour at 60 % of what the machine holds, with everything that goes on in one:
 * parties that come and go, rooms that are recorded for a while, receivers of callbacks that fail, are slow or cut
 * connections, a disk that fails for two seconds, a reload with another key and other limits every minute. Does its
 * memory stay, does everybody hear what they must, does the log say nothing that was not done to it?
 * docs/benchmarks.md
 *
 *   tsx bench/soak/main.ts [--minutes 45] [--warm-up 15] [--capacity 300] [--share 0.6] [--no-disk-faults]
 *
 * `--capacity`: legs that the machine holds (`make load ARGS=--find-limit`); `--warm-up`: of the minutes, those at the
 * beginning whose memory is not judged, since V8 compiles what is used; all else is judged from the first minute on.
 * Leaves bench-out/soak.json; exit status 1 when something does not hold. Needs `make build`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { brokenDisk } from '../../test/support/disk.js';
import { type Account, accountOf, type Reading, read } from '../load/account.js';
import type { Judgement } from '../load/generator.js';
import { machine, machineLine, say } from '../load/report.js';
import { LoadRun } from '../load/run.js';
import { legsOf, type Shape, shapes } from '../load/shapes.js';
import { buildNative } from '../support/native-build.js';
import { stolenMs } from '../support/stolen.js';
import { type Mood, moods } from './receiver.js';
import { beRestless } from './restless.js';
import { isLevel, leastOf, type Point, type Slope, slopeOf } from './slope.js';

const windowSeconds = 15;
const reloadMs = 60_000;
/** How long a receiver is in each mood. */
const moodMs: Readonly<Record<Mood, number>> = { well: 40_000, failing: 10_000, slow: 10_000, cutting: 5000 };
/** The disk is bad for so long, once in a while. */
const [badMs, goodMs] = [2000, 88_000];
const recordedRooms = 4;
/** Lines of the log that tell of what is done to the daemon: any other of a warning or an error is a defect. */
const injected = /^(callback|receiver|store|recording|capture|spool|disk|audit|retention)-/;

const token = 'a-token-of-the-soak-account';
const account = { sid: '00000000-0000-4000-8000-0000000000aa', name: 'soak', tokens: [token] };

/** Rooms of three tones, judged to the bit, and a fourth who says nothing and comes and goes. */
const shape: Shape = {
  ...shapes.storm,
  title: 'Rooms of three tones; a fourth comes and goes',
  part: (leg) => ({ ...shapes.storm.part(leg), muted: false, isStormed: false }),
};

type Window = {
  readonly atSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** What JavaScript has taken for its heap; the heaps of other threads are in resident memory alone. */
  readonly heapTakenBytes: number;
  readonly externalBytes: number;
  readonly files: number;
  /** Of the machine's time: a tick that stands still meanwhile is late or long. */
  readonly stolenMs: number;
  readonly account: Account;
  readonly judgement: Judgement;
};

type Plan = {
  readonly minutes: number;
  readonly warmUpMinutes: number;
  readonly legs: number;
  readonly hasDiskFaults: boolean;
};

/** As the file is written for the `number`-th time. */
const configured = (number: number): string =>
  JSON.stringify({
    callbacksPerSecond: 1000 + (number % 2),
    accounts: [{ ...account, signingKeys: [`key-${number}`, `key-${number - 1}`], participantsMax: 10_000 + number }],
  });

class LogWatch {
  /** By level and event. */
  readonly counts: Record<string, number> = {};
  readonly strange: string[] = [];
  #last: readonly string[] = [];

  look(lines: readonly string[]): void {
    const known = new Set(this.#last);
    for (const line of lines) {
      if (known.has(line)) continue;
      const { level = '', event = '' }: { level?: string; event?: string } = line.startsWith('{')
        ? JSON.parse(line)
        : {};
      if (level !== 'warn' && level !== 'error') continue;
      this.counts[`${level} ${event}`] = (this.counts[`${level} ${event}`] ?? 0) + 1;
      if (!injected.test(event) && this.strange.length < 100) this.strange.push(line);
    }
    this.#last = [...lines];
  }
}

async function every(ms: number, isOver: AbortSignal, action: () => Promise<void> | void): Promise<void> {
  while (!isOver.aborted) {
    await sleep(ms, undefined, { signal: isOver }).catch(() => {});
    if (!isOver.aborted) await action();
  }
}

async function moody(receiver: ChildProcess, isOver: AbortSignal): Promise<void> {
  for (let turn = 0; !isOver.aborted; turn += 1) {
    const mood = moods[turn % moods.length] ?? 'well';
    receiver.send(mood);
    await sleep(moodMs[mood], undefined, { signal: isOver }).catch(() => {});
  }
  receiver.send('well');
}

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

async function soak({ minutes, warmUpMinutes, legs, hasDiskFaults }: Plan) {
  buildNative(['rtp_load']);
  const folder = mkdtempSync(join(tmpdir(), 'parley-soak-'));
  const configFile = join(folder, 'parley.yaml');
  writeFileSync(configFile, configured(0), { mode: 0o600 });
  const disk = brokenDisk();
  const receiver = fork(fileURLToPath(new URL('receiver.ts', import.meta.url)), [], { execArgv: ['--import', 'tsx'] });
  const [statusCallback] = (await once(receiver, 'message')) as [string];
  const places = String(legs + 64);
  const daemon = await startDaemon({
    ...(hasDiskFaults ? disk.environment : { PARLEY_DATA_DIR: join(folder, 'data') }),
    PARLEY_CONFIG: configFile,
    PARLEY_LOG_LEVEL: 'warn',
    PARLEY_SHARDS: '1',
    PARLEY_TICK_LOAD_MAX: '1',
    PARLEY_LEGS_PER_SHARD: places,
    PARLEY_ROOMS_PER_SHARD: places,
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
    PARLEY_RECORDING_FREE_MEGABYTES: '0',
    PARLEY_RECORDING_MEGABYTES_PER_ACCOUNT: '200',
  });
  const run = await LoadRun.open({ ...daemon, token, stop: async () => {} }, legs, {
    ...{ shape, coding: 'pcmu', suite: null, mediaHost: '127.0.0.1', recordings: [], statusCallback },
    ...{ warmUpSeconds: 1, seconds: windowSeconds, stormPerSecond: 0 },
  });
  const isOver = new AbortController();
  // Each who comes and goes listens.
  setMaxListeners(0, isOver.signal);
  const log = new LogWatch();
  const windows: Window[] = [];
  let reloads = 0;
  try {
    await run.reach(legs);
    const startedMs = performance.now();
    const all = run.callers.calls;
    const comeAndGo = Array.from(all, (_, leg) => leg).filter((leg) => shape.part(leg).voice === 'silence');
    const rooms = [...new Set(all.map((call) => call?.conferenceSid ?? ''))].slice(0, recordedRooms);
    const first = await read(daemon.httpUrl);
    const beside = [
      moody(receiver, isOver.signal),
      every(reloadMs, isOver.signal, () => {
        reloads += 1;
        writeFileSync(configFile, configured(reloads));
        process.kill(daemon.pid, 'SIGHUP');
      }),
      ...(hasDiskFaults
        ? [
            every(goodMs, isOver.signal, async () => {
              disk.goBad();
              await sleep(badMs);
              disk.recover();
            }),
          ]
        : []),
    ];
    const restless = beRestless(run.callers, comeAndGo, rooms, isOver.signal);
    const secondsNow = (): number => (performance.now() - startedMs) / 1000;
    while (secondsNow() < minutes * 60) {
      const stolenBeforeMs = stolenMs();
      const before = await read(daemon.httpUrl);
      const { judgement } = await run.measure();
      const after = await read(daemon.httpUrl);
      log.look(daemon.log());
      windows.push({
        atSeconds: secondsNow(),
        ...memoryOf(after),
        files: openFiles(daemon.pid),
        stolenMs: stolenMs() - stolenBeforeMs,
        account: accountOf(before, after),
        judgement,
      });
      sayWindow(windows.at(-1));
    }
    isOver.abort();
    const done = await restless;
    await Promise.all(beside);
    receiver.send('how many?');
    const [callbacks] = await once(receiver, 'message');
    const last = await read(daemon.httpUrl);
    const appliedReloads = last.value('parley_config_reloads_total') - first.value('parley_config_reloads_total');
    log.look(daemon.log());
    const judged = windows.filter(({ atSeconds }) => atSeconds > warmUpMinutes * 60);
    return { windows, judged, done, callbacks, reloads, appliedReloads, counts: log.counts, strange: log.strange };
  } finally {
    isOver.abort();
    run.close();
    receiver.kill();
    await daemon.stop();
    disk.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

const memoryOf = (reading: Reading) => ({
  residentBytes: reading.value('process_resident_memory_bytes'),
  heapBytes: reading.value('nodejs_heap_size_used_bytes'),
  heapTakenBytes: reading.value('nodejs_heap_size_total_bytes'),
  externalBytes: reading.value('nodejs_external_memory_bytes'),
});

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** A jitter buffer that has adapted once moves a voice for good, and nothing is missing from then on. */
const gaps = ({ framesWrong, framesMoved }: Judgement): number => framesWrong - framesMoved;

function sayWindow(window: Window | undefined): void {
  if (window === undefined) return;
  const { atSeconds, residentBytes, heapBytes, files, judgement, account: ticks } = window;
  say(
    `${(atSeconds / 60).toFixed(1).padStart(6)} min  RSS ${mebibytes(residentBytes)} MiB,` +
      ` heap ${mebibytes(heapBytes)},` +
      ` ${files} files; ${gaps(judgement)} of ${judgement.framesRight + judgement.framesWrong} frames wrong` +
      ` (${judgement.framesMoved} moved),` +
      ` late 99 % ${judgement.lateMsP99} ms, most ${judgement.lateMsMax}` +
      ` (sent ${judgement.sendLateMsP99}, ${judgement.sendLateMsMax});` +
      ` ${ticks.ticksOverrun} ticks overrun,` +
      ` ${window.stolenMs} ms stolen`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '45' },
      'warm-up': { type: 'string', default: '15' },
      capacity: { type: 'string', default: '300' },
      share: { type: 'string', default: '0.6' },
      'no-disk-faults': { type: 'boolean', default: false },
    },
  });
  const legs = legsOf(shape, Math.round(Number(values.capacity) * Number(values.share)));
  const plan: Plan = {
    ...{ minutes: Number(values.minutes), warmUpMinutes: Number(values['warm-up']), legs },
    hasDiskFaults: !values['no-disk-faults'],
  };
  say(`${machineLine}; ${legs} legs for ${plan.minutes} minutes`);
  const { windows, judged, ...rest } = await soak(plan);
  const pointsOf = (of: (window: Window) => number): readonly Point[] =>
    judged.map((window) => ({ atSeconds: window.atSeconds, value: of(window) }));
  const slopes: Readonly<Record<string, Slope>> = {
    'resident memory': slopeOf(pointsOf(({ residentBytes }) => residentBytes / 2 ** 20)),
    'resident memory without what V8 has taken for its heap': slopeOf(
      pointsOf(({ residentBytes, heapTakenBytes }) => (residentBytes - heapTakenBytes) / 2 ** 20),
    ),
    heap: slopeOf(pointsOf(({ heapBytes }) => heapBytes / 2 ** 20)),
    'least of the heap in two minutes': slopeOf(
      leastOf(
        pointsOf(({ heapBytes }) => heapBytes / 2 ** 20),
        120,
      ),
    ),
    'memory beside the heap': slopeOf(pointsOf(({ externalBytes }) => externalBytes / 2 ** 20)),
    'open files': slopeOf(pointsOf(({ files }) => files)),
  };
  let isGood = true;
  const expect = (isSo: boolean, what: string): void => {
    isGood &&= isSo;
    say(`${isSo ? 'holds' : 'MISSED'} ${what}`);
  };
  for (const [name, slope] of Object.entries(slopes)) {
    const [hour, error, mean] = [slope.perHour, slope.errorPerHour, slope.mean].map((value) => value.toFixed(1));
    expect(isLevel(slope), `${name} stays: ${hour} ± ${error} an hour, of ${mean} (MiB; 95 %)`);
  }
  const sum = (of: (window: Window) => number): number => windows.reduce((total, window) => total + of(window), 0);
  const wrong = sum(({ judgement }) => gaps(judgement));
  const moved = sum(({ judgement }) => judgement.framesMoved);
  const frames = sum(({ judgement }) => judgement.framesWrong + judgement.framesRight);
  expect(wrong === 0 && frames > 0, `no gap: ${wrong} of ${frames} frames wrong, ${moved} moved`);
  const overrun = sum(({ account: ticks }) => ticks.ticksOverrun);
  const stolen = sum((window) => window.stolenMs);
  expect(overrun === 0, `no tick overruns: ${overrun} do; of the machine's time ${stolen} ms were stolen`);
  expect(rest.appliedReloads === rest.reloads, `${rest.appliedReloads} of ${rest.reloads} reloads applied`);
  expect(rest.strange.length === 0, `${rest.strange.length} lines of log that were not injected`);
  for (const line of rest.strange.slice(0, 10)) say(`    ${line.slice(0, 300)}`);
  const { done, callbacks, counts } = rest;
  say(`${done.joins} joins, ${done.recordings} recordings; callbacks ${JSON.stringify(callbacks)}`);
  say(`refused: ${JSON.stringify(done.refused)}\nlog: ${JSON.stringify(counts)}`);
  mkdirSync('bench-out', { recursive: true });
  writeFileSync(
    'bench-out/soak.json',
    `${JSON.stringify({ machine, plan, isGood, slopes, windows, ...rest }, null, 2)}\n`,
  );
  if (!isGood) process.exitCode = 1;
}

await main();
// Whatever is still to be closed must not keep the machine from the next.
process.exit();

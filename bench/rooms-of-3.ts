/**
 * CPU of one leg and one 20 ms frame in rooms of three over PCMU, as a ratio to a bare UDP echo of the same packets.
 * Echo and daemon take turns on the same machine, in the same run; docs/benchmarks.md says how to read it.
 *   tsx bench/rooms-of-3.ts [--legs 150] [--rounds 3] [--seconds 10] [--smoke]
 * `--smoke` is short and judges no figure, only that every leg hears what it must. Figures and a picture are left in
 * bench-out/.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ApiClient } from '../src/cli/caller/api-client.js';
import { readSdpAnswer, sdpOffer } from '../src/cli/caller/sdp.js';
import { startDaemon } from '../src/cli/daemon-process.js';
import { pngBytes } from '../src/cli/draw/png.js';
import { svgText } from '../src/cli/draw/svg.js';
import { CallService } from '../src/gen/parley/v1/call_service_pb.js';
import { Beep } from '../src/gen/parley/v1/dial_pb.js';
import { residentBytes, startChild } from './child.js';
import { type EngineAccount, watchEngine } from './engine-account.js';
import { type Load, measure, type Outcome, usPerLegFrame } from './load.js';
import { ratioPicture } from './picture.js';

/** Share of frames that must be right: the machine stops for a moment now and then. */
const rightShareMin = 0.99;

const { values: options } = parseArgs({
  options: {
    legs: { type: 'string', default: '150' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    smoke: { type: 'boolean', default: false },
  },
});
const load: Omit<Load, 'mode'> = options.smoke
  ? { legs: 12, warmUpSeconds: 1, seconds: 2 }
  : { legs: Math.ceil(Number(options.legs) / 3) * 3, warmUpSeconds: 2, seconds: Number(options.seconds) };
const rounds = options.smoke ? 1 : Number(options.rounds);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function build(): void {
  const flags = ['-DCMAKE_BUILD_TYPE=Release', '-DPARLEY_ADDON=OFF', '-DPARLEY_BENCH=ON'];
  execFileSync('cmake', ['-S', '.', '-B', 'build/bench', '-G', 'Ninja', ...flags]);
  execFileSync('cmake', ['--build', 'build/bench', '--target', 'udp_echo', 'rtp_load']);
}

async function runEcho(): Promise<Outcome> {
  const echo = startChild('build/bench/bench/udp_echo', [String(load.legs)]);
  const ports = (await echo.line()).split(' ').map(Number);
  try {
    return await measure({ ...load, mode: 'echo' }, echo.process.pid ?? 0, async () => ports);
  } finally {
    echo.process.stdin.end();
  }
}

type DaemonOutcome = Outcome & {
  readonly engine: EngineAccount;
  readonly engineUsPerLegFrame: number;
  /** Of the daemon before anybody had called. */
  readonly residentBytesIdle: number;
};

async function runParley(): Promise<DaemonOutcome> {
  const daemon = await startDaemon({ PARLEY_LOG_LEVEL: 'warn', PARLEY_TICK_LOAD_MAX: '1' });
  const residentBytesIdle = residentBytes(daemon.pid);
  const client = new ApiClient(daemon.grpcAddress, null);
  const { watch, account } = watchEngine(daemon.httpUrl);
  const whole: Load = { ...load, mode: 'rooms-of-3' };
  const dial = async (port: number, index: number): Promise<number> => {
    const { media } = await client.call(CallService.method.dial, {
      instruction: {
        case: 'dial',
        value: { conference: { roomName: `room ${Math.floor(index / 3)}`, beep: Beep.FALSE, waitUrl: '' } },
      },
      media: { case: 'rtp', value: { sdpOffer: sdpOffer({ host: '127.0.0.1', port }, ['pcmu']) } },
    });
    return readSdpAnswer(media.case === 'rtp' ? media.value.sdpAnswer : '').remote.port;
  };
  try {
    const answer = async (ports: readonly number[]): Promise<readonly number[]> => {
      const targets: number[] = [];
      for (const [index, port] of ports.entries()) targets.push(await dial(port, index));
      return targets;
    };
    const outcome = await measure(whole, daemon.pid, answer, watch);
    const engine = account();
    const engineUsPerLegFrame = usPerLegFrame(whole, engine.cpuSeconds);
    return { ...outcome, engine, engineUsPerLegFrame, residentBytesIdle };
  } finally {
    client.close();
    await daemon.stop();
  }
}

function tell(name: string, outcome: Outcome): void {
  const percent = (count: number): string => `${((100 * count) / Math.max(1, outcome.received)).toFixed(2)} %`;
  say(
    `  ${name.padEnd(7)} ${outcome.usPerLegFrame.toFixed(2).padStart(6)} µs per leg-frame` +
      ` | received ${((100 * outcome.received) / outcome.sent).toFixed(2)} %, right ${percent(outcome.right)}` +
      ` | late p50 ${outcome.lateMsP50} p99 ${outcome.lateMsP99} p99.9 ${outcome.lateMsP999}` +
      ` max ${outcome.lateMsMax} ms, over 60 ms ${percent(outcome.laterThan60Ms)} | audio ${outcome.checksum}`,
  );
}

function tellDaemon(outcome: DaemonOutcome): void {
  const { engine, engineUsPerLegFrame, residentBytes, residentBytesIdle } = outcome;
  const restUsPerLegFrame = outcome.usPerLegFrame - engineUsPerLegFrame;
  const kibibytes = (bytes: number): string => `${(bytes / 1024 / load.legs).toFixed(0)} KiB`;
  say(
    `          engine ${engineUsPerLegFrame.toFixed(2)} + rest ${restUsPerLegFrame.toFixed(2)} µs` +
      ` | RSS ${(residentBytes / 2 ** 20).toFixed(0)} MiB, ${kibibytes(residentBytes)} a leg,` +
      ` ${kibibytes(residentBytes - residentBytesIdle)} of it since the first call` +
      ` | ticks overrun ${engine.ticksOverrun}, caught up ${engine.ticksCaughtUp}, given up ${engine.ticksGivenUp}`,
  );
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const spread = (values: readonly number[]): string =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;

build();
say(`${load.legs} legs, rooms of three, PCMU, ${load.seconds} s a run, ${cpus().length} cores, ${cpus()[0]?.model}`);
const pairs: { readonly echo: Outcome; readonly parley: DaemonOutcome }[] = [];
for (let round = 0; round < rounds; round++) {
  const echo = await runEcho();
  tell('echo', echo);
  const parley = await runParley();
  tell('parley', parley);
  tellDaemon(parley);
  pairs.push({ echo, parley });
}
const ratios = pairs.map(({ echo, parley }) => parley.usPerLegFrame / echo.usPerLegFrame);
say(`\necho    ${spread(pairs.map(({ echo }) => echo.usPerLegFrame))} µs`);
say(`parley  ${spread(pairs.map(({ parley }) => parley.usPerLegFrame))} µs`);
say(`ratio   ${spread(ratios)}, median (smallest to largest) of ${rounds}`);
const engineRatios = pairs.map(({ echo, parley }) => parley.engineUsPerLegFrame / echo.usPerLegFrame);
say(`engine  ${spread(engineRatios)}, its threads alone`);

mkdirSync('bench-out', { recursive: true });
const picture = ratioPicture(
  `Rooms of three, PCMU, ${load.legs} legs`,
  engineRatios.map((engine, index) => ({ engine, rest: Math.max(0, (ratios[index] ?? 0) - engine) })),
);
writeFileSync('bench-out/rooms-of-3.svg', svgText(picture));
writeFileSync('bench-out/rooms-of-3.png', pngBytes(picture));
writeFileSync('bench-out/rooms-of-3.json', `${JSON.stringify({ ...load, pairs, ratios, engineRatios }, null, 2)}\n`);
const isRight = pairs.every(({ echo, parley }) =>
  [echo, parley].every(({ sent, right }) => right >= sent * rightShareMin),
);
if (!isRight) {
  say('A leg did not hear what it must.');
  process.exitCode = 1;
}

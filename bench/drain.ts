/**
 * A daemon is told to stop while many talk in rooms of three, each room recorded: what they hear until the deadline,
 * how it ends, and what a restart sends of what was left, since the receiver of callbacks takes nothing from the
 * deadline on. docs/benchmarks.md
 *
 *   tsx bench/drain.ts [--legs 200] [--seconds 10] [--smoke]
 *
 * `--seconds`: how long it drains. Exit status 1 when anything is missing. Needs `make build`.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDaemon } from '../src/cli/daemon-process.js';
import { ApiClient } from '../src/client/api-client.js';
import { RecordingStatus } from '../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../src/gen/parley/v1/recording_service_pb.js';
import { WebhookReceiver } from '../test/support/webhook-receiver.js';
import { accountOf, read } from './load/account.js';
import { type Judgement, rightShare } from './load/generator.js';
import { machine, machineLine, say } from './load/report.js';
import { LoadRun } from './load/run.js';
import { legsOf, shapes } from './load/shapes.js';
import { buildNative } from './support/native-build.js';

/** Until a leg that was dialled hears everybody of its room. */
const warmUpSeconds = 1;
/** Beside the drain: what comes before the measurement, and between it and the deadline. */
const aroundSeconds = 4;
const restartMsMax = 60_000;

const account = {
  sid: '00000000-0000-4000-8000-0000000000aa',
  name: 'platform',
  tokens: ['a-token-of-the-platform'],
  signingKeys: ['a-key-of-the-platform'],
};
const [token = ''] = account.tokens;
const [signingKey = ''] = account.signingKeys;

/** Names a callback, however often it comes. */
const nameOf = ({ parameters }: WebhookReceiver['received'][number]): string =>
  [
    parameters.StatusCallbackEvent ?? `recording ${parameters.RecordingStatus}`,
    parameters.ConferenceSid,
    parameters.CallSid ?? parameters.RecordingSid,
  ].join(' ');

/** What the telephones of the bench send late themselves is heard, too: it says something of the machine. */
const sayHeard = (when: string, { framesRight, framesWrong, received, sent, sendLateMsP99 }: Judgement): void =>
  say(
    `${when}: ${framesRight} frames right, ${framesWrong} wrong; ${received} packets of ${sent} heard;` +
      ` 99 % of those sent late by at most ${sendLateMsP99} ms`,
  );

/** `rightShareMin`: of the frames that are heard while it drains. */
async function drain(legs: number, seconds: number, rightShareMin: number): Promise<boolean> {
  buildNative(['rtp_load']);
  const folder = mkdtempSync(join(tmpdir(), 'parley-drain-'));
  const receiver = await WebhookReceiver.start({ signingKey });
  const environment = {
    PARLEY_LOG_LEVEL: 'info',
    PARLEY_SHARDS: '1',
    PARLEY_TICK_LOAD_MAX: '1',
    PARLEY_DATA_DIR: join(folder, 'data'),
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
    PARLEY_RECORDING_FREE_MEGABYTES: '0',
    PARLEY_ACCOUNTS: JSON.stringify([account]),
    PARLEY_DRAIN_SECONDS: String(seconds + aroundSeconds),
  };
  let isGood = true;
  const results: Record<string, unknown> = {};
  const expect = (isSo: boolean, what: string): void => {
    isGood &&= isSo;
    say(`${isSo ? 'holds' : 'BROKEN'} ${what}`);
  };
  const daemon = await startDaemon(environment);
  const run = await LoadRun.open({ ...daemon, token, stop: async () => {} }, legs, {
    ...{ shape: shapes.tones, coding: 'pcmu', suite: null, mediaHost: '127.0.0.1', recordings: [] },
    ...{ warmUpSeconds, seconds, stormPerSecond: 0, statusCallback: receiver.url('/status') },
  });
  let again: Awaited<ReturnType<typeof startDaemon>> | null = null;
  try {
    await run.reach(legs);
    const rooms = [...new Set(run.callers.calls.map((call) => call?.conferenceSid ?? ''))];
    for (const conferenceSid of rooms) {
      await run.callers.client.call(RecordingService.method.startRecording, {
        conferenceSid,
        recordingStatusCallback: receiver.url('/recording'),
      });
    }
    const undisturbed = (await run.measure()).judgement;
    const before = await read(daemon.httpUrl);
    process.kill(daemon.pid, 'SIGTERM');
    const { judgement } = await run.measure();
    const ticks = accountOf(before, await read(daemon.httpUrl));
    // From here on nobody takes callbacks: what the end makes of them is left.
    for (const path of ['/status', '/recording']) receiver.answerAt(path, { status: 503 });
    const status = await daemon.ended();
    const endedLog = daemon.log().flatMap((line) => (line.includes('"event":"drained"') ? [line] : []));
    const told = receiver.received.length;
    Object.assign(results, { undisturbed, judgement, ticks, status, told });
    sayHeard('before', undisturbed);
    sayHeard('while it drains', judgement);
    const { framesRight, framesWrong } = judgement;
    say(`ticks late 50 % below ${ticks.tickLateMsP50} ms, 99 % ${ticks.tickLateMsP99}; ${ticks.ticksOverrun} overrun`);
    for (const wrong of judgement.wrong) say(`    ${JSON.stringify(wrong)}`);
    const share = framesRight + framesWrong === 0 ? 0 : rightShare(judgement);
    expect(share >= rightShareMin, `no gap: ${(100 * share).toFixed(3)} % of frames are right`);
    expect(status === 0, `it ends with 0: ${status}`);
    expect(
      endedLog.some((line) => line.includes(`"left":${legs + rooms.length}`)),
      'at its deadline, with all there',
    );

    for (const path of ['/status', '/recording']) receiver.answerAt(path, {});
    const startedMs = performance.now();
    again = await startDaemon(environment);
    const names = (): ReadonlySet<string> => new Set(receiver.received.map(nameOf));
    const wanted = [
      ...rooms.flatMap((conferenceSid) => [`conference-start ${conferenceSid}`, `conference-end ${conferenceSid}`]),
      ...run.callers.calls.flatMap((call) =>
        call === undefined
          ? []
          : ['participant-join', 'participant-leave'].map((event) => `${event} ${call.conferenceSid} ${call.callSid}`),
      ),
    ];
    const missing = (): readonly string[] => {
      const come = [...names()];
      return wanted.filter((name) => !come.some((each) => each.startsWith(name)));
    };
    const recorded = (): number => [...names()].filter((name) => name.startsWith('recording completed')).length;
    while ((missing().length > 0 || recorded() < rooms.length) && performance.now() - startedMs < restartMsMax) {
      await sleep(100);
    }
    const [lost, tookMs] = [missing(), performance.now() - startedMs];
    Object.assign(results, { tookMs, sent: receiver.received.length - told });
    const all = `${wanted.length} of conferences, ${rooms.length} of recordings`;
    say(`restart: ${receiver.received.length - told} callbacks within ${(tookMs / 1000).toFixed(1)} s`);
    expect(
      lost.length === 0,
      `every callback has come (${all})${lost.length === 0 ? '' : `: not ${lost.slice(0, 3)}`}`,
    );
    expect(recorded() === rooms.length, `every recording is told of: ${recorded()}`);
    const client = new ApiClient(again.grpcAddress, token);
    const { recordings } = await client.call(RecordingService.method.listRecordings, { pageSize: 1000 });
    client.close();
    const done = recordings.filter(
      ({ status: its, durationSeconds = 0 }) => its === RecordingStatus.COMPLETED && durationSeconds >= seconds,
    );
    expect(done.length === rooms.length, `every recording is finished, and as long: ${done.length} of ${rooms.length}`);
    const files = existsSync(join(folder, 'data', 'recordings'))
      ? readdirSync(join(folder, 'data', 'recordings'), { recursive: true }).length
      : 0;
    say(`${files} files and folders of recordings`);
  } finally {
    run.close();
    await again?.stop();
    // Which it did by itself, unless something went wrong.
    await daemon.stop();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync('bench-out', { recursive: true });
  writeFileSync('bench-out/drain.json', `${JSON.stringify({ machine, legs, seconds, isGood, ...results }, null, 2)}\n`);
  return isGood;
}

const { values } = parseArgs({
  options: {
    legs: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    smoke: { type: 'boolean', default: false },
  },
});
const legs = legsOf(shapes.tones, values.smoke ? 12 : Number(values.legs));
say(`${machineLine}; ${legs} legs`);
// A smoke is of how it ends: a machine that does other things stops for a moment now and then.
const isGood = values.smoke ? await drain(legs, 2, 0.9) : await drain(legs, Number(values.seconds), 1);
if (!isGood) process.exitCode = 1;
// Whatever is still to be closed must not keep the machine from the next.
process.exit();

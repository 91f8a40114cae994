/**
 * `kill -9` of a whole daemon that records, and finishes what the one before it left: in the end every recording that
 * it said had begun is over, its files open, a second of it is lost at most, and whoever wanted to be told was.
 * PARLEY_RECORDING_CRASHES says how often (3), PARLEY_CRASH_SEED repeats the moments.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { RecordingTrim } from '../../src/gen/parley/v1/dial_pb.js';
import { type Recording, RecordingFormat, RecordingStatus } from '../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import { seededChance } from '../support/chance.js';
import { linear16, Platform } from '../support/platform.js';
import { downloaded, recordingOver } from '../support/recorded.js';
import { until } from '../support/waiting.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const crashes = Number(process.env.PARLEY_RECORDING_CRASHES ?? 3);
const seed = Number(process.env.PARLEY_CRASH_SEED ?? Date.now() % 1_000_000);
const chance = seededChance(seed);
const rateHz = 16_000;
const roomsAtOnce = 3;
/** From the last of them having begun to the end of the daemon, which is at work on those before it meanwhile. */
const latestMs = 2500;
const lossMsMax = 1000;

/** What a daemon said of a recording before it was killed. */
type Begun = {
  readonly sid: string;
  readonly hasTracks: boolean;
  /** When it was said to run, by the clock of the test; when it was stopped, or the daemon was killed. */
  readonly fromMs: number;
  untilMs: number;
};

let folder: string;
let receiver: WebhookReceiver;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-recording-crashes-'));
  receiver = await WebhookReceiver.start({ signingKey: 'parley-development-signing-key' });
});
afterAll(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<Platform> {
  const environment = { PARLEY_DATA_DIR: join(folder, 'data'), PARLEY_SHARDS: '1', PARLEY_LOG_LEVEL: 'warn' };
  const platform = await Platform.start(environment);
  // Also when what is looked for is not found: no daemon outlives its test.
  onTestFinished(() => platform.end().catch(() => {}));
  return platform;
}

async function begin(platform: Platform, room: string, hasTracks: boolean): Promise<Begun> {
  const line = platform.openLine();
  const enter = (hz: number) =>
    platform.dialGrpc(room, { line, voice: new Tone({ hz, amplitude: 5000, rateHz }), coding: linear16(rateHz) });
  const { conferenceSid } = await enter(440);
  await enter(700);
  const { recording } = await platform.client.call(RecordingService.method.startRecording, {
    conferenceSid,
    trim: RecordingTrim.DO_NOT_TRIM,
    recordingStatusCallback: receiver.url('/recording'),
    tracks: hasTracks,
  });
  return { sid: recording?.sid ?? expect.fail('it has begun'), hasTracks, fromMs: Date.now(), untilMs: 0 };
}

/** Some run when the daemon is killed, with tracks and without; one was stopped and may be at its finishing. */
async function recordAndKill(crash: number): Promise<readonly Begun[]> {
  const platform = await start();
  const begun: Begun[] = [];
  for (let room = 0; room < roomsAtOnce; room += 1) {
    begun.push(await begin(platform, `killed ${crash}.${room}`, room !== 1));
  }
  // The moments of all crashes lie about evenly: some recordings are long enough to be kept, and some are not.
  await delay(((crash + chance()) / crashes) * latestMs);
  const [stopped, ...running] = begun;
  if (stopped !== undefined) {
    stopped.untilMs = Date.now();
    const status = RecordingStatus.STOPPED;
    await platform.client.call(RecordingService.method.updateRecording, { recordingSid: stopped.sid, status });
    // Sometimes at once, sometimes in the middle of it.
    await delay(chance() * 400);
  }
  for (const each of running) each.untilMs = Date.now();
  await platform.daemon.kill();
  await platform.end().catch(() => {});
  return begun;
}

const secondsOf = (path: string): number =>
  Number(execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path]));

const tokens: Readonly<Partial<Record<RecordingStatus, string>>> = {
  [RecordingStatus.COMPLETED]: 'completed',
  [RecordingStatus.ABSENT]: 'absent',
  [RecordingStatus.FAILED]: 'failed',
};

async function judge(platform: Platform, { sid, hasTracks, fromMs, untilMs }: Begun): Promise<Recording> {
  const recording = await recordingOver(platform.client, sid);
  const leastMs = untilMs - fromMs - lossMsMax;
  const what = `${sid}: ${tokens[recording.status]} ${recording.failure ?? ''}, of ${untilMs - fromMs} ms`;
  if (recording.status !== RecordingStatus.COMPLETED) {
    // Too little to be kept once a second of it may be gone, or nothing at all.
    const leastKeptMs = recording.status === RecordingStatus.ABSENT ? 1000 : 0;
    expect(leastMs, what).toBeLessThanOrEqual(leastKeptMs);
    return recording;
  }
  const lengthMs = (Number(recording.samples) * 1000) / recording.sampleRateHz;
  expect(lengthMs, what).toBeGreaterThanOrEqual(leastMs);
  const path = join(folder, 'judged.wav');
  writeFileSync(path, await downloaded(platform.client, sid, RecordingFormat.WAV));
  expect(secondsOf(path)).toBeCloseTo(lengthMs / 1000, 3);
  expect(recording.tracks).toHaveLength(hasTracks ? 2 : 0);
  for (const { number } of recording.tracks) {
    writeFileSync(path, await downloaded(platform.client, sid, RecordingFormat.TRACK, number));
    expect(secondsOf(path)).toBeCloseTo(lengthMs / 1000, 3);
  }
  if (!hasTracks) return recording;
  const timeline: { readonly samples: number; readonly entries: readonly { kind: string }[] } = JSON.parse(
    (await downloaded(platform.client, sid, RecordingFormat.TIMELINE)).toString(),
  );
  expect(timeline.samples).toBe(Number(recording.samples));
  const kinds = timeline.entries.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'join')).toHaveLength(2);
  expect(kinds.filter((kind) => kind === 'talk').length).toBeGreaterThanOrEqual(2);
  return recording;
}

it(
  `what ${crashes} daemons that were killed had recorded is finished and told of (seed ${seed})`,
  async () => {
    const begun: Begun[] = [];
    for (let crash = 0; crash < crashes; crash += 1) begun.push(...(await recordAndKill(crash)));
    const last = await start();
    const completed: string[] = [];
    for (const each of begun) {
      const { sid, status } = await judge(last, each);
      if (status === RecordingStatus.COMPLETED) completed.push(sid);
      const told = () =>
        receiver.received
          .filter(({ parameters }) => parameters.RecordingSid === sid)
          .map((callback) => callback.parameters);
      await until(() => told().length > 0);
      // At least once, and of nothing else.
      expect(new Set(told().map(({ RecordingStatus: token }) => token))).toEqual(new Set([tokens[status]]));
    }
    expect(completed.length).toBeGreaterThanOrEqual(crashes);
  },
  60_000 + crashes * 20_000,
);

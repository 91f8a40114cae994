/**
 * Many rooms recorded at once: how late the engine's ticks are without recordings, with them, and while the disk they
 * go to stands still; what is lost, and whether the files have what was played. The engine, the thread of the spools
 * and the files are the daemon's own, in this process; every room has two silent legs and a sound that both hear.
 *
 *   tsx bench/recordings.ts [--recordings 500] [--seconds 20] [--rounds 2] [--stalls 3,30] [--folder DIR]
 *
 * Prints a line for each stretch, in turns without and with recordings; then the stalls; then its verdict, goal by
 * goal, and exits with 1 when one is missed. A stall is made by preloading test/support/disk.cc, which is why the bench
 * starts itself once more. Needs `make build`, and a quiet machine.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Capture, Recorder } from '../src/app/recordings/recorder-port.js';
import { ClipWriter, wholeClip } from '../src/media/clip-memory.js';
import { recordingFramesMax } from '../src/media/engine-layout.js';
import type { ClipId, MixRoomId } from '../src/media/engine-port.js';
import { growingWavHeaderBytes } from '../src/recordings/wav-header.js';
import { stallingDisk } from '../test/support/disk.js';
import { RecordingRig, rigFrameSamples } from '../test/support/recording-rig.js';
import { Lateness, RecordingsVerdict, type Stretch, type Taken } from './support/recordings-verdict.js';

/** Each sample of the sound: at any rate, once its filters are full. */
const level = 1200;
/** Behind a gap or a beginning, frames in which filters fill. */
const unsettledFrames = 2;

type Plan = {
  readonly recordings: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly stalls: number[];
};

class Bench {
  readonly #rig: RecordingRig;
  readonly #rooms: readonly MixRoomId[];
  readonly #over: Capture[] = [];
  #next = 1;

  constructor(rig: RecordingRig, rooms: readonly MixRoomId[]) {
    this.#rig = rig;
    this.#rooms = rooms;
    rig.capture.onOver((capture) => this.#over.push(capture));
  }

  record(): readonly Recorder[] {
    return this.#rooms.map((room) => this.#rig.record(this.#next++, room));
  }

  async end(recorders: readonly Recorder[]): Promise<readonly Capture[]> {
    for (const recorder of recorders) this.#rig.end(recorder);
    while (this.#over.length < recorders.length) await delay(20);
    return this.#over.splice(0);
  }

  /** What the shard did meanwhile; in a line, too. */
  async stretch(name: string, action: () => Promise<void>): Promise<Stretch> {
    const before = this.#reading();
    let fullest = 0;
    const watching = setInterval(() => {
      fullest = Math.max(fullest, this.#rig.metrics.value('parley_capture_ring_fill_ratio'));
    }, 500);
    await action();
    clearInterval(watching);
    const after = this.#reading();
    const late = new Lateness(after.lateness.map((count, index) => count - (before.lateness[index] ?? 0)));
    const cpuUs = (after.cpuNs - before.cpuNs) / 1000 / late.ticks;
    const [givenUp, lost] = [after.givenUp - before.givenUp, after.lost - before.lost];
    process.stdout.write(
      `${name}: ${late.ticks} ticks, late by at most ${late.below(0.5)} (half), ${late.below(0.99)} (99 %), ` +
        `${late.below(0.999)} (99.9 %); ` +
        `${cpuUs.toFixed(1)} us of CPU each; ${after.overrun - before.overrun} overrun, ` +
        `${givenUp} given up; ${after.frames - before.frames} frames recorded, ` +
        `${lost} lost, rings at most ${Math.round(fullest * 100)} % full\n`,
    );
    return { late, givenUp };
  }

  /** Frames without a place, since the shard began. */
  lost(): number {
    return this.#reading().lost;
  }

  #reading() {
    const stats = this.#rig.pool.shards()[0]?.stats ?? {};
    const word = (name: string): number => Number(stats[name] ?? 0);
    return {
      lateness: stats.tick_lateness_histogram as readonly number[],
      cpuNs: word('cpu_ns'),
      overrun: word('ticks_overrun'),
      givenUp: word('ticks_reanchored'),
      frames: word('recorded_frames'),
      lost: word('recorded_frames_lost'),
    };
  }
}

/** Every frame of a file that should have sound and has another, or is none. */
function wrongFrames(capture: Capture): number {
  const bytes = readFileSync(capture.audioPath).subarray(growingWavHeaderBytes);
  if (bytes.length !== capture.frames * rigFrameSamples * 2) return capture.frames;
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const unsettled = new Set(Array.from({ length: unsettledFrames }, (_, frame) => frame));
  for (const { at, frames } of capture.gaps) {
    for (let frame = at; frame < at + frames + unsettledFrames; frame += 1) unsettled.add(frame);
  }
  let wrong = 0;
  for (let frame = 0; frame < capture.frames; frame += 1) {
    if (unsettled.has(frame)) continue;
    const sound = samples.subarray(frame * rigFrameSamples, (frame + 1) * rigFrameSamples);
    if (!sound.every((sample) => sample === level)) wrong += 1;
  }
  return wrong;
}

function judge(name: string, captures: readonly Capture[], discard: (capture: Capture) => void): Omit<Taken, 'lost'> {
  const lost = (why: 'disk' | 'engine'): number =>
    captures.reduce((sum, { gaps }) => sum + gaps.reduce((all, gap) => all + (gap.why === why ? gap.frames : 0), 0), 0);
  const frames = captures.reduce((sum, capture) => sum + capture.frames, 0);
  const wrong = captures.reduce((sum, capture) => sum + wrongFrames(capture), 0);
  const failed = captures.filter(({ why }) => why === 'failed').length;
  const [one] = captures;
  const checksum = one === undefined ? '' : createHash('sha256').update(readFileSync(one.audioPath)).digest('hex');
  process.stdout.write(
    `${name}: ${captures.length} files of ${frames} frames, ${wrong} wrong; in gaps marked as of the disk ` +
      `${lost('disk')}, of the engine ${lost('engine')}; ${failed} failed; ` +
      `one is ${checksum.slice(0, 12)}\n`,
  );
  for (const capture of captures) discard(capture);
  return { frames, wrong, failed, marked: lost('disk') };
}

function openRooms(rig: RecordingRig, count: number): readonly MixRoomId[] {
  const memory = wholeClip(48_000);
  const writer = new ClipWriter(memory);
  writer.write(new Int16Array(48_000).fill(level));
  writer.end();
  const opened = rig.pool.openClip(memory);
  if (!opened.ok) throw new Error('no place for a clip');
  return Array.from({ length: count }, () => playedRoom(rig, opened.value));
}

function playedRoom(rig: RecordingRig, clip: ClipId): MixRoomId {
  const room = rig.silentRoom(2);
  const [shard] = rig.pool.shards();
  const player = shard === undefined ? null : rig.pool.reservePlayer(shard.shard);
  if (shard === undefined || player === null || !player.ok) throw new Error('no place for a player');
  const told = rig.pool.apply(shard.shard, [
    { kind: 'open-player', player: player.value, clip, loops: 0 },
    { kind: 'play-to-room', room, player: player.value, except: null },
  ]);
  if (!told.ok) throw new Error('no place in the command ring');
  return room;
}

async function measure(folder: string, { recordings, seconds, rounds, stalls }: Plan, disk: Disk): Promise<void> {
  const rig = await RecordingRig.start(folder, recordings);
  const rooms: MixRoomId[] = [];
  // A few at a time: the ring of commands is for what a control thread says in a moment.
  for (let at = 0; at < recordings; at += 20) {
    rooms.push(...openRooms(rig, Math.min(20, recordings - at)));
    await delay(20);
  }
  const bench = new Bench(rig, rooms);
  const discard = (capture: Capture): void => void rig.capture.discard(capture);
  await delay(1000);
  const verdict = new RecordingsVerdict(recordings, recordingFramesMax / 50);
  for (let round = 1; round <= rounds; round += 1) {
    verdict.without(await bench.stretch(`round ${round}, without`, () => delay(seconds * 1000)));
    const lostBefore = bench.lost();
    const recorders = bench.record();
    const stretch = await bench.stretch(`round ${round}, with ${recordings} recordings`, () => delay(seconds * 1000));
    const taken = judge(`round ${round}`, await bench.end(recorders), discard);
    verdict.with(stretch, { ...taken, lost: bench.lost() - lostBefore });
  }
  for (const stall of stalls) {
    const lostBefore = bench.lost();
    const recorders = bench.record();
    await delay(3000);
    const stretch = await bench.stretch(`disk stands still for ${stall} s`, async () => {
      disk.stall();
      await delay(stall * 1000);
      disk.goOn();
      await delay(2000);
    });
    const taken = judge(
      `after ${stall} s (rings hold ${recordingFramesMax / 50} s)`,
      await bench.end(recorders),
      discard,
    );
    verdict.stalled(stall, stretch, { ...taken, lost: bench.lost() - lostBefore });
  }
  process.stdout.write(verdict.text());
  if (!verdict.isMet()) process.exitCode = 1;
  await rig.close();
}

type Disk = Pick<ReturnType<typeof stallingDisk>, 'stall' | 'goOn'>;

const { values } = parseArgs({
  options: {
    recordings: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '2' },
    stalls: { type: 'string', default: '3,30' },
    folder: { type: 'string' },
  },
});

if (process.send === undefined) {
  const disk = stallingDisk();
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...disk.environment },
  });
  child.on('message', (message) => (message === 'stall' ? disk.stall() : disk.goOn()));
  const [status] = await once(child, 'exit');
  disk.remove();
  process.exitCode = Number(status ?? 1);
} else {
  const tell = process.send.bind(process);
  const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'parley-recordings-'));
  const plan: Plan = {
    recordings: Number(values.recordings),
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    stalls: values.stalls.split(',').filter(Boolean).map(Number),
  };
  await measure(folder, plan, { stall: () => void tell('stall'), goOn: () => void tell('go on') });
  rmSync(folder, { recursive: true, force: true });
  process.disconnect();
}

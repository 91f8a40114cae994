/**
 * A real engine with rooms that are recorded to a real disk, without the control plane: whoever is in a room says one
 * number, or one after another.
 */
import { type CaptureAdapter, createCapture } from '../../src/adapters/capture/capture.js';
import { startSpoolsThread } from '../../src/adapters/capture/spools-thread.js';
import type { EnginePool } from '../../src/adapters/engine/engine-pool.js';
import { systemClock as clock } from '../../src/adapters/system/clock.js';
import type { Recorder } from '../../src/app/recordings/recorder-port.js';
import type { RecordingSid } from '../../src/base/brands.js';
import type { Result } from '../../src/base/result.js';
import type {
  Lane,
  LegId,
  LegMedia,
  MixRoomId,
  RecorderMode,
  RecorderSource,
  ShardId,
} from '../../src/media/engine-port.js';
import { startRealPool } from './real-pool.js';
import { recordingLogger, recordingMetrics } from './silent.js';

const shard = 0 as ShardId;
const rateHz = 16_000;
export const rigFrameSamples = rateHz / 50;
const media: LegMedia = { transport: 'lane', codec: 'linear16', rateHz, jitterMs: 20 };

function value<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  throw new Error(`refused: ${JSON.stringify(result.error)}`);
}

export const recordingSidOf = (number: number): RecordingSid =>
  `6f5e1c8e-0000-4000-8000-${String(number).padStart(12, '0')}` as RecordingSid;

/** 20 ms of one number, as linear16. */
const frameOf = (sample: number): Uint8Array => new Uint8Array(new Int16Array(rigFrameSamples).fill(sample).buffer);

/** A number for ever, or that of each frame, from its first. */
export type Says = number | ((frame: number) => number);

class Speaker {
  readonly leg: LegId;
  readonly #lane: Lane;
  readonly #says: (frame: number) => Uint8Array;
  #written = 0;

  constructor(leg: LegId, lane: Lane, says: Says) {
    this.leg = leg;
    this.#lane = lane;
    const ever = typeof says === 'number' ? frameOf(says) : null;
    this.#says = (frame) => ever ?? frameOf(typeof says === 'number' ? says : says(frame));
  }

  /** Keeps half a second ahead of what is played. */
  feed(): void {
    while (this.#written < this.#lane.played() + 25 && this.#lane.write(this.#says(this.#written))) this.#written += 1;
    while (this.#lane.read() !== null);
  }
}

export class RecordingRig {
  readonly pool: EnginePool;
  readonly capture: CaptureAdapter;
  readonly metrics: ReturnType<typeof recordingMetrics>;
  readonly #speakers: Speaker[] = [];
  readonly #timer: NodeJS.Timeout;

  private constructor(pool: EnginePool, capture: CaptureAdapter, metrics: ReturnType<typeof recordingMetrics>) {
    this.pool = pool;
    this.capture = capture;
    this.metrics = metrics;
    this.#timer = setInterval(() => this.#feed(), 40);
  }

  static async start(folder: string, rooms: number): Promise<RecordingRig> {
    const pool = await startRealPool({
      shards: 1,
      limits: {
        legsMax: rooms * 3,
        roomsMax: rooms,
        lanesMax: rooms * 3,
        opusLegsMax: 1,
        playersMax: rooms,
        recordersMax: rooms * 3,
      },
    });
    const thread = await startSpoolsThread();
    const metrics = recordingMetrics();
    const logger = recordingLogger();
    const capture = await createCapture({ engine: pool, thread, folder, clock, metrics, logger });
    return new RecordingRig(pool, capture, metrics);
  }

  /** Opens a room of legs that say this. */
  room(...says: readonly Says[]): { readonly room: MixRoomId; readonly legs: readonly LegId[] } {
    const { room, legs } = this.#open(says.length);
    legs.forEach((leg, index) => {
      const lane = this.pool.lane(leg);
      if (lane !== null) this.#speakers.push(new Speaker(leg, lane, says[index] ?? 0));
    });
    this.#feed();
    return { room, legs };
  }

  /** Opens a room of so many legs that say nothing, ever. */
  silentRoom(legs: number): MixRoomId {
    return this.#open(legs).room;
  }

  #open(count: number): { readonly room: MixRoomId; readonly legs: readonly LegId[] } {
    const room = value(this.pool.reserveRoom(shard)).id;
    const legs = Array.from({ length: count }, () => value(this.pool.reserveLeg(shard, media)).id);
    const route = { sends: { kind: 'room' }, hears: 'room', players: [] } as const;
    value(
      this.pool.apply(shard, [
        { kind: 'open-room', room, rateHz },
        ...legs.map((leg) => ({ kind: 'open-leg', leg, media }) as const),
        ...legs.map((leg) => ({ kind: 'route-leg', leg, room, route }) as const),
      ]),
    );
    return { room, legs };
  }

  record(
    number: number,
    room: MixRoomId,
    source: RecorderSource = { kind: 'mix' },
    channels: 1 | 2 = 1,
    mode: RecorderMode = 'recording',
  ): Recorder {
    const [recorder] = this.recordTogether(room, [{ number, source, channels }], mode);
    if (recorder === undefined) throw new Error('what is asked for is opened');
    return recorder;
  }

  /** Recorders that begin in the same frame. */
  recordTogether(
    room: MixRoomId,
    wanted: readonly { readonly number: number; readonly source: RecorderSource; readonly channels?: 1 | 2 }[],
    mode: RecorderMode = 'recording',
  ): readonly Recorder[] {
    const opened = wanted.map(({ number, source, channels = 1 }) => {
      const memo = String(number);
      const open = this.capture.open({ recording: recordingSidOf(number), shard, rateHz, channels, memo });
      return { recorder: value(open), source };
    });
    value(
      this.pool.apply(
        shard,
        opened.map(({ recorder: { id }, source }) => ({ kind: 'open-recorder', recorder: id, room, source, mode })),
      ),
    );
    return opened.map(({ recorder }) => recorder);
  }

  pause(recorder: Recorder, mode: RecorderMode): void {
    this.pauseTogether([recorder], mode);
  }

  /** In the same frame. */
  pauseTogether(recorders: readonly Recorder[], mode: RecorderMode): void {
    value(
      this.pool.apply(
        shard,
        recorders.map(({ id }) => ({ kind: 'set-recorder', recorder: id, mode })),
      ),
    );
  }

  end(recorder: Recorder): void {
    value(this.pool.apply(shard, [{ kind: 'close-recorder', recorder: recorder.id }]));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.capture.close(5000);
    await this.pool.stop();
  }

  #feed(): void {
    for (const speaker of this.#speakers) speaker.feed();
  }
}

/**
 * The tracks of one recording while it is taken down: a recorder for each who is in, on the shard of their leg and at
 * the rate of the mix, begun and ended in the batch in which that comes or goes.
 */
import type { CallSid, RecordingSid } from '../../base/brands.js';
import type { Logger, Random } from '../../base/ports.js';
import { newSid } from '../../base/sids.js';
import type { Participant } from '../../conference/state.js';
import type { RoomRecorder } from '../../media/engine-batch.js';
import type { RecorderId, ShardId } from '../../media/engine-port.js';
import type { Recording } from '../../recordings/recording.js';
import type { Metrics } from '../metrics.js';
import { memoText, type TrackMemo } from './capture-memo.js';
import type { TakenTrack } from './file-port.js';
import type { Capture, Recorder, RecorderPort } from './recorder-port.js';

/** Recorders of tracks that a recording opens in its life: whoever comes beyond, or comes back, has none. */
export const tracksMax = 64;

export type TrackParts = {
  readonly recorders: Pick<RecorderPort, 'open'>;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export class TrackRecorders {
  readonly #parts: TrackParts;
  readonly #of: Recording;
  readonly #rateHz: number;
  /** Of those who are in. */
  readonly #open = new Map<CallSid, Recorder>();
  /** Opened for what is not committed yet. */
  readonly #uncommitted = new Set<CallSid>();
  /** Of which there is something on the disk, or will be. */
  readonly #pending = new Set<RecordingSid>();
  readonly #taken: TakenTrack[] = [];
  #opened = 0;

  /** `rateHz`: of the mix. */
  constructor(parts: TrackParts, of: Recording, rateHz: number) {
    this.#parts = parts;
    this.#of = of;
    this.#rateHz = rateHz;
  }

  /** One for each of these who has none. To be committed, or given back, at once after. */
  open(participants: Iterable<Participant>, shardOf: (callSid: CallSid) => ShardId): void {
    for (const participant of participants) {
      if (!this.#open.has(participant.callSid)) this.#begin(participant, shardOf(participant.callSid));
    }
  }

  /** The commit came to pass; those who are no longer in have come to their end. */
  commit(isIn: (callSid: CallSid) => boolean): void {
    this.#uncommitted.clear();
    for (const callSid of [...this.#open.keys()]) if (!isIn(callSid)) this.#open.delete(callSid);
  }

  /** It did not. */
  giveBack(): void {
    for (const callSid of this.#uncommitted) {
      const recorder = this.#open.get(callSid);
      this.#open.delete(callSid);
      if (recorder === undefined) continue;
      this.#pending.delete(recorder.recording);
      recorder.release();
    }
    this.#uncommitted.clear();
  }

  /** What the engine is to take down now. */
  picture(mode: RoomRecorder['mode']): readonly (readonly [RecorderId, RoomRecorder])[] {
    return [...this.#open].map(([callSid, { id }]) => [id, { source: { kind: 'inbound', callSid }, mode }] as const);
  }

  /** A track of it is whole on the disk. */
  over(capture: Capture, { order, callSid, label }: TrackMemo): void {
    this.#pending.delete(capture.recording);
    this.#taken.push({ capture, order, callSid, label });
  }

  /** All of them are. */
  isOver(): boolean {
    return this.#pending.size === 0;
  }

  taken(): readonly TakenTrack[] {
    return this.#taken;
  }

  #begin({ callSid, label }: Participant, shard: ShardId): void {
    const { recorders, random, metrics, logger } = this.#parts;
    const { sid: of, accountSid, conferenceSid } = this.#of;
    const refused = (lack: 'places' | 'recorders'): void => {
      metrics.count('parley_recording_tracks_refused_total', { lack });
      logger.warn('recording-track-not-begun', { recordingSid: of, callSid, lack });
    };
    if (this.#opened >= tracksMax) {
      refused('places');
      return;
    }
    const opened = recorders.open({
      recording: newSid('recording', random),
      shard,
      rateHz: this.#rateHz,
      channels: 1,
      memo: memoText({ accountSid, conferenceSid, track: { of, order: this.#opened, callSid, label } }),
    });
    if (!opened.ok) {
      refused('recorders');
      return;
    }
    this.#opened += 1;
    this.#open.set(callSid, opened.value);
    this.#uncommitted.add(callSid);
    this.#pending.add(opened.value.recording);
  }
}

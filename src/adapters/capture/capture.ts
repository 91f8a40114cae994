/**
 * Taking rooms down, from the control thread's side: which recordings are open, what their thread says of them, and the
 * figures. Nothing here waits for a disk.
 */
import { mkdir, statfs } from 'node:fs/promises';
import type { Metrics } from '../../app/metrics.js';
import {
  type Capture,
  memoMax,
  type Recorder,
  type RecorderPort,
  type RecorderRefusal,
  type WantedRecorder,
} from '../../app/recordings/recorder-port.js';
import { assert } from '../../base/assert.js';
import type { RecordingSid } from '../../base/brands.js';
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { messageOf } from '../../base/thrown.js';
import { recordingFramesMax } from '../../media/engine-layout.js';
import type { EnginePort } from '../../media/engine-port.js';
import { recordingProgress } from '../../media/recording-memory.js';
import type { TimelineNote } from '../../recordings/course.js';
import type { FromSpools, SpoolFigures } from './capture-protocol.js';
import { audioPathOf, journalPathOf, leftCaptures, removeCapture, repairedCapture } from './left-captures.js';
import { Rings } from './rings.js';
import type { SpoolsThread } from './spools-thread.js';

/** Recordings at a time: two open files each. */
export const spoolsMax = 2048;

const measureEveryMs = 1000;
/** A disk that does not say how much is free in this time does not say it. */
const freeLimitMs = 1000;
const whatMax = 32;
const whoMax = 64;
const labelMax = 128;

export type CaptureParts = {
  readonly engine: Pick<EnginePort, 'reserveRecorder' | 'releaseRecorder'>;
  readonly thread: SpoolsThread;
  /** Of the spools; made when it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export interface CaptureAdapter extends RecorderPort {
  /** After the last conference has ended: what is over is written to its end, as far as the disk lets it. */
  close(limitMs: number): Promise<void>;
}

type Open = {
  readonly wanted: WantedRecorder;
  readonly memory: SharedArrayBuffer;
  /** Of the whole recording, once it is over: its memory is another's then. */
  framesAtEnd: number | null;
};

export async function createCapture(parts: CaptureParts): Promise<CaptureAdapter> {
  await mkdir(parts.folder, { recursive: true, mode: 0o700 });
  return new DiskCapture(parts);
}

class DiskCapture implements CaptureAdapter {
  readonly #parts: CaptureParts;
  readonly #rings = new Rings();
  readonly #open = new Map<RecordingSid, Open>();
  /** Given back, and not forgotten by the thread yet. */
  readonly #released = new Map<RecordingSid, Open>();
  #onOver = (_capture: Capture): void => {};
  #heardAtMs: number;
  #hasFailed = false;
  #cancelMeasure: Cancel = () => {};
  /** One that is still asked. */
  #asking: Promise<number | null> | null = null;

  constructor(parts: CaptureParts) {
    this.#parts = parts;
    this.#heardAtMs = parts.clock.monotonic();
    parts.thread.onMessage((message) => this.#hear(message));
    parts.thread.onFailure((error) => this.#fail(error));
    this.#measure();
  }

  open(wanted: WantedRecorder): Result<Recorder, RecorderRefusal> {
    const { engine, thread, folder } = this.#parts;
    const { recording, rateHz, channels, memo, shard } = wanted;
    assert(/^[0-9a-f-]{36}$/.test(recording), 'a recording has a sid that is a good name for a file');
    assert(!this.#open.has(recording), 'a recording is taken down once');
    assert(Buffer.byteLength(memo) <= memoMax, 'a memo is bounded');
    if (this.#hasFailed) return this.#refuse({ kind: 'engine-unavailable' });
    if (this.#open.size >= spoolsMax) return this.#refuse({ kind: 'recorders-full', what: 'spools' });
    const memory = this.#rings.take(rateHz, channels);
    const reserved = engine.reserveRecorder(shard, memory);
    if (!reserved.ok) {
      this.#rings.giveBack(memory, rateHz, channels);
      const isFull = reserved.error.kind === 'engine-full';
      return this.#refuse(isFull ? { kind: 'recorders-full', what: 'recorders' } : { kind: 'engine-unavailable' });
    }
    const open: Open = { wanted, memory, framesAtEnd: null };
    this.#open.set(recording, open);
    const audioPath = audioPathOf(folder, recording);
    const journalPath = journalPathOf(folder, recording);
    thread.post({ kind: 'open', order: { recording, memo, rateHz, channels, memory, audioPath, journalPath } });
    return ok({
      id: reserved.value,
      recording,
      frames: () => framesOf(open),
      note: (note) => this.#note(recording, framesOf(open), note),
      release: () => {
        assert(this.#open.delete(recording), 'a recorder is given back once');
        this.#released.set(recording, open);
        thread.post({ kind: 'forget', recording });
        engine.releaseRecorder(reserved.value);
      },
    });
  }

  onOver(listener: (capture: Capture) => void): void {
    this.#onOver = listener;
  }

  async left(): Promise<readonly Capture[]> {
    const captures: Capture[] = [];
    for (const left of await leftCaptures(this.#parts.folder)) {
      if (left.kind === 'capture') captures.push(left.capture);
      else this.#parts.logger.error('capture-unreadable', { path: left.path, why: left.why });
    }
    return captures;
  }

  discard({ recording }: Pick<Capture, 'recording'>): Promise<void> {
    return removeCapture(this.#parts.folder, recording);
  }

  freeBytes(): Promise<number | null> {
    const { clock, folder } = this.#parts;
    // A disk that stands still is asked once: each question holds a thread that the whole process shares.
    this.#asking ??= statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    );
    const asked = this.#asking;
    void asked.then(() => {
      this.#asking = null;
    });
    return new Promise((resolve) => {
      const cancel = clock.after(freeLimitMs, () => resolve(null));
      void asked.then((bytes) => {
        cancel();
        resolve(bytes);
      });
    });
  }

  async close(limitMs: number): Promise<void> {
    this.#cancelMeasure();
    await this.#parts.thread.close(limitMs);
  }

  #refuse(refusal: RecorderRefusal): Result<Recorder, RecorderRefusal> {
    const lack = refusal.kind === 'recorders-full' ? refusal.what : 'engine';
    this.#parts.metrics.count('parley_captures_refused_total', { lack });
    return err(refusal);
  }

  #note(recording: RecordingSid, at: number, { what, who, label }: TimelineNote): void {
    if (!this.#open.has(recording)) return;
    const named = label === undefined ? {} : { label: [...label].slice(0, labelMax).join('') };
    const note = { what: what.slice(0, whatMax), who: who?.slice(0, whoMax) ?? null, ...named };
    this.#parts.thread.post({ kind: 'note', recording, at, note });
  }

  #hear(message: FromSpools): void {
    const { clock, logger } = this.#parts;
    this.#heardAtMs = clock.monotonic();
    switch (message.kind) {
      case 'open':
        return;
      case 'over':
        this.#giveBack(this.#open.get(message.recording) ?? this.#released.get(message.recording));
        this.#over(message.recording, message.capture);
        return;
      case 'forgotten':
        this.#giveBack(this.#released.get(message.recording));
        this.#released.delete(message.recording);
        return;
      case 'trouble':
        logger.error('capture-disk-refuses', { recording: message.recording, why: message.why });
        return;
      case 'recovered':
        logger.info('capture-disk-recovered', { recording: message.recording });
        return;
      case 'figures':
        this.#figure(message.figures);
        return;
    }
  }

  /** The engine has said that nothing more comes, and the thread of the spools has read it all. */
  #giveBack(open: Open | undefined): void {
    if (open === undefined) return;
    open.framesAtEnd = framesOf(open);
    this.#rings.giveBack(open.memory, open.wanted.rateHz, open.wanted.channels);
  }

  #over(recording: RecordingSid, capture: Capture | null): void {
    const { metrics, logger } = this.#parts;
    const open = this.#open.get(recording);
    this.#open.delete(recording);
    if (open === undefined) {
      // Given back in the very moment in which its thread saw that it was over.
      if (!this.#released.delete(recording)) return;
      void this.discard({ recording }).catch((error: unknown) => logger.warn('capture-not-removed', { error }));
      return;
    }
    const over = capture ?? this.#nothing(open.wanted);
    metrics.count('parley_captures_over_total', { why: over.why });
    for (const gap of over.gaps) logger.warn('capture-gap', { recording, ...gap });
    this.#onOver(over);
  }

  /** The disk never took the first byte of it. */
  #nothing({ recording, memo, rateHz, channels }: WantedRecorder): Capture {
    return {
      recording,
      memo,
      audioPath: audioPathOf(this.#parts.folder, recording),
      rateHz,
      channels,
      frames: 0,
      startedAtMs: null,
      firstTurn: null,
      gaps: [],
      timeline: [],
      notesLost: 0,
      why: 'failed',
    };
  }

  #figure({ writes, bytes, slowestMs, failures, gapFrames, failing, unsyncedMs }: SpoolFigures): void {
    const { metrics } = this.#parts;
    metrics.count('parley_capture_writes_total', {}, writes);
    metrics.count('parley_capture_bytes_total', {}, bytes);
    metrics.count('parley_capture_failures_total', {}, failures);
    if (writes > 0) metrics.observe('parley_capture_slowest_write_seconds', {}, slowestMs / 1000);
    for (const why of ['disk', 'engine'] as const) {
      metrics.count('parley_capture_gap_seconds_total', { why }, gapFrames[why] / 50);
    }
    metrics.set('parley_captures', { state: 'failing' }, failing);
    metrics.set('parley_capture_unsynced_seconds', {}, unsyncedMs / 1000);
  }

  /** Seen from here, since the thread of the spools says nothing while it waits for the disk. */
  #measure(): void {
    const { clock, metrics } = this.#parts;
    let waiting = 0;
    for (const { memory } of this.#open.values()) waiting = Math.max(waiting, recordingProgress(memory).waiting);
    metrics.set('parley_captures', { state: 'all' }, this.#open.size);
    metrics.set('parley_capture_ring_fill_ratio', {}, waiting / recordingFramesMax);
    metrics.set('parley_capture_thread_silent_seconds', {}, (clock.monotonic() - this.#heardAtMs) / 1000);
    this.#cancelMeasure = clock.after(measureEveryMs, () => this.#measure());
  }

  /** What is on the disk of those that are open is all there will be of them. */
  #fail(error: unknown): void {
    const { folder, logger } = this.#parts;
    if (this.#hasFailed) return;
    logger.error('capture-thread-failed', { error: messageOf(error) });
    this.#hasFailed = true;
    for (const recording of this.#open.keys()) {
      void repairedCapture(folder, recording).then((left) => {
        this.#over(recording, left.kind === 'capture' ? { ...left.capture, why: 'failed' } : null);
      });
    }
  }
}

const framesOf = ({ memory, framesAtEnd }: Open): number => framesAtEnd ?? recordingProgress(memory).frames;

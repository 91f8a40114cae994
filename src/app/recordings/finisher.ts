/**
 * From a capture to files: what was taken down is trimmed, coded, kept, and only then is the recording completed and
 * told of (CONTRACT §4, §8.7). What cannot be done now is tried again for ever: the capture stays until it is done.
 */
import { assert } from '../../base/assert.js';
import type { RecordingSid } from '../../base/brands.js';
import type { Clock, Logger } from '../../base/ports.js';
import { err, ok } from '../../base/result.js';
import { recordingChanged } from '../../recordings/events.js';
import { finished, processing, type RecordingOutcome } from '../../recordings/life.js';
import { isFinal, type Recording } from '../../recordings/recording.js';
import type { Metrics } from '../metrics.js';
import type { ConferenceRecordings } from './conference-recordings.js';
import type { FinishOutcome, RecordingFiles, RecordingPolicyOf, TakenDown } from './file-port.js';
import type { Capture, RecorderPort } from './recorder-port.js';

/** The others wait: each is a core's work while it lasts. */
export const finishingAtOnceMax = 4;

/** After the first failure; doubled each time. */
const retryMsMin = 1000;
const retryMsMax = 60_000;

export type FinisherParts = {
  readonly files: RecordingFiles;
  readonly recorders: Pick<RecorderPort, 'discard'>;
  readonly policyOf: RecordingPolicyOf;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Everything of this recording is done. */
  readonly onDone: (recordings: ConferenceRecordings, sid: RecordingSid) => void;
};

type Job = { readonly recordings: ConferenceRecordings; readonly taken: TakenDown };

export class Finisher {
  readonly #parts: FinisherParts;
  readonly #waiting: Job[] = [];
  readonly #progress = new Map<RecordingSid, number>();
  #running = 0;
  #isStopped = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: FinisherParts) {
    this.#parts = parts;
  }

  /** Once for each recording. */
  add(job: Job): void {
    this.#progress.set(job.taken.mix.recording, 0);
    this.#waiting.push(job);
    this.#count();
    this.#next();
  }

  /** 0 to 1 while its files are being made; null otherwise. */
  progress(sid: RecordingSid): number | null {
    return this.#progress.get(sid) ?? null;
  }

  /** Resolves once nothing is under way; what waits for its next try is. */
  idle(): Promise<void> {
    if (this.#progress.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Nothing more is begun or tried again: the next process finds the captures. */
  stop(): void {
    this.#isStopped = true;
  }

  #next(): void {
    while (!this.#isStopped && this.#running < finishingAtOnceMax) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#running += 1;
      const { recording: recordingSid } = job.taken.mix;
      this.#finish(job)
        .catch((error: unknown) => this.#parts.logger.error('recording-not-finished', { recordingSid, error }))
        .finally(() => {
          this.#running -= 1;
          this.#progress.delete(recordingSid);
          this.#count();
          if (this.#progress.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
          this.#next();
        });
    }
  }

  async #finish(job: Job): Promise<void> {
    const { clock, metrics, recorders, onDone } = this.#parts;
    const { recordings, taken } = job;
    const { recording: sid } = taken.mix;
    const begunAtMs = clock.monotonic();
    const isBegun = await this.#surely(() => this.#commit(recordings, sid, (each) => processing(each, clock.now())));
    const outcome = isBegun ? await this.#outcome(job) : null;
    if (outcome === null) return;
    const isTold = await this.#surely(() =>
      this.#commit(recordings, sid, (each) => finished(each, outcome, clock.now())),
    );
    if (!isTold) return;
    this.#tell(recordings.all().get(sid), taken.mix, outcome);
    metrics.observe('parley_recording_finish_duration_seconds', {}, (clock.monotonic() - begunAtMs) / 1000);
    for (const { capture } of taken.tracks) await recorders.discard(capture);
    await recorders.discard(taken.mix);
    recordings.forget(sid);
    onDone(recordings, sid);
  }

  /** Null when nothing is to be tried any more. */
  async #outcome({ recordings, taken }: Job): Promise<RecordingOutcome | null> {
    const outcomes: RecordingOutcome[] = [];
    await this.#surely(async () => {
      const recording = recordings.all().get(taken.mix.recording);
      assert(recording !== undefined, 'who is not over is not forgotten');
      const made = await this.#make(recording, taken);
      if (made.kind !== 'unavailable') outcomes.push(made);
      return outcomes.length > 0;
    });
    return outcomes[0] ?? null;
  }

  #tell(
    recording: Recording | undefined,
    { recording: recordingSid, gaps, why }: Capture,
    outcome: RecordingOutcome,
  ): void {
    const { metrics, logger } = this.#parts;
    metrics.count('parley_recordings_finished_total', { outcome: outcome.kind });
    if (outcome.kind === 'completed' && recording !== undefined) {
      const account = recording.accountSid;
      const bytes = outcome.media.files.reduce((sum, file) => sum + file.bytes, 0);
      metrics.count('parley_account_recordings_total', { account });
      metrics.count('parley_account_recording_bytes_total', { account }, bytes);
    }
    const lost = gaps.reduce((sum, { frames }) => sum + frames, 0);
    if (outcome.kind === 'failed') logger.error('recording-failed', { recordingSid, why: outcome.why });
    else if (lost > 0 || why === 'failed') logger.warn('recording-has-gaps', { recordingSid, gaps: lost, why });
  }

  async #make(recording: Recording, taken: TakenDown): Promise<FinishOutcome> {
    const { files, policyOf, logger } = this.#parts;
    const { formats } = policyOf(recording.accountSid);
    try {
      const onProgress = (share: number): unknown => this.#progress.set(recording.sid, share);
      const outcome = await files.finish(recording, taken, formats, onProgress);
      if (outcome.kind === 'unavailable') {
        logger.warn('recording-waits', { recordingSid: recording.sid, why: outcome.why });
      }
      return outcome;
    } catch (error) {
      logger.error('recording-not-made', { recordingSid: recording.sid, error });
      return { kind: 'unavailable', why: 'its files could not be made' };
    }
  }

  /** True once it is written, or nothing is left to be written. */
  async #commit(
    recordings: ConferenceRecordings,
    sid: RecordingSid,
    next: (recording: Recording) => Recording,
  ): Promise<boolean> {
    const committed = await recordings.change((all) => {
      const recording = all.get(sid);
      if (recording === undefined || isFinal(recording)) return err({ kind: 'recording-unknown' });
      return ok([recordingChanged(next(recording))]);
    });
    return committed.ok || committed.error.kind === 'recording-unknown';
  }

  /** Tries until it is done; false when nothing is to be tried any more. */
  async #surely(attempt: () => Promise<boolean>): Promise<boolean> {
    const { clock, metrics } = this.#parts;
    for (let delayMs = retryMsMin; !this.#isStopped; delayMs = Math.min(retryMsMax, delayMs * 2)) {
      if (await attempt()) return true;
      metrics.count('parley_recording_finish_retries_total', {});
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    }
    return false;
  }

  #count(): void {
    this.#parts.metrics.set('parley_recordings_finishing', {}, this.#progress.size);
  }
}

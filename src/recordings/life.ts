/**
 * Where a recording may go from where it is (CONTRACT §7.5):
 *
 *   in-progress ⇄ paused → stopped → processing → completed, absent or failed
 *
 * Only the first two are asked for; the others follow. Stopping is final, and nothing happens to what is over.
 */
import { assert, assertNever } from '../base/assert.js';
import type { EpochMs } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import {
  type AbsentCode,
  isFinal,
  isRunning,
  type PauseBehavior,
  type Recording,
  type RecordingLife,
  type RecordingMedia,
  type RecordingStatus,
  recordingFailedCode,
} from './recording.js';

export type RecordingChange =
  | { readonly kind: 'pause'; readonly behavior: PauseBehavior }
  | { readonly kind: 'resume' }
  | { readonly kind: 'stop' };

export type RecordingStateRefusal = { readonly kind: 'recording-state'; readonly status: RecordingStatus };

const become = (recording: Recording, life: RecordingLife, atMs: EpochMs): Recording => ({
  ...recording,
  life,
  updatedAtMs: atMs,
});

/** What is asked for, or the refusal of what cannot be from there (16114). */
export function changed(
  recording: Recording,
  change: RecordingChange,
  nowMs: EpochMs,
): Result<Recording, RecordingStateRefusal> {
  const { status } = recording.life;
  const refused = err({ kind: 'recording-state', status } as const);
  switch (change.kind) {
    case 'pause':
      return status === 'in-progress'
        ? ok(become(recording, { status: 'paused', behavior: change.behavior }, nowMs))
        : refused;
    case 'resume':
      return status === 'paused' ? ok(become(recording, { status: 'in-progress' }, nowMs)) : refused;
    case 'stop':
      return isRunning(recording) ? ok(stopped(recording, nowMs)) : refused;
    default:
      return assertNever(change);
  }
}

/** REQUIRES: it runs. */
export function stopped(recording: Recording, nowMs: EpochMs): Recording {
  assert(isRunning(recording), 'what is stopped ran');
  return become(recording, { status: 'stopped', endedAtMs: nowMs }, nowMs);
}

/**
 * All that was taken is on the disk; one that ran until then, because its shard or the process ended, ran until now.
 */
export function processing(recording: Recording, nowMs: EpochMs): Recording {
  assert(!isFinal(recording), 'what is over is made no more files of');
  return become(recording, { status: 'processing', endedAtMs: endOf(recording) ?? nowMs }, nowMs);
}

/** What became of it. */
export type RecordingOutcome =
  | { readonly kind: 'completed'; readonly media: RecordingMedia }
  | { readonly kind: 'absent'; readonly errorCode: AbsentCode }
  | { readonly kind: 'failed'; readonly why: string };

/** REQUIRES: it is not over. */
export function finished(recording: Recording, outcome: RecordingOutcome, nowMs: EpochMs): Recording {
  assert(!isFinal(recording), 'a recording is finished once');
  const endedAtMs = endOf(recording) ?? nowMs;
  switch (outcome.kind) {
    case 'completed':
      return become(recording, { status: 'completed', endedAtMs, media: outcome.media }, nowMs);
    case 'absent':
      return become(recording, { status: 'absent', endedAtMs, errorCode: outcome.errorCode }, nowMs);
    case 'failed':
      return become(
        recording,
        { status: 'failed', endedAtMs, errorCode: recordingFailedCode, why: outcome.why },
        nowMs,
      );
    default:
      return assertNever(outcome);
  }
}

/** When its last frame was taken; null while it runs. */
export const endOf = ({ life }: Pick<Recording, 'life'>): EpochMs | null =>
  life.status === 'in-progress' || life.status === 'paused' ? null : life.endedAtMs;

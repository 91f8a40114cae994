/** What happens to recordings: the only way one changes. */
import type { EpochMs, RecordingSid } from '../base/brands.js';
import type { Recording } from './recording.js';

/** It came to be, or is no longer what it was. Carries all of it. */
export type RecordingChanged = {
  readonly kind: 'recording-changed';
  readonly atMs: EpochMs;
  readonly recording: Recording;
};

/** It and its files are gone. */
export type RecordingDeleted = {
  readonly kind: 'recording-deleted';
  readonly atMs: EpochMs;
  readonly recordingSid: RecordingSid;
};

export type RecordingHappening = RecordingChanged | RecordingDeleted;

export const recordingChanged = (recording: Recording): RecordingChanged => ({
  kind: 'recording-changed',
  atMs: recording.updatedAtMs,
  recording,
});

/** The recordings of one conference, in the order in which they were asked for. */
export type Recordings = ReadonlyMap<RecordingSid, Recording>;

export const noRecordings: Recordings = new Map();

/** `recordings` after `events`, in order. */
export function withEvents(recordings: Recordings, events: readonly RecordingHappening[]): Recordings {
  if (events.length === 0) return recordings;
  const after = new Map(recordings);
  for (const event of events) {
    if (event.kind === 'recording-deleted') after.delete(event.recordingSid);
    else after.set(event.recording.sid, event.recording);
  }
  return after;
}

/** Recordings as the texts that are kept of them, and back. Pure. */
import type { Happening, NumberedRecording } from '../../app/ports.js';
import type { Trace } from '../../base/trace.js';
import type { RecordingHappening } from '../../recordings/events.js';
import { callSidOfRecording, isFinal, type Recording } from '../../recordings/recording.js';
import type { RecordingRecord, RecordingRow } from './recording-protocol.js';
import type { EventRecordToWrite } from './written-records.js';

export const eventRecord = (event: Happening, trace: Trace): EventRecordToWrite => ({
  atMs: Math.round(event.atMs),
  trace: trace.traceId,
  data: JSON.stringify(event),
});

/** Each of them as the last of the events left it. */
export function recordingRecordsOf(events: readonly Happening[]): readonly RecordingRecord[] {
  const recordings = new Map<string, RecordingRecord>();
  for (const event of events) {
    if (event.kind === 'recording-changed') recordings.set(event.recording.sid, recordingRecord(event.recording));
  }
  return [...recordings.values()];
}

export const deletedIn = (events: readonly RecordingHappening[]): readonly string[] =>
  events.flatMap((event) => (event.kind === 'recording-deleted' ? [event.recordingSid] : []));

const recordingRecord = (recording: Recording): RecordingRecord => ({
  sid: recording.sid,
  account: recording.accountSid,
  conference: recording.conferenceSid,
  call: callSidOfRecording(recording),
  status: recording.life.status,
  isOver: isFinal(recording),
  createdAtMs: Math.round(recording.createdAtMs),
  bytes: bytesOf(recording),
  data: JSON.stringify(recording),
});

export const bytesOf = ({ life }: Recording): number =>
  life.status === 'completed' ? life.media.files.reduce((sum, { bytes }) => sum + bytes, 0) : 0;

export const recordingOf = ({ data }: RecordingRow): Recording => JSON.parse(data);

export const numberedOf = (row: RecordingRow): NumberedRecording => ({
  number: row.number,
  recording: recordingOf(row),
});

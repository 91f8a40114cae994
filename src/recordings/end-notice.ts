/**
 * The one POST to `eventCallbackUrl` of a conference that was recorded (CONTRACT §3.4): it waits until every recording
 * of the conference is over, so that what it names can be fetched. Until then each of them carries it.
 */
import type { Flavour } from '../base/flavour.js';
import { recordedEndName, unrecordedEndName } from '../callbacks/end-callback.js';
import { type Callback, endCallbackId } from '../callbacks/webhook.js';
import { type RecordingChanged, type Recordings, recordingChanged } from './events.js';
import { isFinal, type Recording } from './recording.js';
import { recordingUrl } from './recording-url.js';

const ofConference = (recordings: Recordings): readonly Recording[] =>
  [...recordings.values()].filter(({ subject }) => subject.kind === 'conference');

/** The recording that the end of a conference speaks of: the first that has a file, or may yet. */
export const recordingOfEnd = (recordings: Recordings): Recording | null =>
  ofConference(recordings).find(({ life }) => life.status !== 'absent' && life.status !== 'failed') ?? null;

/** What the callbacks of a conference's end may say of its recordings; null when it was not recorded. */
export function endRecordingOf(recordings: Recordings, publicUrl: string, flavour: Flavour) {
  const recording = recordingOfEnd(recordings);
  if (recording === null) return null;
  const { accountSid, sid } = recording;
  return { url: recordingUrl(publicUrl, accountSid, sid, flavour), fileBytes: fileBytesOf(recording) };
}

/** Some recording of the conference itself is not over. */
export const mustWait = (recordings: Recordings): boolean => !ofConference(recordings).every(isFinal);

/** Those that are not over, each with what is to be told once all are. */
export const withEndNotice = (
  recordings: Recordings,
  notice: NonNullable<Recording['endNotice']>,
): readonly RecordingChanged[] =>
  ofConference(recordings).flatMap((recording) =>
    isFinal(recording) ? [] : [recordingChanged({ ...recording, endNotice: notice })],
  );

/** What is to be told now that `last` is over; null when others are not, or nothing waited for it. */
export function endCallback(
  last: Recording,
  recordings: Recordings,
  { flavour, publicUrl }: { readonly flavour: Flavour; readonly publicUrl: string },
): Callback | null {
  const { endNotice, accountSid, conferenceSid } = last;
  if (endNotice === undefined || !isFinal(last) || mustWait(recordings)) return null;
  const recorded = endRecordingOf(recordings, publicUrl, flavour);
  if (recorded === null && flavour.eventCallback === 'recorded-and-untold') return null;
  const name = recorded === null ? unrecordedEndName : recordedEndName;
  const fields = {
    ...Object.fromEntries(endNotice.parameters),
    ...(flavour.statusCallbackExtras || recorded !== null ? { EventName: name } : {}),
    ...(recorded === null ? {} : { RecordingUrl: recorded.url, RecordingFileSize: String(recorded.fileBytes ?? 0) }),
  };
  return {
    id: endCallbackId(conferenceSid),
    accountSid,
    conferenceSid,
    target: { url: endNotice.url, method: 'POST' },
    parameters: new Map(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Of the WAV; null until there is one. */
const fileBytesOf = ({ life }: Recording): number | null =>
  life.status === 'completed' ? (life.media.files[0]?.bytes ?? null) : null;

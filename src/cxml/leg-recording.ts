/** What the attributes of recording say, of a `<Dial>` and of a `<Conference>` (CONTRACT §1.2, §2.1). */
import type { HttpMethod, LegRecording, RecordingCallback } from '../conference/state.js';
import type { DialAttributes } from './dial-attributes.js';

type CallbackAttributes = {
  readonly recordingStatusCallback: string | null;
  readonly recordingStatusCallbackMethod: HttpMethod;
  readonly recordingStatusCallbackEvent: RecordingCallback['events'];
};

/** Null: nobody is told. */
export const recordingCallbackOf = (values: CallbackAttributes): RecordingCallback | null =>
  values.recordingStatusCallback === null
    ? null
    : {
        url: values.recordingStatusCallback,
        method: values.recordingStatusCallbackMethod,
        events: values.recordingStatusCallbackEvent,
      };

/**
 * The recording of the leg itself that a `<Dial>` asks for; nothing when it asks for none. It runs while the leg is in
 * its conference: there is no ringing before that. Two channels need two directions.
 */
export function legRecordingOf(attributes: DialAttributes): { readonly recording?: LegRecording } {
  const { record, recordingTrack: track, trim } = attributes;
  if (record === 'do-not-record') return {};
  const channels = record.endsWith('-dual') && track === 'both' ? 2 : 1;
  return { recording: { channels, track, trim, callback: recordingCallbackOf(attributes) } };
}

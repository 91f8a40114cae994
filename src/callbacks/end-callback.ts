/** The notice of a conference's end that goes to `eventCallbackUrl` (CONTRACT §3.4). */
import type { Flavour } from '../base/flavour.js';
import type { CompletedConference, LiveConference } from '../conference/state.js';
import { type Callback, endCallbackId, type Parameters } from './webhook.js';

export const recordedEndName = 'conference-record-end';
export const unrecordedEndName = 'conference-end';

/** What is known of the recordings of a conference when it ends. */
export type EndRecording = {
  readonly url: string;
  /** Of its WAV; null while that is not made. */
  readonly fileBytes: number | null;
};

export type EndCallback =
  /** To be sent with the end. */
  | { readonly kind: 'now'; readonly callback: Callback }
  /** To be sent once the last recording is over, with what that is. */
  | { readonly kind: 'later'; readonly url: string; readonly parameters: Parameters };

export type EndCallbackInput = {
  readonly conference: LiveConference | CompletedConference;
  readonly flavour: Flavour;
  /** Those of the status callback of the end. */
  readonly parameters: Parameters;
  /** Null: not recorded. */
  readonly recording: EndRecording | null;
  /** Some recording is not over. */
  readonly mustWait: boolean;
};

/** Null: nobody asked for it, or the flavour has it only of a recorded end that nobody else is told of. */
export function endCallbackOf(input: EndCallbackInput): EndCallback | null {
  const { conference, flavour, parameters, recording, mustWait } = input;
  const { accountSid, conferenceSid, settings } = conference;
  const { eventCallbackUrl: url } = settings;
  if (url === null) return null;
  const isUntold = (settings.recording?.callback ?? null) === null;
  if (flavour.eventCallback === 'recorded-and-untold' && !((recording !== null || mustWait) && isUntold)) return null;
  if (mustWait) {
    // What there will be to fetch is known only then.
    const known = [...parameters].filter(([name]) => !name.startsWith('Recording'));
    return { kind: 'later', url, parameters: new Map([...known, ...durationOf(conference)].sort(byName)) };
  }
  const recorded =
    recording === null
      ? []
      : ([
          ['EventName', recordedEndName],
          ['RecordingUrl', recording.url],
          ['RecordingFileSize', String(recording.fileBytes ?? 0)],
          ...durationOf(conference),
        ] as const);
  return {
    kind: 'now',
    callback: {
      id: endCallbackId(conferenceSid),
      accountSid,
      conferenceSid,
      target: { url, method: 'POST' },
      parameters: new Map([...new Map([...parameters, ...recorded])].sort(byName)),
    },
  };
}

const durationOf = (conference: LiveConference | CompletedConference): readonly (readonly [string, string])[] =>
  conference.phase === 'completed'
    ? [['Duration', String(Math.floor((conference.endedAtMs - conference.createdAtMs) / 1000))]]
    : [];

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

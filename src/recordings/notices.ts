/** What an application is told of its recordings, each thing once and in order (CONTRACT §4). */
import type { Flavour, RecordingEvent as Token } from '../base/flavour.js';
import { formatSid } from '../base/sids.js';
import { rfc2822 } from '../callbacks/rfc2822.js';
import type { Callback, Parameters } from '../callbacks/webhook.js';
import { durationSecondsOf, type Recording, type RecordingSource } from './recording.js';
import { recordingUrl } from './recording-url.js';

export type NoticeContext = {
  readonly flavour: Flavour;
  /** As `recordingUrl`. */
  readonly publicUrl: string;
};

/** `before`: null when it has just come to be. A resumed one has been told of already. */
function tokenOf(before: Recording | null, { life: { status } }: Recording): Token | null {
  switch (status) {
    case 'in-progress':
      return before === null ? status : null;
    case 'completed':
    case 'absent':
    case 'failed':
      return before?.life.status === status ? null : status;
    case 'paused':
    case 'stopped':
    case 'processing':
      return null;
  }
}

/** The callback that a change makes; null when nobody asked to be told of that. */
export function recordingNotice(before: Recording | null, after: Recording, context: NoticeContext): Callback | null {
  const token = tokenOf(before, after);
  const { accountSid, conferenceSid, callback } = after;
  if (token === null || callback === null) return null;
  const events = callback.events ?? context.flavour.recordingStatusCallbackEvents;
  if (!events.includes(token)) return null;
  return {
    id: `${after.sid}-${token}`,
    accountSid,
    conferenceSid,
    recordingSid: after.sid,
    target: { url: callback.url, method: callback.method },
    parameters: recordingParameters(after, context),
  };
}

/** Names in alphabetical order, none twice. */
function recordingParameters(recording: Recording, { flavour, publicUrl }: NoticeContext): Parameters {
  const { sid, accountSid, conferenceSid, subject, source, channels, createdAtMs, life } = recording;
  const { sidStyle } = flavour;
  const seconds = durationSecondsOf(recording);
  const fields = {
    AccountSid: formatSid('account', accountSid, sidStyle),
    ConferenceSid: formatSid('conference', conferenceSid, sidStyle),
    RecordingChannels: String(channels),
    RecordingSid: formatSid('recording', sid, sidStyle),
    RecordingSource: sourceName(source, flavour),
    RecordingStartTime: rfc2822(createdAtMs),
    RecordingStatus: life.status,
    RecordingUrl: recordingUrl(publicUrl, accountSid, sid, flavour),
    ...(seconds === null ? {} : { RecordingDuration: String(seconds) }),
    ...('errorCode' in life ? { ErrorCode: String(life.errorCode) } : {}),
    ...(subject.kind === 'call'
      ? { CallSid: formatSid('call', subject.callSid, sidStyle), RecordingTrack: subject.track }
      : {}),
  };
  return new Map(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** CONTRACT §4.2, §7.5. */
export function sourceName(source: RecordingSource, { recordingFields }: Flavour): string {
  switch (source) {
    case 'conference':
      return 'Conference';
    case 'dial-verb':
      return 'DialVerb';
    case 'outbound-api':
      return 'OutboundAPI';
    case 'start-conference-recording':
      return recordingFields.startedByApi;
  }
}

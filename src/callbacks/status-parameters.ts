/** The parameters of a statusCallback: CONTRACT §3.2, column "send on". */
import { assertNever } from '../base/assert.js';
import type { CallSid } from '../base/brands.js';
import type { Flavour } from '../base/flavour.js';
import { formatSid } from '../base/sids.js';
import type { CompletedConference, EndReason, LiveConference } from '../conference/state.js';
import type { EndRecording } from './end-callback.js';
import { rfc2822 } from './rfc2822.js';
import type { NoticeLeg, StatusNotice } from './status-notice.js';
import type { Parameters } from './webhook.js';

export const apiVersion = '2010-04-01';

export type StatusContext = {
  readonly conference: LiveConference | CompletedConference;
  readonly flavour: Flavour;
  /** 1 or more. */
  readonly sequenceNumber: number;
  /** Of a conference that ends; null: it was not recorded. */
  readonly recording: EndRecording | null;
};

type Fields = Readonly<Record<string, string>>;

/** Names in alphabetical order, none twice. */
export function statusParameters(notice: StatusNotice, context: StatusContext): Parameters {
  const fields = { ...commonFields(notice, context), ...specificFields(notice, context) };
  return new Map(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function commonFields(notice: StatusNotice, { conference, flavour, sequenceNumber }: StatusContext): Fields {
  return {
    AccountSid: formatSid('account', conference.accountSid, flavour.sidStyle),
    ConferenceSid: formatSid('conference', conference.conferenceSid, flavour.sidStyle),
    FriendlyName: conference.room,
    StatusCallbackEvent: notice.name,
    Timestamp: rfc2822(notice.event.atMs),
    SequenceNumber: String(sequenceNumber),
    ...(flavour.statusCallbackExtras ? { ApiVersion: apiVersion, EventName: notice.name } : {}),
  };
}

function specificFields(notice: StatusNotice, context: StatusContext): Fields {
  const { flavour } = context;
  switch (notice.kind) {
    case 'start':
      return causeFields(notice.causedBy, flavour);
    case 'end':
      return { ...causeFields(notice.causedBy, flavour), ...endFields(notice, context) };
    case 'leave':
      return {
        ...participantFields(notice.leg, flavour),
        ParticipantCallStatus: notice.leg.callStatus,
        ReasonParticipantLeft: notice.event.reason,
      };
    case 'announcement': {
      const { url, failure } = notice.event;
      return {
        ...(notice.leg === null ? {} : participantFields(notice.leg, flavour)),
        AnnounceUrl: url,
        ...(failure === null ? {} : { ReasonAnnouncementFailed: failure }),
      };
    }
    case 'participant':
      return participantFields(notice.leg, flavour);
    default:
      return assertNever(notice);
  }
}

function participantFields(leg: NoticeLeg, flavour: Flavour): Fields {
  const { callSid, coaching, label, ...participant } = leg.participant;
  const coached = coaching?.target ?? null;
  return {
    ...(flavour.statusCallbackExtras ? callFields(leg) : {}),
    CallSid: callSidField(callSid, flavour),
    Muted: String(participant.muted),
    Hold: String(participant.hold !== null),
    StartConferenceOnEnter: String(participant.startConferenceOnEnter),
    EndConferenceOnExit: String(participant.endConferenceOnExit),
    Coaching: String(coaching !== null),
    ...(coached === null ? {} : { CallSidToCoach: callSidField(coached, flavour) }),
    ...(label === null ? {} : { ParticipantLabel: label }),
  };
}

/** Start and end are about the conference; the SignalWire flavour adds the leg that caused them. */
function causeFields(cause: NoticeLeg | null, flavour: Flavour): Fields {
  if (cause === null || !flavour.statusCallbackExtras) return {};
  return { ...callFields(cause), CallSid: callSidField(cause.participant.callSid, flavour) };
}

const callFields = ({ participant: { call }, callStatus }: NoticeLeg): Fields => ({
  CallStatus: callStatus,
  Direction: call.direction,
  From: call.from,
  To: call.to,
});

/** A file that is not made yet has no size; where it will be is known all the same. */
const recordingFields = ({ recording }: StatusContext): Fields =>
  recording === null
    ? {}
    : {
        RecordingUrl: recording.url,
        ...(recording.fileBytes === null ? {} : { RecordingFileSize: String(recording.fileBytes) }),
      };

function endFields({ event }: Extract<StatusNotice, { kind: 'end' }>, context: StatusContext): Fields {
  const { conference, flavour } = context;
  const { callSidEndingConference: callSid, labelEndingConference: label, reason, atMs } = event;
  const durationSeconds = Math.floor((atMs - conference.createdAtMs) / 1000);
  return {
    ReasonConferenceEnded: reason,
    Reason: reasonSentence(reason),
    ...(callSid === null ? {} : { CallSidEndingConference: callSidField(callSid, flavour) }),
    ...(label === null ? {} : { ParticipantLabelEndingConference: label }),
    ...(flavour.statusCallbackExtras ? { Duration: String(durationSeconds), ...recordingFields(context) } : {}),
  };
}

const callSidField = (callSid: CallSid, flavour: Flavour): string => formatSid('call', callSid, flavour.sidStyle);

function reasonSentence(reason: EndReason): string {
  switch (reason) {
    case 'conference-ended-via-api':
      return 'The conference was ended through the API.';
    case 'daemon-restarted':
      return 'The conference was cut off when the service restarted.';
    case 'last-participant-left':
      return 'The last participant left the conference.';
    case 'last-participant-kicked':
      return 'The last participant was removed from the conference.';
    case 'participant-with-end-conference-on-exit-left':
      return 'A participant whose leaving ends the conference left.';
    case 'participant-with-end-conference-on-exit-kicked':
      return 'A participant whose leaving ends the conference was removed.';
    default:
      return assertNever(reason);
  }
}

/** Journal entries as parley.v1 shows them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { JournalEntry, MediaStopReason } from '../../app/ports.js';
import { assertNever } from '../../base/assert.js';
import type { LeaveCause } from '../../conference/commands.js';
import type { ParticipantModified } from '../../conference/events.js';
import type { RoomSettings, StatusCallbackToken } from '../../conference/state.js';
import { StatusCallbackEvent, Beep as WireBeep } from '../../gen/parley/v1/dial_pb.js';
import {
  type EventSchema,
  FindingLevel,
  type ParticipantModifiedSchema,
  type RoomSettingsSchema,
  LeaveCause as WireCause,
  MediaStopReason as WireStop,
} from '../../gen/parley/v1/event_pb.js';
import { toCallStatus, toFacts } from './call-mapping.js';
import { toEndReason } from './conference-mapping.js';
import { toBeep, toLeftReason, toParticipant, toWaitAudio } from './participant-mapping.js';
import { toRecording } from './recording-mapping.js';
import { toDuration, toTimestamp } from './timestamps.js';

type WireEvent = MessageInitShape<typeof EventSchema>;

export const toEvent = (entry: JournalEntry): WireEvent => ({
  cursor: entry.cursor,
  accountSid: entry.accountSid,
  conferenceSid: entry.conferenceSid,
  time: toTimestamp(entry.atMs),
  traceId: entry.traceId,
  happened: toHappened(entry),
});

function toHappened({ accountSid, conferenceSid, event }: JournalEntry): NonNullable<WireEvent['happened']> {
  switch (event.kind) {
    case 'conference-created':
      return {
        case: 'conferenceCreated',
        value: { roomName: event.room, settings: toSettings(event.settings) },
      };
    case 'room-settings-taken':
      return { case: 'roomSettingsTaken', value: { settings: toSettings(event.settings) } };
    case 'participant-joined':
      return {
        case: 'participantJoined',
        value: { participant: toParticipant(accountSid, conferenceSid, event.participant) },
      };
    case 'conference-started':
      return { case: 'conferenceStarted', value: { callSid: event.callSid } };
    case 'participant-left':
      return {
        case: 'participantLeft',
        value: {
          callSid: event.callSid,
          cause: event.cause === null ? WireCause.UNSPECIFIED : causes[event.cause],
          reason: toLeftReason(event.reason),
          callContinues: event.callContinues,
        },
      };
    case 'conference-ended':
      return {
        case: 'conferenceEnded',
        value: {
          reason: toEndReason(event.reason),
          callSidEndingConference: event.callSidEndingConference ?? undefined,
          labelEndingConference: event.labelEndingConference ?? undefined,
        },
      };
    case 'participant-muted':
      return { case: 'participantMuted', value: { callSid: event.callSid, muted: event.muted } };
    case 'participant-held':
      return {
        case: 'participantHeld',
        value: {
          callSid: event.callSid,
          hold: event.hold !== null,
          holdAudio: event.hold === null ? undefined : toWaitAudio(event.hold),
        },
      };
    case 'participant-modified':
      return { case: 'participantModified', value: toModified(event) };
    case 'participant-speech-changed':
      return { case: 'participantSpeechChanged', value: { callSid: event.callSid, speaking: event.speaking } };
    case 'announcement-ended': {
      const { callSid, url, failure } = event;
      return {
        case: 'announcementEnded',
        value: { callSid: callSid ?? undefined, url, failure: failure ?? undefined },
      };
    }
    case 'recording-changed':
      return { case: 'recordingChanged', value: { recording: toRecording(event.recording) } };
    case 'recording-deleted':
      return { case: 'recordingDeleted', value: { recordingSid: event.recordingSid } };
    case 'call-progressed': {
      const { callSid, call, label } = event;
      const status = toCallStatus(event.status === 'answered' ? 'in-progress' : event.status);
      return { case: 'callProgressed', value: { callSid, facts: toFacts(call), status, label: label ?? undefined } };
    }
    case 'participant-add-failed': {
      const { callSid, failure, party } = event;
      const value = { callSid, status: toCallStatus(failure), label: party.label ?? undefined };
      return { case: 'participantAddFailed', value };
    }
    case 'call-dialed':
      return { case: 'callDialed', value: { callSid: event.callSid } };
    case 'call-completed':
      return { case: 'callCompleted', value: { callSid: event.callSid } };
    case 'media-stopped':
      return {
        case: 'mediaStopped',
        value: { callSid: event.callSid, reason: stops[event.reason], silence: toDuration(event.silentMs) },
      };
    case 'media-resumed':
      return { case: 'mediaResumed', value: { callSid: event.callSid } };
    case 'document-finding': {
      const { code, level, where, message } = event.finding;
      const wireLevel = level === 'error' ? FindingLevel.ERROR : FindingLevel.WARNING;
      return { case: 'documentFinding', value: { callSid: event.callSid, code, level: wireLevel, where, message } };
    }
    case 'digit-pressed':
      return {
        case: 'digitPressed',
        value: { callSid: event.callSid, digit: event.digit, duration: toDuration(event.durationMs) },
      };
  }
  return assertNever(event);
}

const toModified = ({ callSid, changes }: ParticipantModified): MessageInitShape<typeof ParticipantModifiedSchema> => ({
  callSid,
  coaching: changes.coaching === undefined ? undefined : changes.coaching !== null,
  callSidToCoach: changes.coaching?.target ?? undefined,
  waitAudio: changes.wait === undefined ? undefined : toWaitAudio(changes.wait),
  beep: changes.beep === undefined ? WireBeep.UNSPECIFIED : toBeep(changes.beep),
  endConferenceOnExit: changes.endConferenceOnExit,
});

const toSettings = (settings: RoomSettings): MessageInitShape<typeof RoomSettingsSchema> => ({
  statusCallback: settings.statusCallback?.url,
  statusCallbackEvent: settings.statusCallback?.events.map((token) => tokens[token]) ?? [],
  maxParticipants: settings.maxParticipants ?? undefined,
  region: settings.region ?? undefined,
  eventCallbackUrl: settings.eventCallbackUrl ?? undefined,
  record: settings.recording?.record ?? undefined,
  recordingStatusCallback: settings.recording?.callback?.url,
});

const tokens: Readonly<Record<StatusCallbackToken, StatusCallbackEvent>> = {
  start: StatusCallbackEvent.START,
  end: StatusCallbackEvent.END,
  join: StatusCallbackEvent.JOIN,
  leave: StatusCallbackEvent.LEAVE,
  mute: StatusCallbackEvent.MUTE,
  hold: StatusCallbackEvent.HOLD,
  modify: StatusCallbackEvent.MODIFY,
  speaker: StatusCallbackEvent.SPEAKER,
  announcement: StatusCallbackEvent.ANNOUNCEMENT,
};

const stops: Readonly<Record<MediaStopReason, WireStop>> = {
  silent: WireStop.SILENT,
  goodbye: WireStop.GOODBYE,
  'never-started': WireStop.NEVER_STARTED,
};

const causes: Readonly<Record<LeaveCause, WireCause>> = {
  'hung-up': WireCause.HUNG_UP,
  'hangup-on-star': WireCause.HANGUP_ON_STAR,
  'time-limit': WireCause.TIME_LIMIT,
  'removed-via-api': WireCause.REMOVED_VIA_API,
  'redirected-via-api': WireCause.REDIRECTED_VIA_API,
  'media-lost': WireCause.MEDIA_LOST,
  'wait-failed': WireCause.WAIT_FAILED,
};

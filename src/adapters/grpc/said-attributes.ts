/** A typed `<Dial>` and `<Conference>` as the attributes a document would have: one table says what they mean. */
import {
  Beep,
  ConferenceRecord,
  type Dial,
  type Dial_Conference,
  DialRecord,
  JitterBufferSize,
  RecordingStatusCallbackEvent,
  RecordingStorageMethod,
  RecordingTrack,
  RecordingTrim,
  StatusCallbackEvent,
} from '../../gen/parley/v1/dial_pb.js';
import { HttpMethod } from '../../gen/parley/v1/web_pb.js';

export type Said = ReadonlyMap<string, string>;

type Names = ReadonlyMap<number, string>;

const methods: Names = new Map([
  [HttpMethod.GET, 'GET'],
  [HttpMethod.POST, 'POST'],
]);
const beeps: Names = new Map([
  [Beep.TRUE, 'true'],
  [Beep.FALSE, 'false'],
  [Beep.ON_ENTER, 'onEnter'],
  [Beep.ON_EXIT, 'onExit'],
]);
const conferenceRecords: Names = new Map([
  [ConferenceRecord.DO_NOT_RECORD, 'do-not-record'],
  [ConferenceRecord.RECORD_FROM_START, 'record-from-start'],
]);
const dialRecords: Names = new Map([
  [DialRecord.DO_NOT_RECORD, 'do-not-record'],
  [DialRecord.RECORD_FROM_ANSWER, 'record-from-answer'],
  [DialRecord.RECORD_FROM_RINGING, 'record-from-ringing'],
  [DialRecord.RECORD_FROM_ANSWER_DUAL, 'record-from-answer-dual'],
  [DialRecord.RECORD_FROM_RINGING_DUAL, 'record-from-ringing-dual'],
]);
const trims: Names = new Map([
  [RecordingTrim.TRIM_SILENCE, 'trim-silence'],
  [RecordingTrim.DO_NOT_TRIM, 'do-not-trim'],
]);
const tracks: Names = new Map([
  [RecordingTrack.BOTH, 'both'],
  [RecordingTrack.INBOUND, 'inbound'],
  [RecordingTrack.OUTBOUND, 'outbound'],
]);
const storageMethods: Names = new Map([
  [RecordingStorageMethod.POST, 'POST'],
  [RecordingStorageMethod.PUT, 'PUT'],
]);
const statusEvents: Names = new Map([
  [StatusCallbackEvent.START, 'start'],
  [StatusCallbackEvent.END, 'end'],
  [StatusCallbackEvent.JOIN, 'join'],
  [StatusCallbackEvent.LEAVE, 'leave'],
  [StatusCallbackEvent.MUTE, 'mute'],
  [StatusCallbackEvent.HOLD, 'hold'],
  [StatusCallbackEvent.MODIFY, 'modify'],
  [StatusCallbackEvent.SPEAKER, 'speaker'],
  [StatusCallbackEvent.ANNOUNCEMENT, 'announcement'],
]);
const recordingEvents: Names = new Map([
  [RecordingStatusCallbackEvent.IN_PROGRESS, 'in-progress'],
  [RecordingStatusCallbackEvent.COMPLETED, 'completed'],
  [RecordingStatusCallbackEvent.FAILED, 'failed'],
  [RecordingStatusCallbackEvent.ABSENT, 'absent'],
]);
const jitterBuffers: Names = new Map([
  [JitterBufferSize.OFF, 'off'],
  [JitterBufferSize.SMALL, 'small'],
  [JitterBufferSize.MEDIUM, 'medium'],
  [JitterBufferSize.LARGE, 'large'],
]);

/** A number without a name becomes a word that no attribute knows. */
const nameless = (value: number): string => `#${value}`;

/** Unspecified is as left out. */
const word = (names: Names, value: number | undefined): string | undefined =>
  value === undefined || value === 0 ? undefined : (names.get(value) ?? nameless(value));

const words = (names: Names, values: readonly number[]): string | undefined =>
  values.length === 0 ? undefined : values.map((value) => names.get(value) ?? nameless(value)).join(' ');

const said = (attributes: Readonly<Record<string, string | number | boolean | undefined>>): Said =>
  new Map(Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));

export const conferenceSaid = (noun: Dial_Conference): Said =>
  said({
    muted: noun.muted,
    beep: word(beeps, noun.beep),
    startConferenceOnEnter: noun.startConferenceOnEnter,
    endConferenceOnExit: noun.endConferenceOnExit,
    waitUrl: noun.waitUrl,
    waitMethod: word(methods, noun.waitMethod),
    maxParticipants: noun.maxParticipants,
    record: word(conferenceRecords, noun.record),
    trim: word(trims, noun.trim),
    coach: noun.coach,
    statusCallback: noun.statusCallback,
    statusCallbackEvent: words(statusEvents, noun.statusCallbackEvent),
    statusCallbackMethod: word(methods, noun.statusCallbackMethod),
    recordingStatusCallback: noun.recordingStatusCallback,
    recordingStatusCallbackMethod: word(methods, noun.recordingStatusCallbackMethod),
    recordingStatusCallbackEvent: words(recordingEvents, noun.recordingStatusCallbackEvent),
    eventCallbackUrl: noun.eventCallbackUrl,
    region: noun.region,
    participantLabel: noun.participantLabel,
    jitterBufferSize: word(jitterBuffers, noun.jitterBufferSize),
  });

export const dialSaid = (dial: Dial): Said =>
  said({
    action: dial.action,
    method: word(methods, dial.method),
    hangupOnStar: dial.hangupOnStar,
    timeLimit: dial.timeLimitSeconds,
    record: word(dialRecords, dial.record),
    trim: word(trims, dial.trim),
    recordingTrack: word(tracks, dial.recordingTrack),
    recordingStatusCallback: dial.recordingStatusCallback,
    recordingStatusCallbackMethod: word(methods, dial.recordingStatusCallbackMethod),
    recordingStatusCallbackEvent: words(recordingEvents, dial.recordingStatusCallbackEvent),
    recordingStorageUrl: dial.recordingStorageUrl,
    recordingStorageUrlMethod: word(storageMethods, dial.recordingStorageUrlMethod),
  });

/** The field of the typed message that stands for an attribute. */
export const fieldOf = (attribute: string): string =>
  attribute === 'timeLimit'
    ? 'time_limit_seconds'
    : attribute.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

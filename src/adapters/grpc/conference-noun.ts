/** `<Conference>` as it arrives typed, with every default and warning of CONTRACT §1. */
import type { ConferenceDial } from '../../app/application.js';
import { assertNever } from '../../base/assert.js';
import type { RoomName } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';
import { parseLabel } from '../../conference/label.js';
import { parseRoomName, roomNameCharactersMax } from '../../conference/room-name.js';
import {
  type Beep,
  maxParticipantsCeiling,
  type RoomRequest,
  type StatusCallback,
  type StatusCallbackToken,
} from '../../conference/state.js';
import {
  ConferenceRecord,
  type Dial_Conference,
  StatusCallbackEvent,
  Beep as WireBeep,
} from '../../gen/parley/v1/dial_pb.js';
import {
  checkRecordingCallback,
  checkTrim,
  isKnown,
  methodAttribute,
  urlAttribute,
  waitAttribute,
} from './attributes.js';
import type { Findings } from './findings.js';
import { coachTargetMissing } from './status.js';

const regionCharactersMax = 64;

/** Null when the request must be refused; the findings say why. `path` is where the message sits in its request. */
export function readConferenceNoun(
  noun: Dial_Conference,
  path: string,
  findings: Findings,
): Omit<ConferenceDial, 'timeLimitSeconds'> | null {
  const room = readRoomName(noun.roomName, `${path}.room_name`, findings);
  const label = readLabel(noun.participantLabel, `${path}.participant_label`, findings);
  const coach = readCoach(noun.coach, `${path}.coach`, findings);
  const waitFields = { url: `${path}.wait_url`, method: `${path}.wait_method` };
  const wait = waitAttribute(noun.waitUrl, noun.waitMethod, waitFields, findings);
  const beep = readBeep(noun.beep, `${path}.beep`, findings);
  const roomRequest = readRoomRequest(noun, path, findings);
  checkWithoutEffect(noun, path, findings);
  if (room === null) return null;
  return {
    room,
    label,
    coach,
    wait,
    beep,
    roomRequest,
    muted: noun.muted ?? false,
    startConferenceOnEnter: noun.startConferenceOnEnter ?? true,
    endConferenceOnExit: noun.endConferenceOnExit ?? false,
  };
}

function readRoomName(text: string, field: string, findings: Findings): RoomName | null {
  const room = parseRoomName(text);
  if (room === null)
    findings.violate(field, `must have 1 to ${roomNameCharactersMax} characters after trimming`, 13237);
  return room;
}

function readLabel(text: string | undefined, field: string, findings: Findings): string | null {
  if (text === undefined) return null;
  const label = parseLabel(text);
  if (label.ok) return label.value;
  switch (label.error) {
    case 'empty':
    case 'too-long':
      findings.violate(field, 'must have 1 to 128 characters', 16023);
      return null;
    case 'contains-slash':
      findings.violate(field, 'must not contain a slash', 16024);
      return null;
    case 'looks-like-call-sid':
      findings.violate(field, 'must not look like a call sid', 16024);
      return null;
  }
  return assertNever(label.error);
}

function readCoach(text: string | undefined, field: string, findings: Findings): ConferenceDial['coach'] {
  if (text === undefined || text.trim() === '') return null;
  const coach = parseSid('call', text.trim());
  if (coach === null) {
    findings.refuse({ ...coachTargetMissing, violations: [{ field, description: 'is no call sid' }] });
  }
  return coach;
}

function readBeep(beep: WireBeep, field: string, findings: Findings): Beep {
  switch (beep) {
    case WireBeep.UNSPECIFIED:
    case WireBeep.TRUE:
      return 'true';
    case WireBeep.FALSE:
      return 'false';
    case WireBeep.ON_ENTER:
      return 'on-enter';
    case WireBeep.ON_EXIT:
      return 'on-exit';
    default:
      findings.warn(13235, field, 'unknown value: taken as BEEP_TRUE');
      return 'true';
  }
}

function readRoomRequest(noun: Dial_Conference, path: string, findings: Findings): RoomRequest {
  return {
    statusCallback: readStatusCallback(noun, path, findings),
    maxParticipants: readMaxParticipants(noun.maxParticipants, `${path}.max_participants`, findings),
    region: readRegion(noun.region, `${path}.region`, findings),
  };
}

function readStatusCallback(noun: Dial_Conference, path: string, findings: Findings): StatusCallback | null {
  const url = urlAttribute(noun.statusCallback, `${path}.status_callback`, 16002, findings);
  const method = methodAttribute(noun.statusCallbackMethod, `${path}.status_callback_method`, findings);
  const tokens = noun.statusCallbackEvent.map((event) => tokenOf.get(event));
  if (tokens.includes(undefined)) {
    findings.warn(16002, `${path}.status_callback_event`, 'unknown events are left out');
  }
  const events = [...new Set(tokens.filter((token) => token !== undefined))];
  return url === null ? null : { url, method, events };
}

const tokenOf: ReadonlyMap<StatusCallbackEvent, StatusCallbackToken> = new Map([
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

function readMaxParticipants(value: number | undefined, field: string, findings: Findings): number | null {
  if (value === undefined) return null;
  if (value >= 1 && value <= maxParticipantsCeiling) return value;
  findings.warn(16002, field, `not 1 to ${maxParticipantsCeiling}: taken as left out`);
  return null;
}

function readRegion(text: string | undefined, field: string, findings: Findings): string | null {
  const region = text?.trim() ?? '';
  if ([...region].length > regionCharactersMax) {
    findings.warn(16002, field, `more than ${regionCharactersMax} characters: taken as left out`);
    return null;
  }
  return region === '' ? null : region;
}

/** Attributes that this version does nothing with: harmless ones are checked, the others refused. */
function checkWithoutEffect(noun: Dial_Conference, path: string, findings: Findings): void {
  isKnown(ConferenceRecord, noun.record, `${path}.record`, 13217, findings);
  if (noun.record === ConferenceRecord.RECORD_FROM_START) findings.lack(`${path}.record`, 'recordings');
  checkTrim(noun.trim, `${path}.trim`, 13239, findings);
  checkRecordingCallback(
    {
      url: noun.recordingStatusCallback,
      method: noun.recordingStatusCallbackMethod,
      events: noun.recordingStatusCallbackEvent,
    },
    `${path}.recording_status_callback`,
    findings,
  );
  if (urlAttribute(noun.eventCallbackUrl, `${path}.event_callback_url`, 16002, findings) !== null) {
    findings.lack(`${path}.event_callback_url`, 'end-of-conference notice');
  }
}

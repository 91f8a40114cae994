/** CreateParticipantRequest, read (CONTRACT §7.4, Create). */
import type { OriginateRequest } from '../../app/application.js';
import { originationTimeoutSeconds } from '../../app/originations/origination.js';
import type { CallProgressCallback, CallProgressToken } from '../../callbacks/call-progress.js';
import { timeLimitSecondsDefault } from '../../cxml/dial-attributes.js';
import { CallProgressEvent, type CreateParticipantRequest } from '../../gen/parley/v1/participant_service_pb.js';
import { readCallWishes } from './call-wishes.js';
import { readConferenceNoun } from './conference-noun.js';
import { readMethod, readSid, readUrl } from './fields.js';
import type { Findings } from './findings.js';
import { readLegRecording } from './recording-mapping.js';

const factCharactersMax = 256;
/** What is read as the name of a room that is known by its conference. */
const roomOfSid = 'conference';

/** Null when the request must be refused; the findings say why. */
export function readCreateParticipant(
  request: CreateParticipantRequest,
  findings: Findings,
): Omit<OriginateRequest, 'accountSid' | 'trace'> | null {
  const { conferenceSid, conference: said } = request;
  const into = conferenceSid === undefined ? null : readSid('conference', conferenceSid, 'conference_sid', findings);
  if (said === undefined) findings.violate('conference', 'is required');
  const named = said !== undefined && conferenceSid !== undefined ? { ...said, roomName: roomOfSid } : said;
  const noun = named === undefined ? null : readConferenceNoun(named, 'conference', findings);
  for (const name of ['to', 'from'] as const) readParty(request[name], name, findings);
  const { callerId = null } = request;
  if (callerId !== null && [...callerId].length > factCharactersMax) {
    findings.violate('caller_id', `must have at most ${factCharactersMax} characters`);
  }
  const { min, max, default: unsaid } = originationTimeoutSeconds;
  const { timeoutSeconds = unsaid, timeLimitSeconds = timeLimitSecondsDefault } = request;
  if (timeoutSeconds < min || timeoutSeconds > max) {
    findings.violate('timeout_seconds', `must be from ${min} to ${max}`, 10_000);
  }
  if (timeLimitSeconds < 1) findings.violate('time_limit_seconds', 'must be 1 or more', 10_000);
  const statusCallback = readStatusCallback(request, findings);
  const wishes = readCallWishes(request.wishes, 'wishes', findings);
  const recording = readLegRecording(request.recording, 'recording', findings);
  if (findings.failure() !== null || noun === null) return null;
  const { jitterBufferSize, ...conference } = noun;
  return {
    into,
    conference: { ...conference, timeLimitSeconds, ...(recording === null ? {} : { recording }) },
    jitterBufferSize,
    callerId,
    earlyMedia: request.earlyMedia ?? true,
    timeoutSeconds,
    statusCallback,
    wishes,
    from: request.from,
    to: request.to,
  };
}

function readParty(text: string, field: string, findings: Findings): void {
  if (text === '') findings.violate(field, 'is required');
  else if ([...text].length > factCharactersMax) {
    findings.violate(field, `must have at most ${factCharactersMax} characters`);
  }
}

const tokens: Readonly<Partial<Record<CallProgressEvent, CallProgressToken>>> = {
  [CallProgressEvent.INITIATED]: 'initiated',
  [CallProgressEvent.RINGING]: 'ringing',
  [CallProgressEvent.ANSWERED]: 'answered',
  [CallProgressEvent.COMPLETED]: 'completed',
};

function readStatusCallback(
  { statusCallback, statusCallbackMethod, statusCallbackEvent }: CreateParticipantRequest,
  findings: Findings,
): CallProgressCallback | null {
  if (statusCallback === undefined) return null;
  const url = readUrl(statusCallback, 'status_callback', 16_002, findings);
  const method = readMethod(statusCallbackMethod, 'POST', 'status_callback_method', 13_221, findings);
  const events = statusCallbackEvent.map((each) => tokens[each]);
  if (events.includes(undefined)) findings.violate('status_callback_event', 'must be known events');
  if (url === null || method === null) return null;
  const named = events.filter((each) => each !== undefined);
  return { url, method, events: named.length === 0 ? ['completed'] : named };
}

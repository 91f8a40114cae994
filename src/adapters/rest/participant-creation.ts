/** What a request to create a participant says: whom to call, and how it takes part (CONTRACT §7.4, Create). */
import type { OriginateRequest } from '../../app/application.js';
import { originationTimeoutSeconds } from '../../app/originations/origination.js';
import type { ConferenceSid } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import { parseSid } from '../../base/sids.js';
import { type CallProgressCallback, callProgressTokens } from '../../callbacks/call-progress.js';
import { absoluteUrl } from '../../callbacks/resolve-url.js';
import { labelCharactersMax } from '../../conference/label.js';
import { type LegRecording, maxParticipantsCeiling, statusCallbackTokens } from '../../conference/state.js';
import { regionCharactersMax } from '../../cxml/attribute-rule.js';
import { type ConferenceAttributes, jitterBufferSizes } from '../../cxml/conference-attributes.js';
import { readConferenceNoun } from '../../cxml/conference-noun.js';
import { timeLimitSecondsDefault } from '../../cxml/dial-attributes.js';
import type { Finding } from '../../cxml/finding.js';
import { wishesOf, wishParameters } from './call-wishes.js';
import { badParameter, type RestFailure } from './failure.js';
import { callInPath } from './identifiers.js';
import {
  choice,
  flag,
  httpMethod,
  type ReadParameters,
  recordingEventList,
  required,
  text,
  webUrl,
  webUrlOrNothing,
  wholeNumber,
  words,
} from './parameters.js';

const partyCharactersMax = 256;
/** What is read as the name of a room that is known by its conference. */
const roomOfSid = 'conference';
/** What is told of a conference when its callback names no events. */
const conferenceEventsUnsaid = 'start end';

const labelSchema = { type: 'string', minLength: 1, maxLength: labelCharactersMax, pattern: '^[^/]+$' };

/** How it takes part: each is an attribute of `<Conference>`, whose rule has the last word on it. */
const asAttributes = {
  Label: { ...text('Names it within the conference.', labelCharactersMax), schema: labelSchema },
  Muted: flag('Whether it begins muted.'),
  Beep: choice(['true', 'false', 'onEnter', 'onExit'], 'Who hears it come and go.', 13_235),
  StartConferenceOnEnter: flag('Whether its coming starts the conference.'),
  EndConferenceOnExit: flag('Whether its leaving ends the conference.'),
  WaitUrl: webUrlOrNothing('What it hears while it waits for the start; empty: silence.'),
  WaitMethod: httpMethod('POST unless said.', 13_234),
  MaxParticipants: wholeNumber([1, maxParticipantsCeiling], 'Of the conference, where nobody said before.', 16_002),
  JitterBufferSize: choice(jitterBufferSizes, 'How much delay evens out the network.', 16_002),
  Region: text('Stored with the conference.', regionCharactersMax),
  ConferenceStatusCallback: webUrl('Told of the conference that this call makes.', 16_002),
  ConferenceStatusCallbackMethod: httpMethod('POST unless said.'),
  ConferenceStatusCallbackEvent: words(statusCallbackTokens, '`start end` unless said.', 16_002),
  ConferenceRecord: choice(
    ['true', 'false', 'record-from-start', 'do-not-record'],
    '`true` and `false` are other names of the two.',
    13_217,
  ),
  ConferenceTrim: choice(['trim-silence', 'do-not-trim'], 'Whether silence at both ends is cut.', 13_239),
  ConferenceRecordingStatusCallback: webUrl('Told of recordings of the conference.', 13_256),
  ConferenceRecordingStatusCallbackMethod: httpMethod('POST unless said.'),
  ConferenceRecordingStatusCallbackEvent: recordingEventList('`completed` and what went wrong unless said.'),
};
type AttributeParameter = keyof typeof asAttributes;

const attributeOf: Readonly<Record<AttributeParameter, keyof ConferenceAttributes>> = {
  Label: 'participantLabel',
  Muted: 'muted',
  Beep: 'beep',
  StartConferenceOnEnter: 'startConferenceOnEnter',
  EndConferenceOnExit: 'endConferenceOnExit',
  WaitUrl: 'waitUrl',
  WaitMethod: 'waitMethod',
  MaxParticipants: 'maxParticipants',
  JitterBufferSize: 'jitterBufferSize',
  Region: 'region',
  ConferenceStatusCallback: 'statusCallback',
  ConferenceStatusCallbackMethod: 'statusCallbackMethod',
  ConferenceStatusCallbackEvent: 'statusCallbackEvent',
  ConferenceRecord: 'record',
  ConferenceTrim: 'trim',
  ConferenceRecordingStatusCallback: 'recordingStatusCallback',
  ConferenceRecordingStatusCallbackMethod: 'recordingStatusCallbackMethod',
  ConferenceRecordingStatusCallbackEvent: 'recordingStatusCallbackEvent',
};
const attributeNames = Object.keys(asAttributes) as AttributeParameter[];

const { min, max, default: timeoutUnsaid } = originationTimeoutSeconds;

export const participantCreation = {
  From: required(text('Who calls.', partyCharactersMax)),
  To: required(text('Who is called.', partyCharactersMax)),
  CallerId: text('Shown to the party in place of `From`.', partyCharactersMax),
  Timeout: wholeNumber([min, max], `Seconds until nobody answers, and five more; ${timeoutUnsaid} unless said.`),
  TimeLimit: wholeNumber([1, 1_000_000], `Seconds; ${timeLimitSecondsDefault} unless said.`),
  EarlyMedia: flag('Whether those in the conference hear it ring, where the platform can do that; true unless said.'),
  Coaching: flag('True needs `CallSidToCoach`. Left out: true when a call is named.'),
  CallSidToCoach: { ...text('The call that alone hears it.', 128), schema: callInPath.CallSid.schema },
  StatusCallback: webUrl('Told of the progress of the call.', 16_002),
  StatusCallbackMethod: httpMethod('POST unless said.'),
  StatusCallbackEvent: words(callProgressTokens, '`completed` unless said.', 16_002),
  Record: flag('Whether the call is recorded by itself while it is in.'),
  RecordingChannels: choice(['mono', 'dual'], 'Of that: `dual` keeps what the party says and hears apart.', 13_217),
  RecordingTrack: choice(['both', 'inbound', 'outbound'], 'Of that: what the party says, what it hears.', 13_217),
  RecordingStatusCallback: webUrl('Told of that.', 13_256),
  RecordingStatusCallbackMethod: httpMethod('POST unless said.'),
  RecordingStatusCallbackEvent: recordingEventList('Of which it is told; left out: as the flavour has it.'),
  Trim: choice(['trim-silence', 'do-not-trim'], 'Of that; `trim-silence` unless said.', 13_699),
  ...wishParameters,
  ...asAttributes,
};

type Said = ReadParameters<typeof participantCreation>;

/** `named`: the conference by its sid, or the room by its name. */
export function readCreation(
  named: string,
  said: Said,
): Result<Omit<OriginateRequest, 'accountSid' | 'trace'>, RestFailure> {
  const into: ConferenceSid | null = parseSid('conference', named);
  const coach = coachOf(said);
  if (!coach.ok) return coach;
  const findings: Finding[] = [];
  const noun = readConferenceNoun(into === null ? named : roomOfSid, attributesOf(said, coach.value), {
    ...{ resolveUrl: absoluteUrl, at: parameterOf, findings },
  });
  const [fault] = findings;
  if (fault !== undefined) return err(badParameter(fault.where, fault.message, fault.code));
  if (!noun.ok) return err(badParameter(noun.error.where, noun.error.message, noun.error.code));
  const { jitterBufferSize, ...conference } = noun.value;
  return ok({
    into,
    conference: {
      ...conference,
      timeLimitSeconds: said.TimeLimit ?? timeLimitSecondsDefault,
      ...recordingOf(said),
    },
    jitterBufferSize,
    callerId: said.CallerId ?? null,
    earlyMedia: said.EarlyMedia ?? true,
    timeoutSeconds: said.Timeout ?? timeoutUnsaid,
    statusCallback: callbackOf(said),
    wishes: wishesOf(said),
    from: said.From ?? '',
    to: said.To ?? '',
  });
}

function attributesOf(said: Said, coach: string | null): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const name of attributeNames) {
    const value = said[name];
    if (value !== undefined) given.set(attributeOf[name], textOf(value));
  }
  if (said.ConferenceRecord === 'true') given.set('record', 'record-from-start');
  if (said.ConferenceRecord === 'false') given.set('record', 'do-not-record');
  if (given.has('statusCallback') && !given.has('statusCallbackEvent')) {
    given.set('statusCallbackEvent', conferenceEventsUnsaid);
  }
  if (coach !== null) given.set('coach', coach);
  return given;
}

/** As a document would have it; null, the empty URL. */
const textOf = (value: string | number | boolean | readonly string[] | null): string =>
  value === null ? '' : typeof value === 'object' ? value.join(' ') : String(value);

/** The parameter that an attribute came from; of the noun itself: the room, which stands in the path. */
const parameterOf = (attribute: string | null): string => {
  if (attribute === 'coach') return 'CallSidToCoach';
  return attributeNames.find((name) => attributeOf[name] === attribute) ?? 'ConferenceSid';
};

/** Null: it coaches nobody. */
function coachOf({ Coaching: coaching, CallSidToCoach: target }: Said): Result<string | null, RestFailure> {
  if (coaching === false) return ok(null);
  if (target !== undefined && target.trim() !== '') return ok(target);
  return coaching === true ? err(badParameter('CallSidToCoach', 'is required to coach', 16_002)) : ok(null);
}

/** Two channels need two directions. */
function recordingOf(said: Said): { readonly recording?: LegRecording } {
  if (said.Record !== true) return {};
  const { RecordingStatusCallback: url, RecordingStatusCallbackMethod: method = 'POST' } = said;
  const { RecordingTrack: track = 'both', Trim: trim = 'trim-silence' } = said;
  const events = said.RecordingStatusCallbackEvent ?? null;
  const channels = said.RecordingChannels === 'dual' && track === 'both' ? 2 : 1;
  const callback = url === undefined ? null : { url, method, events };
  return { recording: { channels, track, trim, callback, source: 'outbound-api' } };
}

const callbackOf = (said: Said): CallProgressCallback | null =>
  said.StatusCallback === undefined
    ? null
    : {
        url: said.StatusCallback,
        method: said.StatusCallbackMethod ?? 'POST',
        events: said.StatusCallbackEvent ?? ['completed'],
      };

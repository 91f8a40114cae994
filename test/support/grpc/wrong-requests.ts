/**
 * Every way a request of parley.v1 can be wrong, one a row: what is sent, and what must be answered. Rows build on a
 * request that is right, so that nothing else can be the reason.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { AdminService } from '../../../src/gen/parley/v1/admin_service_pb.js';
import { MediaEncoding } from '../../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../../src/gen/parley/v1/call_service_pb.js';
import { CallbackList, CallbackService } from '../../../src/gen/parley/v1/callback_service_pb.js';
import {
  ConferenceService,
  type ListConferencesRequestSchema,
} from '../../../src/gen/parley/v1/conference_service_pb.js';
import { DebuggerService } from '../../../src/gen/parley/v1/debugger_service_pb.js';
import { DialRecord, RecordingStatusCallbackEvent, StatusCallbackEvent } from '../../../src/gen/parley/v1/dial_pb.js';
import { EventService } from '../../../src/gen/parley/v1/event_service_pb.js';
import {
  ParticipantService,
  type UpdateParticipantRequestSchema,
} from '../../../src/gen/parley/v1/participant_service_pb.js';
import { callSid, conferenceSid } from './fake-application.js';
import { wrongDocuments } from './wrong-documents.js';
import { wrongOriginations } from './wrong-originations.js';
import { wrongRecordings } from './wrong-recordings.js';
import {
  type ConferenceInit,
  type DialInit,
  missing,
  notUrls,
  type OddRequest,
  rightDial,
  strange,
  type WrongRequest,
  wrong,
} from './wrong-request.js';

const malformedSids = [
  '',
  'x',
  `CF${'0'.repeat(32)}`,
  `CA${'0'.repeat(31)}`,
  `${callSid('1')}0`,
  `CA${'g'.repeat(32)}`,
];
const malformedConferenceSids = ['', 'Room 1234', `CA${'0'.repeat(32)}`, `${conferenceSid} `];
const { dial, updateCall, getCall, listCalls, sendDigits } = CallService.method;

const wrongDials: readonly WrongRequest[] = [
  wrong(dial, 'nothing', {}, ['instruction', 'media']),
  ...malformedSids.map((sid) => wrong(dial, `call sid '${sid}'`, rightDial({}, {}, { callSid: sid }), ['call_sid'])),
  ...(['from', 'to'] as const).map((name) =>
    wrong(dial, `long ${name}`, rightDial({}, {}, { call: { [name]: 'x'.repeat(257) } }), [`call.${name}`]),
  ),
  wrong(dial, 'direction', rightDial({}, {}, { call: { direction: strange } }), ['call.direction']),
  wrong(dial, 'no media', { ...rightDial(), media: { case: undefined } }, ['media']),
  wrong(dial, 'no SDP', rightDial({}, {}, { media: { case: 'rtp', value: {} } }), ['rtp.sdp_offer']),
  wrong(dial, 'blank SDP', rightDial({}, {}, { media: { case: 'rtp', value: { sdpOffer: ' \r\n' } } }), [
    'rtp.sdp_offer',
  ]),
  wrong(
    dial,
    'SDP of 64 KiB and one byte',
    rightDial({}, {}, { media: { case: 'rtp', value: { sdpOffer: 'x'.repeat(65_537) } } }),
    ['rtp.sdp_offer'],
  ),
  ...[MediaEncoding.UNSPECIFIED, strange].map((encoding) =>
    wrong(
      dial,
      `encoding ${encoding}`,
      rightDial({}, {}, { media: { case: 'grpc', value: { encoding, sampleRateHz: 8000 } } }),
      ['grpc.encoding'],
    ),
  ),
  ...[0, 1, 11_025, 44_100, 4_294_967_295].map((sampleRateHz) =>
    wrong(
      dial,
      `linear16 at ${sampleRateHz} Hz`,
      rightDial({}, {}, { media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz } } }),
      ['grpc.sample_rate_hz'],
    ),
  ),
  wrong(
    dial,
    'PCMU at 16000 Hz',
    rightDial({}, {}, { media: { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 16_000 } } }),
    ['grpc.sample_rate_hz'],
  ),
  wrong(dial, 'no instruction', { ...rightDial(), instruction: { case: undefined } }, ['instruction']),
  wrong(dial, 'no conference', { ...rightDial(), instruction: { case: 'dial', value: {} } }, ['dial.conference']),
  ...['', ' \n ', 'x'.repeat(129)].map((roomName) =>
    wrong(dial, `room name of ${roomName.length}`, rightDial({ roomName }), ['dial.conference.room_name'], 13237),
  ),
  ...['', 'x'.repeat(129)].map((participantLabel) =>
    wrong(
      dial,
      `label of ${participantLabel.length}`,
      rightDial({ participantLabel }),
      ['dial.conference.participant_label'],
      16023,
    ),
  ),
  ...['a/b', callSid('1'), `CA${'0'.repeat(32)}`].map((participantLabel) =>
    wrong(
      dial,
      `label ${participantLabel}`,
      rightDial({ participantLabel }),
      ['dial.conference.participant_label'],
      16024,
    ),
  ),
  ...['x', `CF${'0'.repeat(32)}`].map((coach) =>
    wrong(dial, `coach ${coach}`, rightDial({ coach }), ['dial.conference.coach'], 13240, status.FAILED_PRECONDITION),
  ),
  wrong(
    dial,
    'several at once',
    rightDial(
      { roomName: '', participantLabel: '', coach: 'x', beep: strange },
      { action: 'http://e/' },
      { callSid: 'x' },
    ),
    ['call_sid', 'dial.conference.room_name', 'dial.conference.participant_label'],
    13237,
  ),
];

const missingOfDial: readonly WrongRequest[] = [
  missing(
    dial,
    rightDial(
      { coach: 'x' },
      { action: 'http://e/', record: DialRecord.RECORD_FROM_ANSWER, recordingStorageUrl: 'http://e/' },
    ),
    ['dial.recording_storage_url'],
  ),
];

const ofCalls: readonly WrongRequest[] = [
  ...malformedSids.flatMap((sid) => [
    wrong(updateCall, `call sid '${sid}'`, { callSid: sid, update: { case: 'hangUp', value: {} } }, ['call_sid']),
    wrong(getCall, `call sid '${sid}'`, { callSid: sid }, ['call_sid']),
    wrong(sendDigits, `call sid '${sid}'`, { callSid: sid, digits: '1' }, ['call_sid']),
    wrong(AdminService.method.getLegStatistics, `call sid '${sid}'`, { callSid: sid }, ['call_sid']),
  ]),
  ...['', 'e', '1 2', '+1', 'ｗ', '1\n', '1'.repeat(65)].map((digits) =>
    wrong(sendDigits, `digits '${digits}'`, { callSid: callSid('1'), digits }, ['digits']),
  ),
  wrong(updateCall, 'no update', { callSid: callSid('1') }, ['update']),
  ...['', ' \r\n ', 'x'.repeat(65_537)].map((sdpOffer) =>
    wrong(
      updateCall,
      `a new offer of ${sdpOffer.length}`,
      { callSid: callSid('1'), update: { case: 'rtp', value: { sdpOffer } } },
      ['rtp.sdp_offer'],
    ),
  ),
];

const { getConference, listConferences, updateConference, watchConference } = ConferenceService.method;

const badInstants = [
  { seconds: 253_402_300_800n },
  { seconds: -62_135_596_801n },
  { seconds: 0n, nanos: -1 },
  { seconds: 0n, nanos: 1_000_000_000 },
];
const badPages = [
  { request: { pageSize: -1 }, field: 'page_size', code: 54454 },
  { request: { pageSize: -2_147_483_648 }, field: 'page_size', code: 54454 },
  ...['x', '!', 'PA', 'x'.repeat(10_000), Buffer.from('1:2').toString('base64url')].map((pageToken) => ({
    request: { pageToken },
    field: 'page_token',
    code: 54453,
  })),
];

const ofConferences: readonly WrongRequest[] = [
  ...malformedConferenceSids.flatMap((sid) => [
    wrong(getConference, `sid '${sid}'`, { conferenceSid: sid }, ['conference_sid']),
    wrong(watchConference, `sid '${sid}'`, { conferenceSid: sid }, ['conference_sid']),
    wrong(updateConference, `sid '${sid}'`, { conferenceSid: sid, update: { case: 'end', value: {} } }, [
      'conference_sid',
    ]),
  ]),
  wrong(updateConference, 'no update', { conferenceSid }, ['update'], 21475),
  wrong(
    updateConference,
    'an announcement from nowhere',
    { conferenceSid, update: { case: 'announce', value: { url: 'x', method: strange } } },
    ['announce.url', 'announce.method'],
    11_100,
  ),
  ...['', ' ', 'x'.repeat(129)].map((roomName) =>
    wrong(listConferences, `room name of ${roomName.length}`, { roomName }, ['room_name'], 13237),
  ),
  wrong(
    listConferences,
    'status',
    { status: strange } satisfies MessageInitShape<typeof ListConferencesRequestSchema>,
    ['status'],
  ),
  ...(['createdFrom', 'createdUntil', 'updatedFrom', 'updatedUntil'] as const).flatMap((name) =>
    badInstants.map((instant) =>
      wrong(listConferences, `${name} ${instant.seconds} s ${instant.nanos ?? 0} ns`, { [name]: instant }, [
        name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`),
      ]),
    ),
  ),
  ...badPages.map(({ request, field, code }) =>
    wrong(listConferences, `${field} ${Object.values(request)}`.slice(0, 40), request, [field], code),
  ),
];

const ofCallLists: readonly WrongRequest[] = [
  wrong(listCalls, 'status', { status: strange }, ['status']),
  ...(['startedFrom', 'startedUntil', 'endedFrom', 'endedUntil'] as const).flatMap((name) =>
    badInstants.map((instant) =>
      wrong(listCalls, `${name} ${instant.seconds} s ${instant.nanos ?? 0} ns`, { [name]: instant }, [
        name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`),
      ]),
    ),
  ),
  ...badPages.map(({ request, field, code }) =>
    wrong(listCalls, `${field} ${Object.values(request)}`.slice(0, 40), request, [field], code),
  ),
];

const { getParticipant, listParticipants, updateParticipant, removeParticipant } = ParticipantService.method;

type UpdateInit = MessageInitShape<typeof UpdateParticipantRequestSchema>;
const update = (changes: UpdateInit): UpdateInit => ({ conferenceSid, callSid: callSid('1'), ...changes });

const ofParticipants: readonly WrongRequest[] = [
  ...[getParticipant, removeParticipant, updateParticipant].flatMap((method) => [
    wrong(method, 'no sids', { muted: true }, ['conference_sid', 'call_sid']),
    ...malformedConferenceSids.map((sid) =>
      wrong(method, `conference sid '${sid}'`, { ...update({ muted: true }), conferenceSid: sid }, ['conference_sid']),
    ),
    ...malformedSids.map((sid) =>
      wrong(method, `call sid '${sid}'`, { ...update({ muted: true }), callSid: sid }, ['call_sid']),
    ),
  ]),
  ...malformedConferenceSids.map((sid) =>
    wrong(listParticipants, `conference sid '${sid}'`, { conferenceSid: sid }, ['conference_sid']),
  ),
  ...badPages.map(({ request, field, code }) =>
    wrong(
      listParticipants,
      `${field} ${Object.values(request)}`.slice(0, 40),
      { conferenceSid, ...request },
      [field],
      code,
    ),
  ),
  wrong(updateParticipant, 'no change', update({}), ['']),
  ...notUrls.flatMap((url) => [
    wrong(updateParticipant, `hold URL ${url.slice(0, 30)}`, update({ hold: true, holdUrl: url }), ['hold_url'], 13233),
    wrong(updateParticipant, `wait URL ${url.slice(0, 30)}`, update({ waitUrl: url }), ['wait_url'], 13233),
  ]),
  wrong(updateParticipant, 'hold method', update({ hold: true, holdMethod: strange }), ['hold_method'], 13221),
  wrong(updateParticipant, 'wait method', update({ waitUrl: '', waitMethod: strange }), ['wait_method'], 13234),
  wrong(updateParticipant, 'coaching nobody', update({ coaching: true }), ['call_sid_to_coach'], 16002),
  wrong(updateParticipant, 'empty coach', update({ callSidToCoach: '' }), ['call_sid_to_coach'], 16002),
  wrong(
    updateParticipant,
    'malformed coach',
    update({ callSidToCoach: 'x' }),
    ['call_sid_to_coach'],
    13240,
    status.FAILED_PRECONDITION,
  ),
  wrong(
    updateParticipant,
    'an announcement from nowhere',
    update({ announceUrl: 'x', announceMethod: strange }),
    ['announce_method', 'announce_url'],
    13_221,
  ),
];

const { listCallbacks, replayCallbacks, dropCallbacks } = CallbackService.method;
const dead = CallbackList.DEAD;
const tooMany = Array.from({ length: 1001 }, (_, index) => `id-${index}`);

const ofCallbacks: readonly WrongRequest[] = [
  wrong(listCallbacks, 'no list', {}, ['list']),
  wrong(listCallbacks, 'a strange list', { list: strange }, ['list']),
  wrong(listCallbacks, 'a negative size', { list: dead, pageSize: -1 }, ['page_size'], 54454),
  wrong(listCallbacks, 'a strange token', { list: dead, pageToken: '-1' }, ['page_token'], 54453),
  wrong(replayCallbacks, 'nothing named', {}, ['ids']),
  wrong(replayCallbacks, 'too many', { ids: tooMany }, ['ids']),
  wrong(replayCallbacks, 'all and some', { ids: ['a'], all: true }, ['all']),
  wrong(dropCallbacks, 'no list', { ids: ['a'] }, ['list']),
  wrong(dropCallbacks, 'nothing named', { list: dead }, ['ids']),
  wrong(dropCallbacks, 'all and some', { list: dead, ids: ['a'], all: true }, ['all']),
];

const { listFindings } = DebuggerService.method;

const ofOthers: readonly WrongRequest[] = [
  ...ofCallbacks,
  wrong(listFindings, 'a negative size', { pageSize: -1 }, ['page_size'], 54454),
  wrong(listFindings, 'a strange token', { pageToken: 'x' }, ['page_token'], 54453),
  ...wrongRecordings,
  wrong(AdminService.method.drain, 'too long', { withinSeconds: 86_401 }, ['within_seconds']),
  wrong(EventService.method.watchEvents, 'a cursor ahead', { cursor: 18n }, ['cursor'], null, status.OUT_OF_RANGE),
  wrong(
    EventService.method.watchEvents,
    'the last cursor',
    { cursor: 2n ** 64n - 1n },
    ['cursor'],
    null,
    status.OUT_OF_RANGE,
  ),
];

export const wrongRequests: readonly WrongRequest[] = [
  ...wrongDials,
  ...wrongOriginations,
  ...missingOfDial,
  ...wrongDocuments,
  ...ofCalls,
  ...ofCallLists,
  ...ofConferences,
  ...ofParticipants,
  ...ofOthers,
];

const odd = (field: string, code: number, conference: ConferenceInit, dial: DialInit = {}): OddRequest => ({
  what: `${field} = ${JSON.stringify({ ...conference, ...dial }).slice(0, 60)}`,
  request: rightDial(conference, dial),
  code,
  field,
});

export const oddRequests: readonly OddRequest[] = [
  odd('dial.conference.beep', 13235, { beep: strange }),
  ...notUrls.map((waitUrl) => odd('dial.conference.wait_url', 13233, { waitUrl })),
  odd('dial.conference.wait_method', 13234, { waitMethod: strange }),
  ...[0, -1, 100_001, 2_147_483_647, -2_147_483_648].map((maxParticipants) =>
    odd('dial.conference.max_participants', 16002, { maxParticipants }),
  ),
  odd('dial.conference.record', 13217, { record: strange }),
  odd('dial.conference.trim', 13239, { trim: strange }),
  ...notUrls.map((statusCallback) => odd('dial.conference.status_callback', 16002, { statusCallback })),
  odd('dial.conference.status_callback_method', 13221, { statusCallbackMethod: strange }),
  ...[StatusCallbackEvent.UNSPECIFIED, strange].map((event) =>
    odd('dial.conference.status_callback_event', 16002, {
      statusCallbackEvent: [event, StatusCallbackEvent.END, event],
    }),
  ),
  odd('dial.conference.recording_status_callback', 13256, { recordingStatusCallback: 'x' }),
  odd('dial.conference.recording_status_callback_method', 13221, { recordingStatusCallbackMethod: strange }),
  ...[RecordingStatusCallbackEvent.UNSPECIFIED, strange].map((event) =>
    odd('dial.conference.recording_status_callback_event', 13621, { recordingStatusCallbackEvent: [event] }),
  ),
  odd('dial.conference.event_callback_url', 16002, { eventCallbackUrl: 'x' }),
  odd('dial.conference.region', 16002, { region: 'x'.repeat(65) }),
  odd('dial.conference.jitter_buffer_size', 16002, { jitterBufferSize: strange }),
  ...notUrls.map((action) => odd('dial.action', 13210, {}, { action })),
  odd('dial.method', 13210, {}, { method: strange }),
  ...[0, -1, -2_147_483_648].map((timeLimitSeconds) => odd('dial.time_limit_seconds', 13216, {}, { timeLimitSeconds })),
  odd('dial.record', 13217, {}, { record: strange }),
  odd('dial.trim', 13699, {}, { trim: strange }),
  odd('dial.recording_track', 13217, {}, { recordingTrack: strange }),
  odd('dial.recording_status_callback', 13256, {}, { recordingStatusCallback: 'x' }),
  odd('dial.recording_status_callback_method', 13221, {}, { recordingStatusCallbackMethod: strange }),
  odd('dial.recording_status_callback_event', 13621, {}, { recordingStatusCallbackEvent: [strange] }),
  odd('dial.recording_storage_url', 13256, {}, { recordingStorageUrl: 'x' }),
  odd('dial.recording_storage_url_method', 13221, {}, { recordingStorageUrlMethod: strange }),
];

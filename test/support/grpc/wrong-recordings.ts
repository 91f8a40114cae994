/** Every way a request about recordings can be wrong. */
import { RecordingFormat, RecordingStatus } from '../../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../../src/gen/parley/v1/recording_service_pb.js';
import { conferenceSid, recordingSid } from './fake-application.js';
import { notUrls, strange, type WrongRequest, wrong } from './wrong-request.js';

const { startRecording, updateRecording, getRecording, listRecordings, deleteRecording, downloadRecording } =
  RecordingService.method;
const { createRecordingLink } = RecordingService.method;
const malformedSids = ['', 'x', `CF${'0'.repeat(32)}`, `RE${'0'.repeat(31)}`, `${recordingSid}0`];
const paused = { recordingSid, status: RecordingStatus.PAUSED };

export const wrongRecordings: readonly WrongRequest[] = [
  ...malformedSids.flatMap((sid) => [
    wrong(updateRecording, `sid '${sid}'`, { ...paused, recordingSid: sid }, ['recording_sid']),
    ...[getRecording, deleteRecording, downloadRecording, createRecordingLink].map((method) =>
      wrong(method, `sid '${sid}'`, { recordingSid: sid }, ['recording_sid']),
    ),
  ]),
  ...['', 'x', `CA${'0'.repeat(32)}`].flatMap((sid) => [
    wrong(startRecording, `conference sid '${sid}'`, { conferenceSid: sid }, ['conference_sid']),
    wrong(updateRecording, `the current one of '${sid}'`, { ...paused, recordingSid: 'CURRENT', conferenceSid: sid }, [
      'conference_sid',
    ]),
  ]),
  wrong(startRecording, 'a strange trim', { conferenceSid, trim: strange }, ['trim'], 13699),
  ...notUrls.map((url) =>
    wrong(
      startRecording,
      `callback ${url.slice(0, 20)}`,
      { conferenceSid, recordingStatusCallback: url },
      ['recording_status_callback'],
      13256,
    ),
  ),
  wrong(
    startRecording,
    'a strange method',
    { conferenceSid, recordingStatusCallbackMethod: strange },
    ['recording_status_callback_method'],
    13221,
  ),
  wrong(
    startRecording,
    'a strange event',
    { conferenceSid, recordingStatusCallbackEvent: [strange] },
    ['recording_status_callback_event'],
    13621,
  ),
  ...[RecordingStatus.UNSPECIFIED, RecordingStatus.COMPLETED, RecordingStatus.PROCESSING, strange].map((status) =>
    wrong(updateRecording, `status ${status}`, { recordingSid, status }, ['status']),
  ),
  wrong(updateRecording, 'a strange pause', { ...paused, pauseBehavior: strange }, ['pause_behavior']),
  wrong(listRecordings, 'a conference sid', { conferenceSid: 'x' }, ['conference_sid']),
  wrong(listRecordings, 'a call sid', { callSid: 'x' }, ['call_sid']),
  wrong(listRecordings, 'a strange status', { status: strange }, ['status']),
  wrong(listRecordings, 'a negative size', { pageSize: -1 }, ['page_size'], 54454),
  wrong(listRecordings, 'a strange token', { pageToken: 'x' }, ['page_token'], 54453),
  wrong(downloadRecording, 'a strange format', { recordingSid, format: strange }, ['format']),
  wrong(downloadRecording, 'no track', { recordingSid, format: RecordingFormat.TRACK }, ['track']),
  wrong(downloadRecording, 'a track of another kind', { recordingSid, format: RecordingFormat.MP3, track: 1 }, [
    'track',
  ]),
  wrong(createRecordingLink, 'a strange format', { recordingSid, format: strange }, ['format']),
  wrong(createRecordingLink, 'no track', { recordingSid, format: RecordingFormat.TRACK }, ['track']),
  ...[0, 604_801].map((ttlSeconds) =>
    wrong(createRecordingLink, `a link for ${ttlSeconds} s`, { recordingSid, ttlSeconds }, ['ttl_seconds']),
  ),
];

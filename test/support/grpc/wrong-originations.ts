/** Every way a request about calls to be made can be wrong; what a conference is asked is read as in a dial. */
import { AnsweredBy, MediaEncoding } from '../../../src/gen/parley/v1/call_pb.js';
import { CallOutcome, CallService } from '../../../src/gen/parley/v1/call_service_pb.js';
import { ParticipantService } from '../../../src/gen/parley/v1/participant_service_pb.js';
import { MachineDetectionMode } from '../../../src/gen/parley/v1/wishes_pb.js';
import { callSid } from './fake-application.js';
import { notUrls, strange, type WrongRequest, wrong } from './wrong-request.js';

const { createParticipant } = ParticipantService.method;
const { reportOrigination } = CallService.method;

const parties = { to: '+15550100002', from: '+15550100001' };
const create = (wishes: object) => ({ conference: { roomName: 'Room 1234' }, ...parties, ...wishes });
const long = 'x'.repeat(257);
const report = (of: object) => ({ callSid: callSid('1'), report: of });
const answered = (media: object) => report({ case: 'answered', value: { media } });

export const wrongOriginations: readonly WrongRequest[] = [
  wrong(createParticipant, 'nothing', {}, ['conference', 'to', 'from']),
  wrong(createParticipant, 'a conference sid', create({ conferenceSid: 'x' }), ['conference_sid']),
  wrong(createParticipant, 'no room', create({ conference: {} }), ['conference.room_name'], 13_237),
  ...(['to', 'from'] as const).map((name) =>
    wrong(createParticipant, `long ${name}`, create({ [name]: 'x'.repeat(257) }), [name]),
  ),
  wrong(createParticipant, 'long caller id', create({ callerId: 'x'.repeat(257) }), ['caller_id']),
  ...[4, 0, -1, 601].map((timeoutSeconds) =>
    wrong(createParticipant, `timeout ${timeoutSeconds}`, create({ timeoutSeconds }), ['timeout_seconds'], 10_000),
  ),
  ...[0, -1].map((timeLimitSeconds) =>
    wrong(createParticipant, `limit ${timeLimitSeconds}`, create({ timeLimitSeconds }), ['time_limit_seconds'], 10_000),
  ),
  ...notUrls.map((statusCallback) =>
    wrong(createParticipant, 'status callback', create({ statusCallback }), ['status_callback'], 16_002),
  ),
  wrong(
    createParticipant,
    'how it is told',
    create({ statusCallback: 'http://e/', statusCallbackMethod: strange, statusCallbackEvent: [strange] }),
    ['status_callback_method', 'status_callback_event'],
    13_221,
  ),
  wrong(
    createParticipant,
    'a recording',
    create({
      recording: {
        ...{ track: strange, trim: strange, recordingStatusCallback: 'x' },
        ...{ recordingStatusCallbackMethod: strange, recordingStatusCallbackEvent: [strange] },
      },
    }),
    ['track', 'trim', ...['event', 'method'].map((name) => `recording_status_callback_${name}`)]
      .concat('recording_status_callback')
      .map((name) => `recording.${name}`),
    13_217,
  ),
  wrong(createParticipant, 'how to detect', create({ wishes: { machineDetection: {} } }), [
    'wishes.machine_detection.mode',
  ]),
  wrong(
    createParticipant,
    'bounds of detection',
    create({
      wishes: {
        machineDetection: {
          ...{ mode: MachineDetectionMode.ENABLE, timeoutSeconds: 2, speechThresholdMs: 6001 },
          ...{
            speechEndThresholdMs: 499,
            silenceTimeoutMs: 10_001,
            statusCallback: 'x',
            statusCallbackMethod: strange,
          },
        },
      },
    }),
    ['status_callback', 'status_callback_method', 'timeout_seconds']
      .concat(['speech_threshold_ms', 'speech_end_threshold_ms', 'silence_timeout_ms'])
      .map((name) => `wishes.machine_detection.${name}`),
    11_100,
  ),
  wrong(
    createParticipant,
    'wishes',
    create({
      wishes: {
        ...{ sipAuthUsername: long, sipAuthPassword: long, callReason: long, callerDisplayName: long },
        ...{ byoc: long, callToken: long.repeat(16), clientNotificationUrl: 'x' },
      },
    }),
    ['sip_auth_username', 'sip_auth_password', 'call_reason', 'caller_display_name', 'byoc', 'call_token']
      .concat('client_notification_url')
      .map((name) => `wishes.${name}`),
    11_100,
  ),
  ...[AnsweredBy.UNSPECIFIED, strange].map((answeredBy) =>
    wrong(reportOrigination, `by ${answeredBy}`, report({ case: 'machineDetected', value: { answeredBy } }), [
      'machine_detected.answered_by',
    ]),
  ),
  wrong(
    reportOrigination,
    'a detection that took too long',
    report({ case: 'machineDetected', value: { answeredBy: AnsweredBy.HUMAN, durationMs: 600_001 } }),
    ['machine_detected.duration_ms'],
  ),
  ...['', 'x'].map((sid) =>
    wrong(reportOrigination, `call sid '${sid}'`, { ...report({ case: 'ringing', value: {} }), callSid: sid }, [
      'call_sid',
    ]),
  ),
  wrong(reportOrigination, 'nothing', { callSid: callSid('1') }, ['report']),
  wrong(reportOrigination, 'no media', report({ case: 'answered', value: {} }), ['answered.media']),
  wrong(reportOrigination, 'no SDP', answered({ case: 'rtp', value: {} }), ['answered.rtp.sdp_offer']),
  wrong(reportOrigination, 'encoding', answered({ case: 'grpc', value: { encoding: strange } }), [
    'answered.grpc.encoding',
  ]),
  wrong(reportOrigination, 'rate', answered({ case: 'grpc', value: { encoding: MediaEncoding.LINEAR16 } }), [
    'answered.grpc.sample_rate_hz',
  ]),
  ...[CallOutcome.UNSPECIFIED, CallOutcome.COMPLETED, strange].map((outcome) =>
    wrong(reportOrigination, `outcome ${outcome}`, report({ case: 'ended', value: { outcome } }), ['ended.outcome']),
  ),
];

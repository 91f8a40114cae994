import { create } from '@bufbuild/protobuf';
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { accountA, callSid, conferenceSid } from '../../../test/support/grpc/fake-application.js';
import { GrpcClient, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import { oldBytesOf } from '../../../test/support/old-generation.js';
import { countingRandom, recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { AuditEntry } from '../../app/audit.js';
import { FailedLogins, ofAddress } from '../../app/failed-logins.js';
import { err, ok } from '../../base/result.js';
import type { Trace } from '../../base/trace.js';
import { AdminService } from '../../gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { CallbackService } from '../../gen/parley/v1/callback_service_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';
import { ParticipantService, UpdateParticipantRequestSchema } from '../../gen/parley/v1/participant_service_pb.js';
import { RecordingService } from '../../gen/parley/v1/recording_service_pb.js';
import { MachineDetectionMode } from '../../gen/parley/v1/wishes_pb.js';
import { changes, noteCall } from './audited.js';
import { bearerToken } from './authentication.js';

async function auditing() {
  const noted: AuditEntry[] = [];
  const clock = new VirtualClock();
  const audit = { note: (entry: AuditEntry) => noted.push(entry) };
  const served = await serveFake({ auditing: { audit, clock, random: countingRandom() } });
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer a-token-of-the-account');
  return { ...served, noted, clock, client: new GrpcClient(served.server.port, metadata) };
}

const { updateParticipant, createParticipant, getParticipant } = ParticipantService.method;
const { updateCall } = CallService.method;
const one = { conferenceSid, callSid: callSid('1') };

describe('changes over gRPC', () => {
  it('are noted with who, what, from where and what came of it, once each', async () => {
    const { client, noted, clock, lastArguments } = await auditing();
    const holdUrl = 'https://u:p@e.test/hold?secret=1';
    await client.unary(updateParticipant, { ...one, muted: false, hold: true, holdUrl });
    const trace = lastArguments('updateParticipant').at(-1) as Trace;
    expect(noted).toEqual([
      {
        ...{ atMs: clock.now(), face: 'grpc', accountSid: accountA, operation: 'UpdateParticipant' },
        target: '/parley.v1.ParticipantService/UpdateParticipant',
        said: {
          ...{ conference_sid: conferenceSid, call_sid: callSid('1'), muted: 'false', hold: 'true' },
          hold_url: 'https://e.test/hold',
        },
        ...{ token: expect.stringMatching(/^[0-9a-f]{8}$/), from: expect.stringMatching(/127\.0\.0\.1$/) },
        ...{ status: 0, code: null, traceId: trace.traceId },
      },
    ]);
    client.close();
  });

  it('are noted when they are refused, by a rule or by the application, and when they are no message', async () => {
    const { client, noted, answers } = await auditing();
    await refusalOf(client.unary(updateParticipant, { ...one, callSid: 'not a sid' }));
    answers.updateParticipant = async () => err({ kind: 'conference-completed' });
    await refusalOf(client.unary(updateParticipant, { ...one, muted: true }));
    await refusalOf(client.unaryBytes(updateParticipant, Buffer.from([0xff, 0xff, 0xff])));
    expect(noted.map(({ status: code, code: number, said }) => [code, number, said.call_sid])).toEqual([
      [status.INVALID_ARGUMENT, null, '9 characters'],
      [status.FAILED_PRECONDITION, 10_000, callSid('1')],
      [status.INVALID_ARGUMENT, null, undefined],
    ]);
    client.close();
  });

  it('tell of texts their length, of documents and secrets too, and of what lies deeper its path', async () => {
    const { client, noted } = await auditing();
    const wishes = {
      sipAuthPassword: 'hush',
      machineDetection: { mode: MachineDetectionMode.ENABLE, timeoutSeconds: 5 },
    };
    const party = { to: '+15550100002', from: '+1', conference: { roomName: 'room' } };
    await refusalOf(client.unary(createParticipant, { ...party, wishes }));
    const document = '<Response><Hangup/></Response>';
    await client.unary(updateCall, { callSid: callSid('1'), update: { case: 'document', value: document } });
    expect(noted.map(({ said }) => said)).toEqual([
      {
        ...{ 'conference.room_name': '4 characters', to: '12 characters', from: '2 characters' },
        ...{ 'wishes.sip_auth_password': '4 characters', 'wishes.machine_detection.timeout_seconds': '5' },
        'wishes.machine_detection.mode': 'MACHINE_DETECTION_MODE_ENABLE',
      },
      { call_sid: callSid('1'), document: `${document.length} characters` },
    ]);
    client.close();
  });

  it('are not what only looks', async () => {
    const { client, noted } = await auditing();
    await client.unary(getParticipant, one);
    expect(noted).toEqual([]);
    client.close();
  });

  it('are every method that does not say that it has no side effects', () => {
    const callServices = [CallService, CallbackService, AdminService];
    const services = [...callServices, ConferenceService, ParticipantService, RecordingService];
    const changing = services.flatMap(({ methods }) =>
      methods.filter((method) => method.methodKind === 'unary' && changes(method)).map(({ name }) => name),
    );
    expect(changing.filter((name) => /^(Get|List|Watch)/.test(name))).toEqual([]);
    expect(changing).toEqual(
      expect.arrayContaining([
        ...['Dial', 'UpdateCall', 'SendDigits', 'ReportOrigination', 'UpdateConference', 'CreateParticipant'],
        ...['RemoveParticipant', 'StartRecording', 'UpdateRecording', 'DeleteRecording'],
      ]),
    );
  });
});

describe('wrong tokens over gRPC', () => {
  it('are told to wait when there were too many from one address; a right one never is', async () => {
    const failedLogins = new FailedLogins(new VirtualClock(), recordingMetrics());
    const accounts = (authorization: string | null) => (bearerToken(authorization) === 'right' ? accountA : null);
    const { connect } = await serveFake({ accounts, failedLogins });
    const client = connect('Bearer wrong');
    const refusals = [];
    for (let each = 0; each <= ofAddress.burst; each += 1) {
      refusals.push((await refusalOf(client.unary(getParticipant, one))).code);
    }
    expect(refusals.slice(0, -1).every((code) => code === status.UNAUTHENTICATED)).toBe(true);
    expect(refusals.at(-1)).toBe(status.RESOURCE_EXHAUSTED);
    expect(await refusalOf(client.unary(getParticipant, one))).toMatchObject({
      ...{ reason: 'TOO_MANY_FAILED_LOGINS', contractCode: '20429' },
    });
    await connect('Bearer right').unary(getParticipant, one);
  });
});

describe('a storm of changes', () => {
  it('leaves nothing of its notes to be marked', async () => {
    const request = create(UpdateParticipantRequestSchema, { ...one, muted: true });
    const caller = { accountSid: accountA, token: '01234567', from: '192.0.2.1' };
    const parts = { audit: { note: () => {} }, clock: new VirtualClock() };
    const bytes = await oldBytesOf(() => noteCall(updateParticipant, request, caller, 'trace', ok({}), parts));
    expect(bytes).toBeLessThan(100);
  });
});

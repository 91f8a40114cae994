import { describe, expect, it } from 'vitest';
import { accountA, callSid, conferenceSid } from '../../../test/support/grpc/fake-application.js';
import { reader } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import type { OriginateRequest } from '../../app/application.js';
import { type CallWishes, noWishes } from '../../app/originations/call-wishes.js';
import { initiated } from '../../app/originations/origination.js';
import { epochMs } from '../../base/brands.js';
import { flavours } from '../../base/flavour.js';
import { ok } from '../../base/result.js';
import { AnsweredBy } from '../../gen/parley/v1/call_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { RecordingStatusCallbackEvent, RecordingTrack } from '../../gen/parley/v1/dial_pb.js';
import { ParticipantService } from '../../gen/parley/v1/participant_service_pb.js';
import { HttpMethod } from '../../gen/parley/v1/web_pb.js';
import { MachineDetectionMode } from '../../gen/parley/v1/wishes_pb.js';

const { createParticipant } = ParticipantService.method;
const { originations, reportOrigination } = CallService.method;
const asked = { conference: { roomName: 'Room 1234' }, to: '+15550100002', from: '+15550100001' };

const wishes: CallWishes = {
  machineDetection: {
    ...{ mode: 'detect-message-end', timeoutSeconds: 12, speechThresholdMs: 2400, speechEndThresholdMs: 1200 },
    ...{ silenceTimeoutMs: 5000, callback: { url: 'http://e/amd', method: 'GET' } },
  },
  ...{ sipAuthUsername: 'agent', sipAuthPassword: 'secret', callReason: 'your order', callerDisplayName: 'Shop' },
  ...{ byoc: 'BY1', callToken: 'token', clientNotificationUrl: 'http://e/push' },
};
const { machineDetection: _, ...texts } = wishes;
const detection = { mode: MachineDetectionMode.DETECT_MESSAGE_END, timeoutSeconds: 12 };

describe('CreateParticipant', () => {
  it("reads what is recorded and what is the platform's to do", async () => {
    const served = await serveFake();
    const told = { statusCallback: 'http://e/amd', statusCallbackMethod: HttpMethod.GET };
    const recording = {
      ...{ dual: true, track: RecordingTrack.BOTH, recordingStatusCallback: 'http://e/recording' },
      recordingStatusCallbackEvent: [RecordingStatusCallbackEvent.COMPLETED],
    };
    const whole = { ...texts, machineDetection: { ...detection, ...told } } as never;
    await served.client.unary(createParticipant, { ...asked, recording, wishes: whole }).catch(() => {});
    const [request] = served.lastArguments('createParticipant') as readonly [OriginateRequest];
    expect(request).toMatchObject({ wishes, accountSid: accountA });
    expect(request.conference.recording).toEqual({
      ...{ channels: 2, track: 'both', trim: 'trim-silence', source: 'outbound-api' },
      callback: { url: 'http://e/recording', method: 'POST', events: ['completed'] },
    });
  });

  it('neither records nor wishes for anything where nothing is said', async () => {
    const served = await serveFake();
    await served.client.unary(createParticipant, asked).catch(() => {});
    const [request] = served.lastArguments('createParticipant') as readonly [OriginateRequest];
    expect(request.wishes).toEqual(noWishes);
    expect(request.conference).not.toHaveProperty('recording');
  });
});

describe('Originations', () => {
  it('hands on what the application wished, but not whom Parley tells', async () => {
    const served = await serveFake();
    const { origination } = initiated(
      {
        ...{ accountSid: accountA, callSid: callSid('1'), conferenceSid, wishes, statusCallback: null },
        call: { from: '+15550100001', to: '+15550100002', direction: 'outbound-api' },
        conference: { room: 'Room 1234', label: null } as never,
        ...{ jitterBufferSize: null, callerId: null, earlyMedia: true, timeoutSeconds: 30 },
      },
      epochMs(0),
      flavours.twilio,
    );
    served.answers.makeCalls = (_account, tell) => {
      tell({ kind: 'originate', origination });
      return ok(() => {});
    };
    const stream = served.client.serverStream(originations, {});
    const messages = reader(stream);
    await messages.next();
    const message = (await messages.next())?.message;
    stream.cancel();
    expect(message?.case === 'originate' ? message.value.wishes : null).toMatchObject({
      ...texts,
      machineDetection: { ...detection, speechThresholdMs: 2400, speechEndThresholdMs: 1200, silenceTimeoutMs: 5000 },
    });
    expect(JSON.stringify(message, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      'http://e/amd',
    );
  });
});

describe('ReportOrigination', () => {
  it('says who answered', async () => {
    const served = await serveFake();
    const value = { answeredBy: AnsweredBy.MACHINE_END_BEEP, durationMs: 2300 };
    await served.client.unary(reportOrigination, {
      callSid: callSid('1'),
      report: { case: 'machineDetected', value },
    });
    expect(served.lastArguments('reportOrigination')).toEqual([
      ...[accountA, callSid('1')],
      { kind: 'machine-detected', answeredBy: 'machine_end_beep', durationMs: 2300 },
    ]);
  });
});

import type { UnknownEnum } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { call, callSid, conferenceSid } from '../../../test/support/grpc/fake-application.js';
import { refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { err, ok } from '../../base/result.js';
import { CallDirection, CallStatus, MediaEncoding, MediaTransport } from '../../gen/parley/v1/call_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { Beep, JitterBufferSize, StatusCallbackEvent } from '../../gen/parley/v1/dial_pb.js';
import { HttpMethod } from '../../gen/parley/v1/web_pb.js';

const { dial, updateCall, getCall, sendDigits } = CallService.method;

const rtp = { case: 'rtp', value: { sdpOffer: 'v=0\r\n' } } as const;
const intoRoom = { case: 'dial', value: { conference: { roomName: 'Room 1234' } } } as const;

describe('Dial', () => {
  it('fills in every default of a conference that says only its room', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(dial, { instruction: intoRoom, media: rtp });
    expect(reply).toMatchObject({
      callSid: callSid('9'),
      conferenceSid,
      media: { case: 'rtp', value: { sdpAnswer: 'v=0\r\n' } },
      warnings: [],
    });
    expect(served.lastArguments('dial')).toEqual([
      {
        accountSid: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
        callSid: null,
        call: { from: '', to: '', direction: 'inbound' },
        media: { kind: 'rtp', sdpOffer: 'v=0\r\n' },
        hangupOnStar: false,
        trace: null,
        conference: {
          room: 'Room 1234',
          label: null,
          muted: false,
          beep: 'true',
          startConferenceOnEnter: true,
          endConferenceOnExit: false,
          wait: { kind: 'default-music' },
          coach: null,
          timeLimitSeconds: 14_400,
          roomRequest: { statusCallback: null, maxParticipants: null, region: null, eventCallbackUrl: null },
        },
      },
    ]);
  });

  it('hands on every attribute that was said', async () => {
    const served = await serveFake();
    await served.client.unary(dial, {
      callSid: `CA${callSid('3').replaceAll('-', '').toUpperCase()}`,
      call: { from: '+1', to: '+2', direction: CallDirection.OUTBOUND_DIAL },
      instruction: {
        case: 'dial',
        value: {
          timeLimitSeconds: 60,
          hangupOnStar: true,
          conference: {
            roomName: '\n  Room 1234\n',
            muted: true,
            beep: Beep.ON_EXIT,
            startConferenceOnEnter: false,
            endConferenceOnExit: true,
            waitUrl: ' https://example.test/wait#rt=1000 ',
            waitMethod: HttpMethod.GET,
            maxParticipants: 100_000,
            coach: callSid('4'),
            statusCallback: 'http://user:pass@example.test/status?x=1',
            statusCallbackEvent: [StatusCallbackEvent.START, StatusCallbackEvent.JOIN, StatusCallbackEvent.START],
            statusCallbackMethod: HttpMethod.GET,
            region: 'us1',
            participantLabel: 'agent 7',
            noiseGate: true,
            jitterBufferSize: JitterBufferSize.OFF,
          },
        },
      },
      media: { case: 'grpc', value: { encoding: MediaEncoding.LINEAR16, sampleRateHz: 16_000 } },
    });
    expect(served.lastArguments('dial')).toMatchObject([
      {
        callSid: callSid('3'),
        call: { from: '+1', to: '+2', direction: 'outbound-dial' },
        media: { kind: 'grpc', codec: 'linear16', rateHz: 16_000 },
        hangupOnStar: true,
        shaping: { noiseGate: true },
        jitterBufferSize: 'off',
        conference: {
          room: 'Room 1234',
          label: 'agent 7',
          muted: true,
          beep: 'on-exit',
          startConferenceOnEnter: false,
          endConferenceOnExit: true,
          wait: { kind: 'document', target: { url: 'https://example.test/wait#rt=1000', method: 'GET' } },
          coach: callSid('4'),
          timeLimitSeconds: 60,
          roomRequest: {
            statusCallback: {
              url: 'http://user:pass@example.test/status?x=1',
              method: 'GET',
              events: ['start', 'join'],
            },
            maxParticipants: 100_000,
            region: 'us1',
          },
        },
      },
    ]);
  });

  it('answers gRPC media with the size of a frame', async () => {
    const served = await serveFake();
    const answerTo = async (encoding: MediaEncoding, sampleRateHz: number) =>
      (
        await served.client.unary(dial, {
          instruction: intoRoom,
          media: { case: 'grpc', value: { encoding, sampleRateHz } },
        })
      ).media.value;
    expect(await answerTo(MediaEncoding.PCMU, 0)).toMatchObject({ sampleRateHz: 8000, frameBytes: 160 });
    expect(await answerTo(MediaEncoding.LINEAR16, 8000)).toMatchObject({ sampleRateHz: 8000, frameBytes: 320 });
    expect(await answerTo(MediaEncoding.LINEAR16, 48_000)).toMatchObject({ sampleRateHz: 48_000, frameBytes: 1920 });
  });

  it('shows the warnings of reading before those of joining', async () => {
    const served = await serveFake();
    served.answers.dial = async () =>
      ok({
        callSid: callSid('9'),
        conferenceSid,
        media: { kind: 'rtp', sdpAnswer: 'v=0' },
        warnings: [{ code: 16002, field: 'dial.conference.max_participants', message: 'settled already' }],
      });
    const reply = await served.client.unary(dial, {
      instruction: { case: 'dial', value: { conference: { roomName: 'x', beep: 77 as UnknownEnum } } },
      media: rtp,
    });
    expect(reply.warnings.map(({ code, field }) => [code, field])).toEqual([
      [13235, 'dial.conference.beep'],
      [16002, 'dial.conference.max_participants'],
    ]);
  });

  it('hangs up a call whose reply nobody waits for', async () => {
    const served = await serveFake();
    let join = (): void => {};
    const joined = new Promise<void>((resolve) => {
      join = resolve;
    });
    const happy = served.answers.dial;
    served.answers.dial = async (request) => {
      await joined;
      return happy(request);
    };
    const hungUp = new Promise<unknown>((resolve) => {
      served.answers.hangUp = async (_account, sid) => {
        resolve(sid);
        return ok(call());
      };
    });
    const caller = new AbortController();
    const refusal = refusalOf(
      served.client.unary(dial, { instruction: intoRoom, media: rtp }, { signal: caller.signal }),
    );
    await eventually(() => served.asked.length).toBe(1);
    caller.abort();
    expect((await refusal).code).toBe(status.CANCELLED);
    await eventually(() => served.counts).toContain('parley_rpcs_total CANCELLED');
    join();
    expect(await hungUp).toBe(callSid('9'));
  });

  it('is answered by the deadline, whatever becomes of it', async () => {
    const served = await serveFake();
    served.answers.dial = () => new Promise(() => {});
    const deadline = Date.now() + 50;
    const refusal = await refusalOf(served.client.unary(dial, { instruction: intoRoom, media: rtp }, { deadline }));
    expect(refusal.code).toBe(status.DEADLINE_EXCEEDED);
  });

  it('names the field that a refusal is about', async () => {
    const served = await serveFake();
    served.answers.dial = async () => err({ kind: 'conference-full', maxParticipants: 2 });
    expect(await refusalOf(served.client.unary(dial, { instruction: intoRoom, media: rtp }))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'CONFERENCE_FULL',
      domain: 'parley',
      contractCode: '16020',
      violations: [{ field: 'dial.conference.room_name' }],
    });
  });
});

describe('UpdateCall', () => {
  it('hangs up', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(updateCall, {
      callSid: callSid('1'),
      update: { case: 'hangUp', value: {} },
    });
    expect(served.lastArguments('hangUp')).toEqual(['aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', callSid('1'), null]);
    expect(reply.call).toMatchObject({
      sid: callSid('1'),
      status: CallStatus.COMPLETED,
      endTime: { seconds: 1_712_255_540n, nanos: 0 },
    });
  });

  it('makes a new offer and shows its answer', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(updateCall, { callSid: callSid('1'), update: rtp });
    expect(served.lastArguments('reoffer')).toEqual(['aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', callSid('1'), 'v=0\r\n']);
    expect(reply).toMatchObject({
      call: { sid: callSid('1'), status: CallStatus.IN_PROGRESS },
      rtp: { sdpAnswer: 'v=0\r\n' },
    });
  });

  it.each([
    [
      { kind: 'media-unacceptable', field: 'a=crypto', rule: 'must be there' },
      status.INVALID_ARGUMENT,
      ['rtp.sdp_offer'],
    ],
    [{ kind: 'media-not-rtp', callSid: callSid('1') }, status.FAILED_PRECONDITION, ['rtp']],
    [{ kind: 'call-unknown', callSid: callSid('1') }, status.NOT_FOUND, []],
    [{ kind: 'call-completed', callSid: callSid('1') }, status.FAILED_PRECONDITION, []],
    [{ kind: 'engine-full', what: 'srtp-sessions' }, status.RESOURCE_EXHAUSTED, []],
  ] as const)('says what is wrong with a new offer: %o', async (refusal, code, fields) => {
    const served = await serveFake();
    served.answers.reoffer = async () => err(refusal);
    const refused = await refusalOf(served.client.unary(updateCall, { callSid: callSid('1'), update: rtp }));
    expect(refused.code).toBe(code);
    expect(refused.violations.map(({ field }) => field)).toEqual(fields);
  });
});

describe('documents', () => {
  const room = '<Dial><Conference beep="loud">Room 1234</Conference></Dial>';
  const document = `<Response>${room}</Response>`;

  it('are read before the application hears of the call', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(dial, {
      instruction: { case: 'document', value: document },
      media: rtp,
      fallback: { url: 'https://app.example/fallback', method: HttpMethod.GET },
    });
    expect(reply).toMatchObject({ callSid: callSid('9'), conferenceSid: '', media: { case: 'rtp' } });
    expect(served.lastArguments('dialDocument')).toMatchObject([
      {
        accountSid: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
        callSid: null,
        media: { kind: 'rtp' },
        start: {
          document: { source: null, verbs: [{ kind: 'dial', conference: { ok: true, value: { room: 'Room 1234' } } }] },
          findings: [{ code: 13235, where: '/Response/Dial[1]/Conference/@beep' }],
        },
        fallback: { url: 'https://app.example/fallback', method: 'GET' },
      },
    ]);
    expect(served.asked.some(({ name }) => name === 'dial')).toBe(false);
  });

  it('are fetched by the application, by POST unless said otherwise', async () => {
    const served = await serveFake();
    await served.client.unary(dial, {
      instruction: { case: 'documentUrl', value: { url: ' https://app.example/voice#rt=1000 ' } },
      media: rtp,
    });
    expect(served.lastArguments('dialDocument')).toMatchObject([
      { start: { url: 'https://app.example/voice#rt=1000', method: 'POST' }, fallback: null },
    ]);
  });

  it('are what a typed dial with an action is, too', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(dial, {
      instruction: {
        case: 'dial',
        value: {
          action: 'https://app.example/done',
          hangupOnStar: true,
          timeLimitSeconds: 60,
          conference: { roomName: 'Room 1234', beep: 77 as UnknownEnum, muted: true, noiseGate: true },
        },
      },
      media: rtp,
    });
    expect(reply.warnings.map(({ code, field }) => [code, field])).toEqual([[13235, 'dial.conference.beep']]);
    expect(served.lastArguments('dialDocument')).toMatchObject([
      {
        shaping: { noiseGate: true },
        start: {
          findings: [],
          document: {
            source: null,
            verbs: [
              {
                kind: 'dial',
                attributes: { action: 'https://app.example/done', method: 'POST', hangupOnStar: true, timeLimit: 60 },
                conference: { ok: true, value: { room: 'Room 1234', muted: true } },
              },
            ],
          },
        },
      },
    ]);
  });

  it('that cannot be had are refused with their code', async () => {
    const served = await serveFake();
    served.answers.dialDocument = async () => err({ kind: 'document-unavailable', code: 11_217, rule: 'a 404' });
    const refused = await refusalOf(
      served.client.unary(dial, { instruction: { case: 'documentUrl', value: { url: 'https://e/' } }, media: rtp }),
    );
    expect(refused).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'DOCUMENT_UNAVAILABLE',
      contractCode: '11217',
      violations: [],
    });
  });

  it('are given to a call under way, with what is odd about them', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(updateCall, {
      callSid: callSid('1'),
      update: { case: 'document', value: `<Response><Play loop="x">https://e/</Play>${room}</Response>` },
    });
    expect(reply.call?.sid).toBe(callSid('1'));
    expect(reply.warnings.map(({ code, field }) => [code, field])).toEqual([
      [13410, 'document/Response/Play[1]/@loop'],
      [13235, 'document/Response/Dial[1]/Conference/@beep'],
    ]);
    await served.client.unary(updateCall, {
      callSid: callSid('1'),
      update: { case: 'documentUrl', value: { url: 'https://app.example/next', method: HttpMethod.GET } },
    });
    expect(served.lastArguments('redirect')).toEqual([
      'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      callSid('1'),
      { url: 'https://app.example/next', method: 'GET' },
      null,
    ]);
    served.answers.redirect = async () => err({ kind: 'call-completed', callSid: callSid('1') });
    const late = served.client.unary(updateCall, {
      callSid: callSid('1'),
      update: { case: 'document', value: document },
    });
    expect(await refusalOf(late)).toMatchObject({ code: status.FAILED_PRECONDITION, contractCode: '21220' });
  });
});

describe('GetCall', () => {
  it('shows the call', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(getCall, { callSid: callSid('1') });
    expect(reply.call).toMatchObject({
      sid: callSid('1'),
      accountSid: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      facts: { from: '+15550100001', to: '+15550100099', direction: CallDirection.OUTBOUND_API },
      status: CallStatus.IN_PROGRESS,
      conferenceSid,
      mediaTransport: MediaTransport.RTP,
      startTime: { seconds: 1_712_255_530n, nanos: 0 },
    });
    expect(reply.call?.endTime).toBeUndefined();
  });
});

describe('SendDigits', () => {
  it('hands on the keys, letters in capitals, waits as they are', async () => {
    const served = await serveFake();
    await served.client.unary(sendDigits, { callSid: callSid('1'), digits: '0189*#abcdADwW' });
    expect(served.lastArguments('sendDigits')).toEqual([
      'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      callSid('1'),
      '0189*#ABCDADwW',
    ]);
  });

  it('names the call when its media takes no keys', async () => {
    const served = await serveFake();
    served.answers.sendDigits = () => err({ kind: 'digits-not-negotiated', callSid: callSid('1') });
    const refused = await refusalOf(served.client.unary(sendDigits, { callSid: callSid('1'), digits: '1' }));
    expect(refused).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'DIGITS_NOT_NEGOTIATED',
      violations: [{ field: 'call_sid' }],
    });
  });
});

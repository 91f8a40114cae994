import type { DescMessage } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { reader, refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { type Served, serveFake } from '../../../test/support/grpc/served.js';
import { rightDial, type WrongRequest } from '../../../test/support/grpc/wrong-request.js';
import { oddRequests, wrongRequests } from '../../../test/support/grpc/wrong-requests.js';
import { err } from '../../base/result.js';
import { AdminService } from '../../gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { CallbackService } from '../../gen/parley/v1/callback_service_pb.js';
import { ConferenceService } from '../../gen/parley/v1/conference_service_pb.js';
import { DebuggerService } from '../../gen/parley/v1/debugger_service_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import { ParticipantService } from '../../gen/parley/v1/participant_service_pb.js';
import { RecordingService } from '../../gen/parley/v1/recording_service_pb.js';

const services = [
  CallService,
  ConferenceService,
  ParticipantService,
  RecordingService,
  EventService,
  CallbackService,
  DebuggerService,
  AdminService,
];
/** MediaService.Stream tells what is wrong inside the stream: media-stream.test.ts. */
const methods = services.flatMap(({ methods }) => methods);

/** Any value of these is right, or has no effect (CONTRACT §1.2, §2.1); `announce_method` and digits come later. */
const cannotBeWrong = [
  'CreateParticipant recording.dual',
  'Dial dial.conference.muted',
  'Dial dial.conference.start_conference_on_enter',
  'Dial dial.conference.end_conference_on_exit',
  'Dial dial.conference.recording_configuration_id',
  'Dial dial.hangup_on_star',
  'Dial dial.timeout_seconds',
  'Dial dial.answer_on_bridge',
  'Dial dial.caller_id',
  'Dial dial.caller_name',
  'Dial dial.ring_tone',
  'ListParticipants muted',
  'ListParticipants hold',
  'ListParticipants coaching',
  'ListParticipants include_left',
  'ListCalls from',
  'ListCalls to',
  'CreateParticipant early_media',
  'StartRecording tracks',
  'UpdateParticipant muted',
  'UpdateParticipant hold',
  'UpdateParticipant coaching',
  'UpdateParticipant beep_on_exit',
  'UpdateParticipant end_conference_on_exit',
  'UpdateParticipant announce_method',
];

const send = (served: Served, { method, request }: Pick<WrongRequest, 'method' | 'request'>): Promise<unknown> =>
  method.methodKind === 'unary'
    ? served.client.unary(method, request as never)
    : reader(served.client.serverStream(method, request as never)).next();

describe('wrong input', () => {
  for (const service of services) {
    it(`is refused by ${service.name}, with code and fields, before the application hears of it`, async () => {
      const served = await serveFake({ operations: { isOperator: () => true, reload: async () => err([]) } });
      for (const row of wrongRequests.filter(({ method }) => service.methods.includes(method))) {
        const { code, violations, contractCode, reason } = await refusalOf(send(served, row));
        expect(
          {
            code: status[code],
            fields: violations.map(({ field }) => field),
            contractCode,
            hasReason: reason !== null,
          },
          `${row.method.name}: ${row.what}`,
        ).toEqual({
          code: status[row.code],
          fields: row.fields,
          contractCode: row.contractCode === null ? null : `${row.contractCode}`,
          hasReason: true,
        });
      }
      expect(served.asked.filter(({ name }) => name !== 'newestCursor')).toEqual([]);
      expect(served.errors).toEqual([]);
    });
  }

  it('that a document would forgive is forgiven, with a warning and the default', async () => {
    const served = await serveFake();
    await served.client.unary(CallService.method.dial, rightDial());
    const [byDefault] = served.lastArguments('dial');
    for (const { what, request, code, field } of oddRequests) {
      const reply = await served.client.unary(CallService.method.dial, request);
      expect(
        reply.warnings.map((warning) => ({ code: warning.code, field: warning.field })),
        what,
      ).toEqual([{ code, field }]);
      expect(served.lastArguments('dial')[0], what).toEqual(byDefault);
    }
  });

  it('that is no protobuf is INVALID_ARGUMENT for every method', async () => {
    const served = await serveFake();
    for (const method of methods.filter(({ methodKind }) => methodKind === 'unary')) {
      const refusal = await refusalOf(served.client.unaryBytes(method, Buffer.from([0xff, 0xff, 0xff])));
      expect(status[refusal.code], method.name).toBe('INVALID_ARGUMENT');
    }
    const badUtf8 = Buffer.from([0x0a, 0x02, 0xc3, 0x28]);
    const refusal = await refusalOf(served.client.unaryBytes(CallService.method.getCall, badUtf8));
    expect(status[refusal.code]).toBe('INVALID_ARGUMENT');
  });

  it('beyond 4 MiB is refused', async () => {
    const served = await serveFake();
    const refusal = await refusalOf(served.client.unaryBytes(CallService.method.dial, Buffer.alloc(5 * 1024 * 1024)));
    expect(status[refusal.code]).toBe('RESOURCE_EXHAUSTED');
  });

  it('is tried here for every field of every method', () => {
    const tried = new Set([
      ...wrongRequests.flatMap(({ method, fields }) => fields.map((field) => `${method.name} ${field}`)),
      ...oddRequests.map(({ field }) => `Dial ${field}`),
      ...cannotBeWrong,
    ]);
    // One reader reads the conference of both.
    const ofDial = 'Dial dial.conference.';
    for (const field of [...tried]) tried.add(field.replace(ofDial, 'CreateParticipant conference.'));
    const untried = methods.flatMap(({ name, input }) => untriedPaths(input, `${name} `, tried));
    expect(untried).toEqual([]);
    const silent = methods.filter(
      ({ input, name }) => input.fields.length > 0 && !wrongRequests.some((row) => row.method.name === name),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

/** Fields of a message, and of those in it, that nobody tried. */
function untriedPaths(message: DescMessage, prefix: string, tried: ReadonlySet<string>): readonly string[] {
  return message.fields.flatMap((field) => {
    const path = `${prefix}${field.name}`;
    if (tried.has(path)) return [];
    const isOurs = field.fieldKind === 'message' && field.message.typeName.startsWith('parley.v1.');
    return isOurs ? untriedPaths(field.message, `${path}.`, tried) : [path];
  });
}

/**
 * Clients that know nothing of this project reach the gRPC face by reflection alone: buf curl, without schema files.
 */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { err } from '../../src/base/result.js';
import { BadRequestSchema, ErrorInfoSchema } from '../../src/gen/google/rpc/error_details_pb.js';
import { callSid, conferenceSid } from '../support/grpc/fake-application.js';
import { serveFake } from '../support/grpc/served.js';

const buf = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));

type Outcome = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs where no schema is in sight. */
function curl(port: number, path: string, ...options: readonly string[]): Promise<Outcome> {
  const given = ['curl', '--reflect', '--protocol', 'grpc', '--http2-prior-knowledge', ...options];
  return new Promise((resolve) => {
    execFile(buf, [...given, `http://127.0.0.1:${port}${path}`], { cwd: tmpdir() }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

describe('buf curl', () => {
  it('lists every service and method', async () => {
    const { server } = await serveFake();
    const { stdout } = await curl(server.port, '', '--list-methods');
    const methods = stdout.trim().split('\n');
    for (const method of [
      'parley.v1.CallService/Dial',
      'parley.v1.ConferenceService/WatchConference',
      'parley.v1.ParticipantService/UpdateParticipant',
      'parley.v1.RecordingService/DownloadRecording',
      'parley.v1.EventService/WatchEvents',
      'parley.v1.CallbackService/ReplayCallbacks',
      'parley.v1.MediaService/Stream',
      'parley.v1.AdminService/GetLegStatistics',
    ]) {
      expect(methods).toContain(method);
    }
  });

  it('dials, typed by hand', async () => {
    const served = await serveFake();
    const request = {
      dial: { conference: { roomName: 'Room 1234', beep: 'BEEP_ON_ENTER', muted: false } },
      rtp: { sdpOffer: 'v=0\r\n' },
    };
    const { stdout } = await curl(served.server.port, '/parley.v1.CallService/Dial', '-d', JSON.stringify(request));
    expect(JSON.parse(stdout)).toEqual({ callSid: callSid('9'), conferenceSid, rtp: { sdpAnswer: 'v=0\r\n' } });
    expect(served.lastArguments('dial')).toMatchObject([{ conference: { room: 'Room 1234', beep: 'on-enter' } }]);
  });

  it('reads the details of a refusal', async () => {
    const served = await serveFake();
    served.answers.dial = async () => err({ kind: 'conference-full', maxParticipants: 2 });
    const request = { dial: { conference: { roomName: 'x' } }, rtp: { sdpOffer: 'v=0' } };
    const refused = await curl(served.server.port, '/parley.v1.CallService/Dial', '-d', JSON.stringify(request));
    expect(refused.exitCode).not.toBe(0);
    const { code, details } = JSON.parse(refused.stderr);
    expect(code).toBe('resource_exhausted');
    expect(details.map(({ type }: { type: string }) => type)).toEqual([
      'google.rpc.ErrorInfo',
      'google.rpc.BadRequest',
    ]);
    const [info, badRequest] = details.map(({ value }: { value: string }) => Buffer.from(value, 'base64'));
    expect(fromBinary(ErrorInfoSchema, info)).toMatchObject({ reason: 'CONFERENCE_FULL', metadata: { code: '16020' } });
    expect(fromBinary(BadRequestSchema, badRequest)).toMatchObject({
      fieldViolations: [{ field: 'dial.conference.room_name' }],
    });
  });

  it('watches a stream', async () => {
    const served = await serveFake();
    served.answers.watchConference = async () => err({ kind: 'conference-unknown' });
    const { stderr } = await curl(
      served.server.port,
      '/parley.v1.ConferenceService/WatchConference',
      '-d',
      JSON.stringify({ conferenceSid }),
    );
    expect(JSON.parse(stderr)).toMatchObject({ code: 'not_found' });
  });

  it('asks the health service', async () => {
    const { server } = await serveFake();
    const { stdout } = await curl(server.port, '/grpc.health.v1.Health/Check');
    expect(JSON.parse(stdout)).toEqual({ status: 'SERVING' });
  });
});

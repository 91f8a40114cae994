import { describe, expect, it } from 'vitest';
import { accountA, callSid, conferenceSid } from '../../../test/support/grpc/fake-application.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import type { NotedFinding } from '../../app/debugger.js';
import { epochMs } from '../../base/brands.js';
import { MediaEncoding } from '../../gen/parley/v1/call_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';
import { DebuggerService } from '../../gen/parley/v1/debugger_service_pb.js';
import { FindingLevel } from '../../gen/parley/v1/event_pb.js';

const { listFindings } = DebuggerService.method;

const noted: NotedFinding = {
  number: 7,
  atMs: epochMs(1_712_255_535_000),
  callSid: callSid('1'),
  conferenceSid: null,
  finding: {
    code: 13_235,
    level: 'warning',
    where: '/Response/Dial[1]/Conference/@beep',
    message: 'odd',
    keepsOut: false,
  },
  source: { url: 'https://user:secret@app.example/voice?a=1#rc=2', method: 'POST' },
};

describe('DebuggerService', () => {
  it('lists what was odd or wrong, without credentials, page by page', async () => {
    const served = await serveFake();
    const { code, ...rest } = noted.finding;
    const bare = {
      ...noted,
      finding: { ...rest, code: 11_200, level: 'error' as const },
      callSid: null,
      conferenceSid,
      source: null,
    };
    served.answers.findings = () => ({ entries: [noted, bare], next: 7 });
    const reply = await served.client.unary(listFindings, { pageSize: 2, pageToken: '9' });
    expect(served.lastArguments('findings')).toEqual([accountA, 9, 2]);
    expect(reply.nextPageToken).toBe('7');
    expect(reply.findings).toMatchObject([
      {
        time: { seconds: 1_712_255_535n },
        callSid: callSid('1'),
        code,
        level: FindingLevel.WARNING,
        where: '/Response/Dial[1]/Conference/@beep',
        message: 'odd',
        url: 'https://app.example/voice?a=1',
      },
      { callSid: '', conferenceSid, code: 11_200, level: FindingLevel.ERROR },
    ]);
    expect(reply.findings[1]?.url).toBe('');
  });

  it('is told what was odd about a dial', async () => {
    const served = await serveFake();
    await served.client.unary(CallService.method.dial, {
      callSid: callSid('1'),
      instruction: { case: 'dial', value: { conference: { roomName: 'x', maxParticipants: 0 } } },
      media: { case: 'grpc', value: { encoding: MediaEncoding.PCMU } },
    });
    expect(served.lastArguments('noteWarnings')).toMatchObject([
      accountA,
      callSid('1'),
      [{ code: 16_002, field: 'dial.conference.max_participants' }],
    ]);
  });

  it('begins with the newest, fifty to a page', async () => {
    const served = await serveFake();
    const reply = await served.client.unary(listFindings, {});
    expect(served.lastArguments('findings')).toEqual([accountA, null, 50]);
    expect(reply).toMatchObject({ findings: [], nextPageToken: '' });
  });
});

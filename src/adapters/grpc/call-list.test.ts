import { describe, expect, it } from 'vitest';
import { call, callSid } from '../../../test/support/grpc/fake-application.js';
import { refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import { CallStatus } from '../../gen/parley/v1/call_pb.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';

const { listCalls } = CallService.method;

describe('ListCalls', () => {
  it('hands on the filters that were said', async () => {
    const served = await serveFake();
    await served.client.unary(listCalls, {});
    const instant = { seconds: 10n, nanos: 0 };
    await served.client.unary(listCalls, {
      ...{ from: '+1', to: '', status: CallStatus.COMPLETED },
      ...{ startedFrom: instant, startedUntil: instant, endedFrom: instant, endedUntil: instant },
    });
    const bounds = { startedFromMs: 10_000, startedUntilMs: 9999, endedFromMs: 10_000, endedUntilMs: 9999 };
    const anything = { startedFromMs: null, startedUntilMs: null, endedFromMs: null, endedUntilMs: null };
    expect(served.asked.map(({ arguments: [, filter] }) => filter)).toEqual([
      { from: null, to: null, status: null, ...anything },
      { from: '+1', to: '', status: 'completed', ...bounds },
    ]);
  });

  it('shows page after page', async () => {
    const served = await serveFake();
    served.answers.calls = () => ['1', '2', '3'].map((digit) => call({ callSid: callSid(digit) }));
    const first = await served.client.unary(listCalls, { pageSize: 2 });
    expect(first.calls.map(({ sid }) => sid)).toEqual([callSid('1'), callSid('2')]);
    const last = await served.client.unary(listCalls, { pageSize: 2, pageToken: first.nextPageToken });
    expect(last.calls.map(({ sid }) => sid)).toEqual([callSid('3')]);
    expect(last.nextPageToken).toBe('');
  });

  it('refuses a status it does not know', async () => {
    const served = await serveFake();
    const refused = await refusalOf(served.client.unary(listCalls, { status: 99 as CallStatus }));
    expect(refused.violations).toMatchObject([{ field: 'status' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { accountA, conferenceSid } from '../../../test/support/grpc/fake-application.js';
import { refusalOf } from '../../../test/support/grpc/grpc-client.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import type { ListedCallback } from '../../app/ports.js';
import { epochMs } from '../../base/brands.js';
import { err, ok } from '../../base/result.js';
import { CallbackList, CallbackService } from '../../gen/parley/v1/callback_service_pb.js';
import { HttpMethod } from '../../gen/parley/v1/web_pb.js';

const { listCallbacks, replayCallbacks, dropCallbacks } = CallbackService.method;

const dead: ListedCallback = {
  number: 7,
  callback: {
    id: 'c-status-3',
    accountSid: accountA,
    conferenceSid,
    target: { url: 'https://user:secret@app.example/status?a=1#rc=2', method: 'GET' },
    parameters: new Map([['FriendlyName', 'Réunion']]),
  },
  attempts: 3,
  createdAtMs: epochMs(1_712_255_535_000),
  dueAtMs: null,
  diedAtMs: epochMs(1_712_255_540_500),
  reason: '410',
};

describe('CallbackService', () => {
  it('lists what was given up, without credentials, page by page', async () => {
    const served = await serveFake();
    served.answers.listCallbacks = async () => ok({ entries: [dead], next: 7 });
    const request = { list: CallbackList.DEAD, pageSize: 1, pageToken: '5' };
    const { callbacks, nextPageToken } = await served.client.unary(listCallbacks, request);
    expect(served.lastArguments('listCallbacks')).toEqual([accountA, 'dead', 5, 1]);
    expect(nextPageToken).toBe('7');
    expect(callbacks).toMatchObject([
      {
        id: 'c-status-3',
        conferenceSid,
        url: 'https://app.example/status?a=1#rc=2',
        method: HttpMethod.GET,
        parameters: { FriendlyName: 'Réunion' },
        attempts: 3,
        diedAt: { seconds: 1_712_255_540n, nanos: 500_000_000 },
        reason: '410',
      },
    ]);
    expect(callbacks[0]?.dueAt).toBeUndefined();
  });

  it('replays and drops those named, or all', async () => {
    const served = await serveFake();
    served.answers.replayCallbacks = async () => ok(2);
    served.answers.dropCallbacks = async () => ok(5);
    expect(await served.client.unary(replayCallbacks, { ids: ['a', 'b'] })).toMatchObject({ replayed: 2 });
    expect(served.lastArguments('replayCallbacks')).toEqual([accountA, ['a', 'b']]);
    expect(await served.client.unary(dropCallbacks, { list: CallbackList.QUEUED, all: true })).toMatchObject({
      dropped: 5,
    });
    expect(served.lastArguments('dropCallbacks')).toEqual([accountA, 'queued', null]);
  });

  it('says so while the store cannot be used', async () => {
    const served = await serveFake();
    served.answers.replayCallbacks = async () => err({ kind: 'store-unavailable' });
    const { reason } = await refusalOf(served.client.unary(replayCallbacks, { all: true }));
    expect(reason).toBe('STORE_UNAVAILABLE');
  });
});

import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { type ExchangeRequest, exchange, responseBytesMax } from './exchange.js';

const request: ExchangeRequest = {
  origin: 'http://h.test',
  path: '/',
  method: 'GET',
  headers: {},
  body: null,
  connectTimeoutMs: 100,
  readTimeoutMs: 200,
  totalTimeoutMs: 1000,
};

/** An exchange whose connection does what the test says; `webhook-client.test.ts` has those over real sockets. */
function exchanging() {
  const clock = new VirtualClock();
  const handlers: Dispatcher.DispatchHandler[] = [];
  let aborts = 0;
  const controller: Dispatcher.DispatchController = {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => {
      aborts += 1;
    },
    pause: () => {},
    resume: () => {},
  };
  const dispatch = (_options: unknown, handler: Dispatcher.DispatchHandler): boolean => handlers.push(handler) > 0;
  const result = exchange({ dispatch }, clock, request);
  const [handler] = handlers;
  if (handler === undefined) throw new Error('nothing was dispatched');
  return {
    clock,
    result,
    aborts: () => aborts,
    connected: () => handler.onRequestStart?.(controller, {}),
    answered: (headers = {}) => handler.onResponseStart?.(controller, 200, headers),
    received: (bytes: number) => handler.onResponseData?.(controller, Buffer.alloc(bytes)),
    ended: () => handler.onResponseEnd?.(controller, {}),
    failed: (error: Error) => handler.onResponseError?.(controller, error),
  };
}

describe('exchange', () => {
  it('leaves nothing behind when it ends well', async () => {
    const { clock, result, connected, answered, ended, aborts } = exchanging();
    connected();
    answered({ location: ['/a', '/b'] });
    ended();
    expect(await result).toEqual({ kind: 'answered', status: 200, location: '/a' });
    expect([clock.pending(), aborts()]).toEqual([0, 0]);
  });

  it('cuts a request whose connection comes to stand after the time for it', async () => {
    const { clock, result, connected, aborts } = exchanging();
    await clock.advance(100);
    expect(await result).toEqual({ kind: 'failed', reason: 'connect' });
    connected();
    expect([clock.pending(), aborts()]).toEqual([0, 1]);
  });

  it('cuts an answer that is too long, or too slow', async () => {
    const long = exchanging();
    long.connected();
    long.answered();
    long.received(responseBytesMax);
    long.received(1);
    expect(await long.result).toEqual({ kind: 'failed', reason: 'response-too-large' });
    expect([long.clock.pending(), long.aborts()]).toEqual([0, 1]);

    const slow = exchanging();
    slow.connected();
    await slow.clock.advance(199);
    slow.answered();
    await slow.clock.advance(199);
    slow.received(1);
    await slow.clock.advance(200);
    expect(await slow.result).toEqual({ kind: 'failed', reason: 'timeout' });
    expect([slow.clock.pending(), slow.aborts()]).toEqual([0, 1]);
  });

  it.each([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ECONNREFUSED', 'connect'],
    ['ECONNRESET', 'connect'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['EGRESS_REFUSED', 'refused-by-policy'],
  ])('before the connection stands, takes %s for %s', async (code, reason) => {
    const { result, failed } = exchanging();
    failed(Object.assign(new Error('lost'), { code }));
    expect(await result).toEqual({ kind: 'failed', reason });
  });

  it('takes what goes wrong on a standing connection for a breach of protocol', async () => {
    const { result, connected, failed } = exchanging();
    connected();
    failed(Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }));
    expect(await result).toEqual({ kind: 'failed', reason: 'protocol' });
  });
});

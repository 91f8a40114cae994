import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { countingRandom } from '../../../test/support/silent.js';
import { type Answer, WebhookReceiver } from '../../../test/support/webhook-receiver.js';
import type { DocumentAnswer } from '../../app/ports.js';
import { epochMs, monotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import type { HttpMethod } from '../../conference/state.js';
import { createDocumentClient } from './document-client.js';
import { createEgressPolicy } from './egress.js';
import { createWebhookClient, type WebhookClient } from './webhook-client.js';

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
const signingKey = 'PSK_test_signing_key';

/** Sockets live in real time, so these timers must too. */
const clock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

const clientAllowing = (network: string): WebhookClient =>
  createWebhookClient({
    clock,
    egress: createEgressPolicy([{ network, prefix: 8 }]),
    signingKeysOf: () => [signingKey],
  });

let client: WebhookClient;
let receiver: WebhookReceiver;

beforeEach(async () => {
  client = clientAllowing('127.0.0.0');
  receiver = await WebhookReceiver.start({ signingKey });
});
afterEach(async () => {
  await client.close();
  await receiver.close();
});

const fetchFrom = (
  url: string,
  method: HttpMethod = 'POST',
  agentOf = client.agentOf,
  keys: readonly string[] = [signingKey],
): Promise<DocumentAnswer> =>
  createDocumentClient({ agentOf, clock, random: countingRandom(), signingKeysOf: () => keys }).fetch({
    accountSid: accountSidOf('acc'),
    target: { url, method },
    parameters: new Map([
      ['CallSid', 'CA1'],
      ['From', '+15550100001'],
    ]),
    trace: { traceId, spanId, isSampled: true },
  });
const fetchPath = (path: string, method: HttpMethod = 'POST') => fetchFrom(receiver.url(path), method);

const xml: Answer = { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: '<Response/>' };

/** The answer to `answer`, as text or as the code it fails with. */
async function comesOf(answer: Answer, path = '/voice'): Promise<string | number> {
  receiver.answerNext(answer);
  const result = await fetchPath(path);
  return result.kind === 'failed' ? result.code : new TextDecoder().decode(result.body);
}

describe('a document', () => {
  it.each(['POST', 'GET'] as const)('is asked for by %s, signed, with its parameters, and once', async (method) => {
    receiver.answerNext(xml);
    const answer = await fetchPath('/voice?x=1#rt=1000', method);
    expect(answer).toMatchObject({ kind: 'answered', body: Buffer.from('<Response/>') });
    const [asked] = await receiver.waitFor(1);
    expect(asked).toMatchObject({ method, isSigned: true, repeatedNames: [] });
    expect(asked?.parameters).toMatchObject({ CallSid: 'CA1', From: '+15550100001' });
    expect(asked?.headers).toMatchObject({ traceparent: `00-${traceId}-${spanId}-01` });
    expect(asked?.headers).not.toHaveProperty('idempotency-key');
    expect(asked?.path.startsWith('/voice?x=1')).toBe(true);
  });

  it('says where it came from in the end, so that what is relative in it is meant there', async () => {
    receiver.answerNext({ status: 302, headers: { location: '/moved/here' } }, xml);
    expect(await fetchPath('/voice')).toMatchObject({ kind: 'answered', url: receiver.url('/moved/here') });
    expect((await receiver.waitFor(2)).map(({ isSigned, path }) => `${isSigned} ${path}`)).toEqual([
      'true /voice',
      'true /moved/here',
    ]);
  });

  it.each(['text/xml', 'application/xml', 'TEXT/XML; charset="utf-8"', 'application/x+xml'])(
    'is taken when it is called %s',
    async (type) => expect(await comesOf({ ...xml, headers: { 'content-type': type } })).toBe('<Response/>'),
  );

  it.each([401, 403])('is asked for with the next key where the first is refused with %d', async (status) => {
    receiver.answerNext({ status }, xml);
    const keys = ['a new key', signingKey];
    expect(await fetchFrom(receiver.url('/voice'), 'POST', client.agentOf, keys)).toMatchObject({ kind: 'answered' });
    expect(receiver.received.map(({ isSigned }) => isSigned)).toEqual([false, true]);
  });

  it('is asked for again as often as the URL says, and no more', async () => {
    receiver.answerNext({ status: 500 }, { reset: true }, xml);
    expect(await fetchPath('/voice#rc=2')).toMatchObject({ kind: 'answered' });
    receiver.answerNext({ status: 500 }, { status: 503 }, xml);
    expect(await fetchPath('/voice#rc=1')).toMatchObject({ code: 11_217, rule: 'the answer was 503' });
    expect(receiver.received).toHaveLength(5);
  });

  it('is not asked for again once the time for all of it is over', async () => {
    receiver.answerNext({ status: 500 }, { ...xml, after: new Promise<void>(() => {}) });
    expect(await fetchPath('/voice#rc=5&tt=2000')).toMatchObject({ code: 11_200 });
    expect(receiver.received).toHaveLength(2);
  });

  it('is not asked for by an account without a key', async () => {
    expect(await fetchFrom(receiver.url('/voice'), 'POST', client.agentOf, [])).toMatchObject({ code: 11_200 });
    expect(receiver.received).toEqual([]);
  });

  it('is taken when it is empty: the reader will say what that is', async () => {
    expect(await comesOf({ ...xml, body: '' })).toBe('');
  });

  it('is taken up to 64 KiB', async () => {
    const body = '<'.padEnd(65_536, 'x');
    expect(await comesOf({ ...xml, body })).toBe(body);
  });
});

describe('no document', () => {
  it.each<[string, number, Answer]>([
    ['404', 11_217, { ...xml, status: 404 }],
    ['500', 11_217, { ...xml, status: 500 }],
    ['no answer but a cut connection', 11_251, { reset: true }],
    ['more than 64 KiB', 11_750, { ...xml, body: 'x'.repeat(65_537) }],
    ['another type', 12_300, { ...xml, headers: { 'content-type': 'application/json' } }],
    ['no type', 12_300, { status: 200, body: '<Response/>' }],
    ['a redirect to what is no web address', 11_200, { status: 302, headers: { location: 'ftp://e/' } }],
  ])('case 44: %s → %d', async (_, code, answer) => {
    expect(await comesOf(answer)).toBe(code);
    expect(receiver.received).toHaveLength(1);
  });

  it('case 44: none in time → 11200, after the time that the URL asks for', async () => {
    const never = new Promise<void>(() => {});
    expect(await comesOf({ ...xml, after: never }, '/voice#rt=100')).toBe(11_200);
    expect(await comesOf({ ...xml, after: never }, '/voice#tt=100')).toBe(11_200);
  });

  it('a fourth redirect → 11215', async () => {
    const onwards: Answer = { status: 307, headers: { location: '/again' } };
    receiver.answerNext(onwards, onwards, onwards);
    expect(await comesOf(onwards)).toBe(11_215);
    expect(receiver.received).toHaveLength(4);
  });

  it.each([
    ['a name that nobody has', 'http://parley.invalid/', 11_210],
    ['what is no URL', 'nowhere', 11_100],
    ['a port where nobody listens', 'http://127.0.0.1:1/', 11_200],
  ])('%s', async (_, url, code) => {
    expect(await fetchFrom(url)).toMatchObject({ kind: 'failed', code });
  });

  it('an address that the egress policy does not allow → 11200, and nothing is sent', async () => {
    const strict = clientAllowing('10.0.0.0');
    expect(await fetchFrom(receiver.url('/voice'), 'POST', strict.agentOf)).toMatchObject({
      kind: 'failed',
      code: 11_200,
      rule: 'the address is one that Parley does not go to',
    });
    expect(receiver.received).toEqual([]);
    await strict.close();
  });
});

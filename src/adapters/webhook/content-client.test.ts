import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { realClock } from '../../../test/support/real-clock.js';
import { countingRandom } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { type Answer, WebhookReceiver } from '../../../test/support/webhook-receiver.js';
import type { Validators, WebAnswer, WebBody, WebPiece } from '../../app/web-content.js';
import type { Clock } from '../../base/ports.js';
import type { HttpMethod } from '../../conference/state.js';
import { createContentClient } from './content-client.js';
import { createEgressPolicy } from './egress.js';
import { createWebhookClient, type WebhookClient } from './webhook-client.js';

const signingKey = 'PSK_test_signing_key';
const clientAllowing = (network: string): WebhookClient =>
  createWebhookClient({
    clock: realClock,
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

type Asked = {
  readonly method?: HttpMethod;
  readonly unlessStill?: Validators | null;
  readonly agent?: WebhookClient;
  readonly clock?: Clock;
};

const open = (
  url: string,
  { method = 'GET', unlessStill = null, agent = client, clock = realClock }: Asked = {},
): Promise<WebAnswer> =>
  createContentClient({
    agentOf: agent.agentOf,
    clock,
    random: countingRandom(),
    signingKeysOf: () => [signingKey],
  }).open({
    accountSid: accountSidOf('acc'),
    target: { url, method },
    parameters: new Map([['CallSid', 'CA1']]),
    unlessStill,
  });

const audio: Answer = { status: 200, headers: { 'content-type': 'audio/mpeg; x=1' }, body: 'sound' };

async function contentOf(answer: Answer, path = '/a.mp3', asked: Asked = {}) {
  receiver.answerNext(answer);
  const opened = await open(receiver.url(path), asked);
  if (opened.kind !== 'content') throw new Error(`no content: ${JSON.stringify(opened)}`);
  return opened.content;
}

async function readAll(body: WebBody): Promise<readonly [text: string, last: WebPiece]> {
  let text = '';
  for (;;) {
    const piece = await body.read();
    if (piece.kind !== 'bytes') return [text, piece];
    text += Buffer.from(piece.bytes).toString('latin1');
  }
}

describe('content', () => {
  it.each(['GET', 'POST'] as const)('is asked for by %s, signed, and handed over unread', async (method) => {
    const headers = { ...audio.headers, etag: '"1"', 'cache-control': 'max-age=60', age: '7', 'content-length': '5' };
    const content = await contentOf({ ...audio, headers }, '/a.mp3', { method });
    expect(content).toMatchObject({
      type: 'audio/mpeg',
      bytes: 5,
      keeping: { validators: { etag: '"1"', lastModified: null }, cacheControl: 'max-age=60', ageSeconds: 7 },
    });
    expect(await readAll(content.body)).toEqual(['sound', { kind: 'end' }]);
    expect(receiver.received).toMatchObject([{ method, isSigned: true, parameters: { CallSid: 'CA1' } }]);
  });

  it('is found after three redirects', async () => {
    const onwards: Answer = { status: 302, headers: { location: '/b.mp3' } };
    receiver.answerNext(onwards, onwards, onwards);
    expect(await readAll((await contentOf(audio)).body)).toEqual(['sound', { kind: 'end' }]);
    expect(receiver.received.map(({ isSigned }) => isSigned)).toEqual([true, true, true, true]);
  });

  it('makes a sender wait that is faster than the reader, and loses nothing', async () => {
    const total = 32 * 1024 * 1024;
    let written = 0;
    const piece = Buffer.alloc(65_536, 'x');
    const write = (response: ServerResponse): void => {
      const more = (): void => {
        while (written < total) {
          written += piece.length;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    };
    const content = await contentOf({ ...audio, write });
    // Sockets take some megabytes; then nothing more is sent, however often others are answered.
    for (let [before, still] = [-1, 0]; still < 20; still = before === written ? still + 1 : 0, before = written) {
      await open(receiver.url('/other'));
    }
    expect(written).toBeLessThan(total);
    const [text, last] = await readAll(content.body);
    expect(text.length).toBe(total);
    expect(last).toEqual({ kind: 'end' });
  });

  it('that stops for longer than may pass between packets has failed', async () => {
    const clock = new VirtualClock();
    const write = (response: ServerResponse): void => void response.write('begun');
    const { body } = await contentOf({ ...audio, write }, '/a.mp3#rt=100', { clock });
    expect(await body.read()).toEqual({ kind: 'bytes', bytes: Buffer.from('begun') });
    const last = body.read();
    await clock.advance(99);
    expect(clock.pending()).toBe(1);
    await clock.advance(1);
    expect(await last).toEqual({ kind: 'failed', failure: { code: 11_200, rule: 'no answer in time' } });
  });

  it('that is cut off has failed, and what came before is read', async () => {
    const write = (response: ServerResponse): void => {
      response.write('begun', () => response.socket?.destroy());
    };
    const [text, last] = await readAll((await contentOf({ ...audio, write })).body);
    expect(text).toBe('begun');
    expect(last).toMatchObject({ kind: 'failed', failure: { code: 11_251 } });
  });

  it('that nobody wants is sent no further', async () => {
    let closed = (): void => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const write = (response: ServerResponse): void => {
      response.on('close', closed);
      response.write('begun');
    };
    const content = await contentOf({ ...audio, write });
    content.body.cancel();
    await isClosed;
    expect(await content.body.read()).toEqual({ kind: 'end' });
  });

  it.each<readonly [string, Validators, string, string]>([
    ['its tag', { etag: '"1"', lastModified: 'Thu, 26 Nov 2026 10:00:00 GMT' }, 'if-none-match', '"1"'],
    [
      'its date',
      { etag: null, lastModified: 'Thu, 26 Nov 2026 10:00:00 GMT' },
      'if-modified-since',
      'Thu, 26 Nov 2026 10:00:00 GMT',
    ],
  ])('is asked for only if it is another, by %s', async (_, unlessStill, header, value) => {
    receiver.answerNext({ status: 304, headers: { 'cache-control': 'max-age=9' } });
    const answer = await open(receiver.url('/a.mp3'), { unlessStill });
    expect(answer).toMatchObject({ kind: 'still-the-same', keeping: { cacheControl: 'max-age=9' } });
    expect(receiver.received[0]?.headers).toMatchObject({ [header]: value });
  });

  it('is asked for without conditions by POST, which has none', async () => {
    receiver.answerNext(audio);
    await open(receiver.url('/a.mp3'), { method: 'POST', unlessStill: { etag: '"1"', lastModified: null } });
    expect(receiver.received[0]?.headers).not.toHaveProperty('if-none-match');
  });
});

describe('a document where audio may be', () => {
  const xml: Answer = { status: 200, headers: { 'content-type': 'text/xml' }, body: '<Response/>' };

  it('is read, and says where it came from', async () => {
    receiver.answerNext({ status: 307, headers: { location: '/moved' } }, xml);
    expect(await open(receiver.url('/wait'), { method: 'POST' })).toEqual({
      kind: 'document',
      url: receiver.url('/moved'),
      body: Buffer.from('<Response/>'),
    });
  });

  it.each<readonly [string, number, Answer, string]>([
    ['of more than 64 KiB', 11_750, { ...xml, body: 'x'.repeat(65_537) }, ''],
    [
      'that does not end in time',
      11_200,
      { ...xml, write: (response) => void response.write('<') },
      '#rt=10000&tt=150',
    ],
    ['that is 404', 11_217, { ...xml, status: 404 }, ''],
    ['that is no answer', 11_251, { reset: true }, ''],
  ])('%s is none: %d', async (_, code, answer, fragment) => {
    receiver.answerNext(answer);
    expect(await open(receiver.url(`/wait${fragment}`))).toMatchObject({ kind: 'failed', failure: { code } });
  });

  it('is not asked for where the egress policy does not go', async () => {
    const strict = clientAllowing('10.0.0.0');
    expect(await open(receiver.url('/wait'), { agent: strict })).toMatchObject({ failure: { code: 11_200 } });
    expect(receiver.received).toEqual([]);
    await strict.close();
  });
});

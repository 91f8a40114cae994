import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { accountA, accountB, fakeApplication, recordingSid } from '../../../test/support/grpc/fake-application.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { err } from '../../base/result.js';
import {
  type MediaParts,
  type MediaRequest,
  parseRange,
  partOfExtension,
  serveMedia,
  signMedia,
} from './recording-media.js';

const etag = `"${'a'.repeat(64)}"`;

function served(changes: Partial<MediaParts> = {}) {
  const { application, answers, asked } = fakeApplication();
  const clock = new VirtualClock();
  const parts: MediaParts = {
    application,
    signingKeysOf: (sid) => (sid === accountA ? ['new key', 'old key'] : []),
    requiresAuth: true,
    clock,
    ...changes,
  };
  const ask = (request: Partial<MediaRequest> = {}) =>
    serveMedia(
      {
        method: 'GET',
        accountSid: accountA,
        recordingSid,
        part: 'wav',
        openedBy: accountA,
        headers: {},
        query: {},
        ...request,
      },
      parts,
    );
  const range = async (asked: string, more: MediaRequest['headers'] = {}) => {
    const { status, headers, body } = await ask({ headers: { range: asked, ...more } });
    return { status, range: headers['content-range'], bytes: body === null ? 0 : (await text(body)).length };
  };
  return { ask, range, answers, asked, clock };
}

describe('serveMedia', () => {
  it('sends the whole file with its type, size and tag', async () => {
    const { ask } = served();
    const { status, headers, body } = await ask();
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'audio/x-wav',
      'content-length': '100',
      'accept-ranges': 'bytes',
      etag,
      'last-modified': 'Thu, 04 Apr 2024 18:32:20 GMT',
    });
    expect(body === null ? '' : await text(body)).toHaveLength(100);
    expect((await ask({ part: 'mp3' })).headers['content-type']).toBe('audio/mpeg');
  });

  it('says of a file all but what is in it when only that is asked', async () => {
    const { ask } = served();
    expect(await ask({ method: 'HEAD' })).toMatchObject({
      status: 200,
      headers: { 'content-length': '100', etag },
      body: null,
    });
  });

  it.each([
    ['bytes=0-9', 206, 'bytes 0-9/100', 10],
    ['bytes=90-', 206, 'bytes 90-99/100', 10],
    ['bytes=-5', 206, 'bytes 95-99/100', 5],
    ['bytes=-500', 206, 'bytes 0-99/100', 100],
    ['bytes=95-500', 206, 'bytes 95-99/100', 5],
    ['bytes=100-', 416, 'bytes */100', 0],
    ['bytes=-0', 416, 'bytes */100', 0],
    ['bytes=9-0', 200, undefined, 100],
    ['bytes=0-1,3-4', 200, undefined, 100],
    ['lines=0-1', 200, undefined, 100],
    ['bytes=x-', 200, undefined, 100],
  ] as const)('%s → %i', async (asked, status, contentRange, bytes) => {
    expect(await served().range(asked)).toEqual({ status, range: contentRange, bytes });
  });

  it('sends a range only of the file that the asker has the rest of', async () => {
    const { range } = served();
    expect(await range('bytes=0-9', { 'if-range': etag })).toMatchObject({ status: 206 });
    expect(await range('bytes=0-9', { 'if-range': '"other"' })).toMatchObject({ status: 200, bytes: 100 });
  });

  it('sends nothing that the asker has already', async () => {
    const { ask } = served();
    const status = async (headers: MediaRequest['headers']) => (await ask({ headers })).status;
    expect(await status({ 'if-none-match': `"x", W/${etag}` })).toBe(304);
    expect(await status({ 'if-none-match': '*' })).toBe(304);
    expect(await status({ 'if-none-match': '"x"' })).toBe(200);
    expect(await status({ 'if-modified-since': 'Thu, 04 Apr 2024 18:32:20 GMT' })).toBe(304);
    expect(await status({ 'if-modified-since': 'Thu, 04 Apr 2024 18:32:19 GMT' })).toBe(200);
    expect(await status({ 'if-match': '"x"' })).toBe(412);
    expect(await status({ 'if-match': etag })).toBe(200);
  });

  it('asks who is nobody for credentials, and tells another account of nothing', async () => {
    const { ask, asked } = served();
    expect(await ask({ openedBy: null })).toMatchObject({ status: 401, body: null });
    expect(await ask({ openedBy: accountB })).toMatchObject({ status: 404, body: null });
    expect(asked).toEqual([]);
    const open = served({ requiresAuth: false });
    expect((await open.ask({ openedBy: null })).status).toBe(200);
  });

  it('opens to whoever has a signed link, until it expires, and to nothing else', async () => {
    const { ask, clock } = served();
    const expires = Math.floor(clock.now() / 1000) + 60;
    const of = { accountSid: accountA, recordingSid, part: 'wav' } as const;
    const query = { expires: String(expires), signature: signMedia('old key', of, expires) };
    expect((await ask({ openedBy: null, query })).status).toBe(200);
    expect((await ask({ openedBy: null, query, part: 'mp3' })).status).toBe(401);
    expect((await ask({ openedBy: null, query: { ...query, expires: String(expires + 1) } })).status).toBe(401);
    expect((await ask({ openedBy: null, query: { ...query, signature: 'x' } })).status).toBe(401);
    const forged = signMedia('no key of theirs', of, expires);
    expect((await ask({ openedBy: null, query: { ...query, signature: forged } })).status).toBe(401);
    await clock.advance(60_000);
    expect((await ask({ openedBy: null, query })).status).toBe(401);
  });

  it('knows nothing of a recording that has no file', async () => {
    const { ask, answers } = served();
    answers.openRecording = async () => err({ kind: 'recording-without-file', status: 'processing' });
    expect(await ask()).toMatchObject({ status: 404, body: null });
  });
});

it('a range is read from any text', () => {
  for (const asked of ['', 'bytes', 'bytes=', 'bytes=-', 'bytes=1', 'bytes=--1', `bytes=${'9'.repeat(40)}-`]) {
    expect(parseRange(asked, 100)).toBeNull();
  }
  expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
});

it('extensions name parts', () => {
  expect(['', 'wav', 'mp3', 'flac', 'opus', 'json', 'constructor'].map(partOfExtension)).toEqual([
    ...['wav', 'wav', 'mp3', 'flac', 'opus'],
    null,
    null,
  ]);
  expect(['timeline.json', 'timeline.txt', 'track-1.wav', 'track-64.wav'].map(partOfExtension)).toEqual([
    ...['timeline', 'labels', 'track-1', 'track-64'],
  ]);
  for (const none of ['track-0.wav', 'track-01.wav', 'track-1', 'track-1.mp3', 'track--1.wav', 'track-1e3.wav']) {
    expect([none, partOfExtension(none)]).toEqual([none, null]);
  }
});

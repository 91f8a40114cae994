import { fastify } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { fakeApplication } from '../../../test/support/grpc/fake-application.js';
import { liveConference, liveParticipant, SetRooms } from '../../../test/support/live-rooms.js';
import { countingRandom, recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { until } from '../../../test/support/waiting.js';
import type { AuditEntry } from '../../app/audit.js';
import { FailedLogins, ofAddress } from '../../app/failed-logins.js';
import type { AccountSid } from '../../base/brands.js';
import { err } from '../../base/result.js';
import { requestsAllowed } from './access.js';
import { actionBytesMax } from './actions.js';
import { createStatusPage, pageHeaders } from './status-page.js';
import { viewersOfOneMax } from './viewers.js';

const [acme, other, operator] = ['acc', 'other', 'op'].map(accountSidOf) as [AccountSid, AccountSid, AccountSid];
const tokens: ReadonlyMap<string, AccountSid> = new Map([
  ['token-of-acme', acme],
  ['token-of-other', other],
  ['token-of-operator', operator],
]);
const conference = conferenceSidOf('one');
const call = callSidOf('A');

const servers: ReturnType<typeof fastify>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** `open`: no token is asked for. */
function pageOf({ open = false } = {}) {
  const fake = fakeApplication();
  const [rooms, clock, metrics] = [new SetRooms(), new VirtualClock(), recordingMetrics()];
  rooms.all = [liveConference('one', [liveParticipant('A')])];
  const audited: AuditEntry[] = [];
  const opened = (token: string | null): AccountSid | null =>
    open ? acme : token === null ? null : (tokens.get(token) ?? null);
  const page = createStatusPage({
    ...{ application: fake.application, rooms, opened, clock, metrics, version: '1.2.3', random: countingRandom() },
    isOperator: (accountSid) => accountSid === operator,
    nameOf: () => 'Acme',
    failedLogins: new FailedLogins(clock, metrics),
    audit: { note: (entry) => audited.push(entry) },
    daemon: () => ({
      ...{ isDraining: false, isStoreWell: true, conferences: 1, legs: 1, legsFree: 1, loadMax: 0.6, shards: [] },
      callbacks: { queued: 0, oldestSeconds: 0, receiversUnreachable: 0 },
    }),
  });
  const server = fastify({ forceCloseConnections: true });
  servers.push(server);
  server.register(page.routes);
  const get = (url: string, headers: Readonly<Record<string, string>> = {}) => server.inject({ url, headers });
  const post = (
    payload: object | string,
    token: string | null = 'token-of-acme',
    headers: Readonly<Record<string, string>> = {},
  ) =>
    server.inject({
      method: 'POST',
      url: '/status/actions',
      payload,
      headers: {
        host: '127.0.0.1:7301',
        ...(typeof payload === 'string' ? { 'content-type': 'application/json' } : {}),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
  return { ...fake, rooms, clock, metrics, audited, page, server, get, post };
}

const mute = { do: 'mute', conference, call };

describe('the files of the page', () => {
  it('are served with a strict policy and a tag, and not again to who has them', async () => {
    const { get } = pageOf();
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/status/page.css', 'text/css'],
      ['/status/icon.svg', 'image/svg+xml'],
    ] as const) {
      const { statusCode, headers } = await get(path);
      expect([statusCode, headers['content-type']]).toEqual([200, expect.stringContaining(type)]);
      expect(headers).toMatchObject(pageHeaders);
      expect(headers['set-cookie']).toBeUndefined();
      const again = await get(path, { 'if-none-match': `W/${headers.etag}, "x"` });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    }
  });

  it('hold no script and no style within the page', async () => {
    const { body } = await pageOf().get('/');
    expect(body).not.toMatch(/\sstyle=|<style|\son\w+=|<script(?![^>]*src=)/);
    expect(pageHeaders['content-security-policy']).toContain("default-src 'none'");
    expect(pageHeaders['content-security-policy']).not.toContain('unsafe');
  });

  it('are those of its folder alone', async () => {
    const { get } = pageOf();
    for (const path of ['/status/..%2Fwire.js', '/status/main.ts', '/status/tsconfig.json', '/status/nothing.css']) {
      const { statusCode, headers } = await get(path);
      expect([path, statusCode]).toEqual([path, 404]);
      expect(headers).toMatchObject(pageHeaders);
    }
  });

  it('are not given to an address that asks too fast', async () => {
    const { get, clock, metrics } = pageOf();
    for (let each = 0; each < requestsAllowed.burst; each += 1) await get('/status/nothing');
    const limited = await get('/');
    expect([limited.statusCode, limited.headers['retry-after']]).toEqual([429, '1']);
    expect(metrics.value('parley_status_refused_total', { why: 'rate' })).toBe(1);
    await clock.advance(1000);
    expect((await get('/')).statusCode).toBe(200);
  });
});

describe('POST /status/actions', () => {
  it('does what an account may do over the APIs, and audits it', async () => {
    const { post, lastArguments, audited } = pageOf();
    expect((await post(mute)).statusCode).toBe(204);
    expect(lastArguments('updateParticipant').slice(0, 4)).toEqual([acme, conference, call, { muted: true }]);
    expect((await post({ do: 'resume', conference, call })).statusCode).toBe(204);
    expect(lastArguments('updateParticipant')[3]).toEqual({ hold: null });
    expect((await post({ do: 'remove', conference, call })).statusCode).toBe(204);
    expect(lastArguments('removeParticipant').slice(0, 3)).toEqual([acme, conference, call]);
    expect((await post({ do: 'record', conference })).statusCode).toBe(204);
    expect(lastArguments('startRecording').slice(0, 3)).toEqual([acme, conference, {}]);
    const url = 'https://sounds.example/bell.wav?secret=1';
    expect((await post({ do: 'announce', conference, call, url })).statusCode).toBe(204);
    expect(lastArguments('announce')[2]).toMatchObject({ callSid: call, target: { url, method: 'GET' } });
    expect(audited.map(({ operation, status }) => [operation, status])).toEqual([
      ['mute', 200],
      ['resume', 200],
      ['remove', 200],
      ['record', 200],
      ['announce', 200],
    ]);
    expect(audited.at(-1)).toMatchObject({
      ...{ face: 'page', accountSid: acme, from: '127.0.0.1', token: expect.stringMatching(/^[0-9a-f]{8}$/) },
      said: { conference, call, url: 'https://sounds.example/bell.wav' },
    });
  });

  it('reaches what is of another account for operators alone', async () => {
    const { post, lastArguments, answers, audited } = pageOf();
    answers.updateParticipant = async (accountSid) =>
      accountSid === acme
        ? fakeApplication().answers.updateParticipant(acme, conference, call, {})
        : err({ kind: 'conference-unknown' });
    const strange = await post(mute, 'token-of-other');
    expect([strange.statusCode, lastArguments('updateParticipant')[0]]).toEqual([404, other]);
    expect((await post({ ...mute, conference: conferenceSidOf('no') }, 'token-of-other')).body).toBe(strange.body);
    expect((await post(mute, 'token-of-operator')).statusCode).toBe(204);
    expect(lastArguments('updateParticipant')[0]).toBe(acme);
    expect(audited.at(-1)).toMatchObject({ accountSid: operator, said: { account: acme } });
    expect((await post({ ...mute, conference: conferenceSidOf('no') }, 'token-of-operator')).statusCode).toBe(404);
  });

  it('is refused without a token, and with a wrong one, which is limited', async () => {
    const { post, asked, metrics } = pageOf();
    expect((await post(mute, null)).statusCode).toBe(401);
    const wrong = await post(mute, 'a-token-of-nobody');
    expect([wrong.statusCode, wrong.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect((await post(mute, null, { authorization: 'Basic YTpi' })).statusCode).toBe(401);
    for (let each = 2; each < ofAddress.burst; each += 1) await post(mute, 'a-token-of-nobody');
    expect((await post(mute, 'a-token-of-nobody')).statusCode).toBe(429);
    expect((await post(mute)).statusCode).toBe(204);
    expect(asked.map(({ name }) => name)).toEqual(['updateParticipant']);
    expect(metrics.value('parley_failed_logins_total', { answer: 'refused' })).toBe(ofAddress.burst);
  });

  it('is refused to pages of other sites, also where no token is asked for', async () => {
    const { post, asked } = pageOf({ open: true });
    const refused = [
      await post(mute, null, { 'sec-fetch-site': 'cross-site' }),
      await post(mute, null, { 'sec-fetch-site': 'same-site' }),
      await post(mute, null, { origin: 'http://evil.example' }),
      await post(mute, null, { origin: 'null' }),
      // A name that leads here, and whose page is of the same origin then.
      await post(mute, null, { host: 'evil.example:7301', origin: 'http://evil.example:7301' }),
    ];
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403]);
    expect(refused.every(({ headers }) => headers['access-control-allow-origin'] === undefined)).toBe(true);
    // What a form of another site can send.
    const form = { 'content-type': 'text/plain' };
    expect((await post(JSON.stringify(mute), null, form)).statusCode).toBe(415);
    expect(asked).toEqual([]);
    const own = { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:7301' };
    expect((await post(mute, null, own)).statusCode).toBe(204);
    expect((await post(mute, null, { host: 'localhost:7301' })).statusCode).toBe(204);
  });

  it('says the field and the rule of what is wrong, and what was refused', async () => {
    const { post, answers, asked } = pageOf();
    const messages = [];
    answers.webRule = () => 'private addresses are not allowed';
    answers.startRecording = async () => err({ kind: 'recording-forbidden' });
    for (const body of [
      { do: 'sing', conference },
      { do: 'mute', conference },
      { do: 'mute', conference: 7, call },
      { do: 'mute', conference, call, more: 1 },
      { do: 'mute', conference: 'none', call },
      { do: 'mute', conference, call: 'none' },
      { do: 'announce', conference, url: 'ftp://x' },
      { do: 'announce', conference, url: 'http://10.0.0.1/' },
      { do: 'record', conference },
    ]) {
      const answer = await post(body);
      messages.push(`${answer.statusCode} ${answer.json().message}`);
    }
    expect(messages).toEqual([
      expect.stringMatching(/^400 do: /),
      expect.stringMatching(/^400 call: /),
      expect.stringMatching(/^400 conference: /),
      expect.stringMatching(/^400 body: /),
      '404 It is not there any more.',
      '404 It is not there any more.',
      '400 url: must be an absolute http or https URL',
      '400 url: will not be requested: private addresses are not allowed',
      '403 The account is configured to record nothing.',
    ]);
    expect((await post('{ no json')).statusCode).toBe(400);
    expect((await post(JSON.stringify({ ...mute, call: 'x'.repeat(actionBytesMax) }))).statusCode).toBe(413);
    expect(asked.map(({ name }) => name)).toEqual(['webRule', 'startRecording']);
  });
});

describe('GET /status/live', () => {
  it('is refused to pages of other sites, and with a wrong token', async () => {
    const { get } = pageOf();
    expect((await get('/status/live', { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    expect((await get('/status/live', { authorization: 'Bearer a-token-of-nobody' })).statusCode).toBe(401);
  });

  it('has no head without a body, which would never end', async () => {
    const { server } = pageOf();
    expect((await server.inject({ method: 'HEAD', url: '/status/live' })).statusCode).toBe(404);
    expect((await server.inject({ method: 'HEAD', url: '/' })).statusCode).toBe(200);
  });

  it('is a stream that ends with the page', async () => {
    const { server, page } = pageOf();
    const base = await server.listen({ host: '127.0.0.1', port: 0 });
    const headers = { authorization: 'Bearer token-of-acme' };
    const response = await fetch(`${base}/status/live?conference=${conference}`, { headers });
    expect(response.status).toBe(200);
    const shown = Object.fromEntries(response.headers);
    expect(shown).toMatchObject({ ...pageHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
    page.close();
    expect(await response.text()).toContain(
      'event: viewer\ndata: {"kind":"account","name":"Acme","version":"1.2.3"}\n\n',
    );
  });

  it('lets a page go that closes, and a full house be told so', async () => {
    const { server, get, metrics } = pageOf();
    const base = await server.listen({ host: '127.0.0.1', port: 0 });
    const all = new AbortController();
    const open = () => fetch(`${base}/status/live`, { signal: all.signal });
    for (let each = 0; each < viewersOfOneMax; each += 1) expect((await open()).status).toBe(200);
    const full = await get('/status/live');
    expect([full.statusCode, full.headers['retry-after']]).toEqual([503, '10']);
    expect(metrics.value('parley_status_viewers', {})).toBe(viewersOfOneMax);
    all.abort();
    await until(() => metrics.value('parley_status_viewers', {}) === 0);
  });
});

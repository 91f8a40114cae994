/** Calls and notifications over REST, the audit trail, and what is served beside them. */
import { describe, expect, it } from 'vitest';
import { callSidOf, roomNamed } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { prefix, type RestAnswer, refused, restOf } from '../support/rest-script.js';

const [a, b] = [callSidOf('A'), callSidOf('B')];

const sidsOf = ({ status, body }: RestAnswer): readonly string[] => {
  expect(status).toBe(200);
  return body.calls.map(({ sid }: { readonly sid: string }) => sid);
};

describe('GET Calls', () => {
  it('shows newest first, by every filter, in pages', async () => {
    const { dial, get, clock, parley } = restOf();
    await dial('A', { timeLimitSeconds: 1_000_000 });
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    await clock.advance(86_400_000);
    await dial('B', { room: roomNamed('B'), timeLimitSeconds: 1_000_000 });
    value(await parley.hangUp(accountSid, a));
    const by = async (query: string) => sidsOf(await get(`/Calls${query}`));
    expect(await by('')).toEqual([b, a]);
    expect(await by('.json?Status=in-progress')).toEqual([b]);
    expect(await by('?Status=completed')).toEqual([a]);
    expect(await by('?Status=ringing')).toEqual([]);
    expect(await by(`?From=${encodeURIComponent('+15550100001')}`)).toEqual([b, a]);
    expect(await by('?To=nobody')).toEqual([]);
    expect(await by(`?StartTime=${day}`)).toEqual([a]);
    expect(await by(`?StartTime%3C=${day}`)).toEqual([a]);
    expect(await by(`?StartTime%3E=${day}&Status=in-progress`)).toEqual([b]);
    expect(await by(`?EndTime=${day}`)).toEqual([]);
    expect(await by(`?EndTime%3E=${day}`)).toEqual([a]);
    const first = await get('/Calls?PageSize=1');
    expect(sidsOf(first)).toEqual([b]);
    expect(sidsOf(await get(first.body.next_page_uri))).toEqual([a]);
    expect(refused(await get('/Calls?Status=gone'))).toBe('400 20001');
  });

  it.each(['signalwire', 'twilio'] as const)('shows one with every field, in flavour %s', async (flavour) => {
    const { dial, get, clock, post } = restOf({ flavour });
    const { conferenceSid } = await dial('A');
    const spell = (kind: string, sid: string): string =>
      flavour === 'signalwire' ? sid : `${kind}${sid.replaceAll('-', '')}`;
    await clock.advance(1600);
    await post(`/Calls/${a}`, { Status: 'completed' });
    const start = `${flavour === 'signalwire' ? '/api/laml' : ''}/2010-04-01/Accounts/${spell('AC', accountSid)}`;
    const uri = `${start}/Calls/${spell('CA', a)}`;
    expect((await get(`/Calls/CA${a.replaceAll('-', '')}`)).body).toEqual({
      ...{ sid: spell('CA', a), account_sid: spell('AC', accountSid), conference_sid: spell('CF', conferenceSid) },
      ...{ from: '+15550100001', to: '+15550100099', direction: 'inbound', status: 'completed', duration: '2' },
      ...{ start_time: expect.any(String), end_time: expect.any(String) },
      ...{ date_created: expect.any(String), date_updated: expect.any(String), api_version: '2010-04-01' },
      ...{ parent_call_sid: null, answered_by: null, caller_name: null, forwarded_from: null },
      ...{ price: null, price_unit: null, uri: `${uri}.json` },
      subresource_uris: { notifications: `${uri}/Notifications.json`, recordings: `${uri}/Recordings.json` },
    });
    for (const sid of ['x', b, conferenceSid]) expect(refused(await get(`/Calls/${sid}`))).toBe('404 20404');
  });
});

describe('POST Calls/{CallSid}', () => {
  it('Status=completed hangs up, once; then all is 21220', async () => {
    const { dial, get, post } = restOf();
    const { conferenceSid } = await dial('A');
    await dial('B');
    expect(await post(`/Calls/${a}`, { Status: 'completed' })).toMatchObject({
      status: 200,
      body: { sid: a, status: 'completed' },
    });
    expect(refused(await get(`/Conferences/${conferenceSid}/Participants/${a}`))).toBe('404 20404');
    for (const form of [{ Status: 'completed' }, { Url: 'https://app.test/' }, {}]) {
      expect(refused(await post(`/Calls/${a}`, form as Record<string, string>))).toBe('400 21220');
    }
    expect(refused(await post(`/Calls/${b}`, { Status: 'canceled' }))).toBe('400 21220');
    expect(refused(await post(`/Calls/${b}`, { Status: 'ringing' }))).toBe('400 20001');
  });

  it('Twiml and Url take it out of its conference and run', async () => {
    const { dial, get, post, documents, clock } = restOf();
    await dial('A');
    await dial('B');
    const twiml = '<Response><Dial><Conference>elsewhere</Conference></Dial></Response>';
    const redirected = await post(`/Calls/${a}`, { Twiml: twiml });
    expect(redirected).toMatchObject({ status: 200, body: { sid: a, status: 'in-progress' } });
    await clock.advance(100);
    const { body } = await get('/Conferences?FriendlyName=elsewhere');
    expect(body.conferences[0].sid).toBe((await get(`/Calls/${a}`)).body.conference_sid);
    documents.answer('https://app.test/next', '<Hangup/>');
    expect((await post(`/Calls/${a}`, { Url: 'https://app.test/next', Method: 'GET' })).status).toBe(200);
    await clock.advance(100);
    expect(documents.asked).toMatchObject([{ method: 'GET', url: 'https://app.test/next' }]);
    expect((await get(`/Calls/${a}`)).body.status).toBe('completed');
  });

  it('refuses what is no document, two of them, and URLs and methods that are none', async () => {
    const { dial, post, get } = restOf();
    await dial('A');
    const url = 'https://app.test/';
    expect(refused(await post(`/Calls/${a}`, { Twiml: 'no' }))).toBe('400 12100');
    expect(refused(await post(`/Calls/${a}`, { Twiml: `<Response>${' '.repeat(70_000)}</Response>` }))).toBe(
      '400 11750',
    );
    expect(refused(await post(`/Calls/${a}`, { Twiml: '<Response/>', Url: url }))).toBe('400 20001');
    expect(refused(await post(`/Calls/${a}`, { Url: 'next.xml' }))).toBe('400 11100');
    expect(refused(await post(`/Calls/${a}`, { Url: url, Method: 'PUT' }))).toBe('400 13221');
    expect(refused(await post(`/Calls/${b}`, { Status: 'completed' }))).toBe('404 20404');
    expect((await get(`/Calls/${a}`)).body.status).toBe('in-progress');
    expect(await post(`/Calls/${a}`)).toMatchObject({ status: 200, body: { status: 'in-progress' } });
  });
});

describe('Notifications', () => {
  it('are what was odd about documents and requests: of the account, of a call, one of them', async () => {
    const { dial, get, parley, clock } = restOf();
    const { conferenceSid } = await dial('A');
    parley.noteWarnings(accountSid, a, [{ code: 13_235, field: 'dial.conference.beep', message: 'must be a beep' }]);
    await clock.advance(86_400_000);
    parley.noteWarnings(accountSid, b, [{ code: 13_230, field: 'dial.conference.muted', message: 'must be' }]);
    const codes = async (query: string) => {
      const { body } = await get(query);
      return body.notifications.map(({ error_code: code }: { readonly error_code: string }) => code);
    };
    expect(await codes('/Notifications')).toEqual(['13230', '13235']);
    expect(await codes(`/Calls/${a}/Notifications`)).toEqual(['13235']);
    expect(await codes('/Notifications?Log=0')).toEqual([]);
    expect(await codes('/Notifications?Log=1')).toEqual(['13230', '13235']);
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    expect(await codes(`/Notifications?MessageDate=${today}`)).toEqual(['13230']);
    expect(await codes('/Notifications?Page=1&PageSize=1')).toEqual(['13235']);
    const first = await get('/Notifications?PageSize=1');
    const { body } = await get(first.body.next_page_uri);
    const [shown] = body.notifications;
    expect(shown).toEqual({
      ...{ sid: `NO${'1'.padStart(32, '0')}`, account_sid: accountSid, call_sid: a, conference_sid: null },
      ...{ error_code: '13235', log: '1', message_text: 'must be a beep', where: 'dial.conference.beep' },
      ...{ more_info: '/errors/13235', request_method: null, request_url: null, api_version: '2010-04-01' },
      ...{ message_date: expect.any(String), date_created: expect.any(String), date_updated: expect.any(String) },
      uri: `${prefix}/Accounts/${accountSid}/Notifications/NO${'1'.padStart(32, '0')}.json`,
    });
    expect((await get(shown.uri)).body).toEqual(shown);
    expect(body.next_page_uri).toBeNull();
    for (const sid of [`NO${'3'.padStart(32, '0')}`, `NO${'f'.repeat(32)}`, 'NO1', 'x']) {
      expect(refused(await get(`/Notifications/${sid}`))).toBe('404 20404');
    }
    expect(refused(await get(`/Calls/${callSidOf('X')}/Notifications`))).toBe('404 20404');
    expect(refused(await get('/Notifications?PageToken=PAx'))).toBe('400 54453');
    expect(conferenceSid).not.toBe('');
  });
});

describe('events that could not be delivered (3.3)', () => {
  it('are notifications of 16010, with what and where to', async () => {
    const { dial, get, parley } = restOf();
    const { conferenceSid } = await dial('A');
    parley.noteUndelivered({
      ...{ id: `${conferenceSid}-status-1`, accountSid, conferenceSid },
      target: { url: 'https://app.test/status', method: 'POST' },
      parameters: new Map([['StatusCallbackEvent', 'participant-join']]),
    });
    const { body } = await get('/Notifications');
    expect(body.notifications).toMatchObject([{ error_code: '16010', request_url: 'https://app.test/status' }]);
    expect(body.notifications[0].message_text).toContain('participant-join');
  });
});

describe('the audit trail', () => {
  it('has every change, refused ones too: who, from where, what, and what came of it; no secrets', async () => {
    const { dial, post, remove, get, audited, store } = restOf();
    const { conferenceSid } = await dial('A');
    const path = `/Conferences/${conferenceSid}/Participants/${a}`;
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const form = { Muted: 'true', Hold: 'true', HoldUrl: 'https://user:pw@app.test/hold?key=secret' };
    await post(path, form, { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
    await get(path);
    await remove(`/Conferences/${conferenceSid}/Participants/nobody`);
    await post(`/Calls/${a}`, { Twiml: '<Response/>' });
    expect(audited).toEqual([
      {
        atMs: expect.any(Number),
        face: 'rest',
        accountSid,
        operation: 'updateParticipant',
        target: `/2010-04-01/Accounts/${accountSid}${path}`,
        said: { Muted: 'true', Hold: 'true', HoldUrl: 'https://app.test/hold' },
        token: expect.stringMatching(/^[0-9a-f]{8}$/),
        from: '127.0.0.1',
        ...{ status: 200, code: null, traceId: trace },
      },
      expect.objectContaining({ operation: 'removeParticipant', status: 404, code: 20_404, said: {} }),
      expect.objectContaining({ operation: 'updateCall', status: 200, said: { Twiml: '11 characters' } }),
    ]);
    expect(audited[1]?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(store.commits.some((commit) => commit.trace.traceId === trace)).toBe(true);
  });

  it('tells tokens apart', async () => {
    const { post, audited } = restOf();
    await post(`/Calls/${a}`);
    await post(`/Calls/${a}`, {}, { authorization: 'Bearer token-of-acc' });
    await post(`/Calls/${a}`, {}, { authorization: 'Bearer next-token-of-acc' });
    const [first, same, other] = audited.map(({ token }) => token);
    expect(first).toBe(same);
    expect(first).not.toBe(other);
  });
});

describe('what is there to read', () => {
  it('needs no token: the API document, its page, and a page for every code that is answered', async () => {
    const { get, server } = restOf();
    const open = { authorization: null };
    const { body } = await get('/openapi.json', open);
    expect(body).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: '/api/laml/2010-04-01' }, { url: '/2010-04-01' }],
    });
    for (const path of ['/docs', '/errors', '/errors/20404', '/docs/style.css']) {
      const { status, headers } = await get(path, open);
      expect([path, status]).toEqual([path, 200]);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect(refused(await get('/errors/99999', open))).toBe('404 20404');
    expect(refused(await get('/errors/x', open))).toBe('404 20404');
    const page = await server.inject('/docs');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; style-src 'self'");
    expect(page.body).not.toMatch(/<script|style=|https?:\/\//);
    for (const { get: shown, post } of Object.values<Record<string, { operationId: string }>>(body.paths)) {
      for (const operation of [shown, post]) {
        if (operation !== undefined) expect(page.body).toContain(`id="${operation.operationId}"`);
      }
    }
  });
});

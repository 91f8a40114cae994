/** CONTRACT §7.1 to §7.3, §7.7, §7.8: conferences over REST, row by row. */
import { describe, expect, it } from 'vitest';
import { callSidOf, roomNamed } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { basic, ours, prefix, type RestAnswer, refused, restOf, stranger, theirs } from '../support/rest-script.js';

const day = (atMs: number, days = 0): string => new Date(atMs + days * 86_400_000).toISOString().slice(0, 10);
const sidsOf = ({ status, body }: RestAnswer): readonly string[] => {
  expect(status).toBe(200);
  return body.conferences.map(({ sid }: { readonly sid: string }) => sid);
};

describe('REST of both vendors (7.1)', () => {
  it('case 64: is under both prefixes, with .json, without, with a slash behind, and takes Muted=True', async () => {
    const { dial, get, post } = restOf();
    const { conferenceSid } = await dial('A');
    const below = `/Accounts/${accountSid}/Conferences/${conferenceSid}`;
    const answers = await Promise.all(
      ['/api/laml/2010-04-01', '/2010-04-01'].flatMap((start) =>
        ['', '.json', '/', '.json/'].map((end) => get(`${start}${below}${end}`)),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const muted = await post(`/Conferences/${conferenceSid}/Participants/${callSidOf('A')}.json`, { Muted: 'True' });
    expect(muted).toMatchObject({ status: 200, body: { muted: true } });
  });

  it('takes parameters from form, JSON and query; the body counts; names are case-sensitive', async () => {
    const { dial, ask, post } = restOf();
    const { conferenceSid } = await dial('A');
    const path = `/Conferences/${conferenceSid}/Participants/${callSidOf('A')}`;
    const muted = async (answer: Promise<RestAnswer>) => (await answer).body.muted;
    expect(await muted(ask('POST', path, { json: { Muted: true } }))).toBe(true);
    expect(await muted(ask('POST', path, { json: { Muted: null } }))).toBe(true);
    expect(await muted(post(path, { Muted: 'false' }))).toBe(false);
    expect(await muted(ask('POST', `${path}?Muted=true`))).toBe(true);
    expect(await muted(post(`${path}?Muted=true`, { Muted: 'false' }))).toBe(false);
    expect(await muted(post(path, { muted: 'true' }))).toBe(false);
    expect(await muted(post(path, 'Muted=true&Muted=false'))).toBe(false);
  });

  it('shows dates as RFC 2822 in UTC', async () => {
    const { dial, get } = restOf();
    const { conferenceSid } = await dial('A');
    const { body } = await get(`/Conferences/${conferenceSid}`);
    expect(body.date_created).toMatch(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/);
  });
});

describe('credentials (7.1, 7.8)', () => {
  it('case 63: an unknown sid is 404 and 20404, a wrong password 401 and 20003', async () => {
    const { dial, get } = restOf();
    const { conferenceSid } = await dial('A');
    expect(refused(await get(`/Conferences/${callSidOf('A')}`))).toBe('404 20404');
    const wrong = [null, basic(accountSid, 'wrong'), basic(accountSid, ''), basic(stranger, 'token-of-acc')];
    for (const authorization of [
      ...wrong,
      'Basic',
      'Basic !',
      'Digest x',
      `Bearer wrong`,
      basic('acme', 'token-of-acc'),
    ]) {
      const answer = await get(`/Conferences/${conferenceSid}`, { authorization });
      expect(refused(answer), String(authorization)).toBe('401 20003');
      expect(answer.headers['www-authenticate']).toBe('Basic realm="Parley", charset="UTF-8"');
    }
  });

  it('are any token of the account, its sid in either spelling, or the token alone as bearer', async () => {
    const { get } = restOf();
    const prefixed = `AC${accountSid.replaceAll('-', '')}`;
    const shown = [
      ours,
      basic(accountSid, 'next-token-of-acc'),
      basic(prefixed, 'token-of-acc'),
      'Bearer token-of-acc',
    ];
    for (const authorization of shown) expect((await get('/Conferences', { authorization })).status).toBe(200);
    expect((await get(`${prefix}/Accounts/${prefixed}/Conferences`)).status).toBe(200);
  });

  it('are asked for before anything is told, also of paths that there are not', async () => {
    const { get, ask } = restOf();
    expect(refused(await get(`${prefix}/nothing`, { authorization: null }))).toBe('401 20003');
    expect(refused(await ask('PUT', '/Conferences', { authorization: null }))).toBe('401 20003');
    expect(refused(await get(`${prefix}/nothing`))).toBe('404 20404');
  });
});

describe('GET Conferences (7.3, 7.7)', () => {
  it('shows newest first in an envelope with one name beside the known ones', async () => {
    const { dial, get, clock } = restOf();
    const first = (await dial('A')).conferenceSid;
    await clock.advance(1000);
    const second = (await dial('B', { room: roomNamed('Other') })).conferenceSid;
    const { status, body } = await get('/Conferences.json');
    expect(status).toBe(200);
    const uri = `${prefix}/Accounts/${accountSid}/Conferences.json?Page=0&PageSize=50`;
    expect(body).toEqual({
      ...{ uri, first_page_uri: uri, next_page_uri: null, previous_page_uri: null },
      ...{ page: 0, page_size: 50, start: 0, end: 1, conferences: [expect.anything(), expect.anything()] },
    });
    expect(body.conferences.map(({ sid }: { sid: string }) => sid)).toEqual([second, first]);
  });

  it('filters by FriendlyName, exactly after trimming, and by Status', async () => {
    const { dial, get, parley } = restOf();
    const here = (await dial('A')).conferenceSid;
    const other = (await dial('B', { room: roomNamed('Ünder & <Tow>') })).conferenceSid;
    const over = (await dial('C', { room: roomNamed('C') })).conferenceSid;
    value(await parley.endConference(accountSid, over));
    const by = async (query: Record<string, string>) => sidsOf(await get(`/Conferences?${new URLSearchParams(query)}`));
    expect(await by({ FriendlyName: 'Room 1234' })).toEqual([here]);
    expect(await by({ FriendlyName: ' Ünder & <Tow>\n' })).toEqual([other]);
    expect(await by({ FriendlyName: 'room 1234' })).toEqual([]);
    expect(await by({ Status: 'completed' })).toEqual([over]);
    expect(await by({ Status: 'init' })).toEqual([other, here]);
    expect(await by({ Status: 'in-progress' })).toEqual([]);
    expect(await by({ Status: 'init', FriendlyName: 'C' })).toEqual([]);
    expect(refused(await get('/Conferences?Status=ended'))).toBe('400 20001');
    expect(refused(await get('/Conferences?FriendlyName='))).toBe('400 20002');
    expect(refused(await get(`/Conferences?FriendlyName=${'x'.repeat(129)}`))).toBe('400 20002');
  });

  it.each(['DateCreated', 'DateUpdated'])(
    'filters by the UTC day of %s, with the comparison in the name',
    async (name) => {
      const { dial, get, clock } = restOf();
      const old = (await dial('A', { timeLimitSeconds: 1_000_000 })).conferenceSid;
      const oldMs = clock.now();
      await clock.advance(2 * 86_400_000);
      const recent = (await dial('B', { room: roomNamed('B'), timeLimitSeconds: 1_000_000 })).conferenceSid;
      const by = async (query: string) => sidsOf(await get(`/Conferences?${name}${query}`));
      expect(await by(`=${day(oldMs)}`)).toEqual([old]);
      expect(await by(`=${day(oldMs, 1)}`)).toEqual([]);
      expect(await by(`%3C=${day(oldMs)}`)).toEqual([old]);
      expect(await by(`<=${day(oldMs, 2)}`)).toEqual([recent, old]);
      expect(await by(`%3E=${day(oldMs, 1)}`)).toEqual([recent]);
      expect(await by(`>=${day(oldMs)}`)).toEqual([recent, old]);
      expect(await by(`%3E=${day(oldMs, 1)}&${name}%3C=${day(oldMs, 1)}`)).toEqual([]);
      for (const wrong of ['', 'today', '2024-02-30', '2024-4-4', '04/04/2024', '2024-04-04T25:00:00Z']) {
        expect(refused(await get(`/Conferences?${name}=${encodeURIComponent(wrong)}`)), wrong).toBe('400 20001');
      }
    },
  );
});

describe('pages (7.7)', () => {
  /** Rooms 0 to 50, the newest last. */
  async function fiftyOne() {
    const rest = restOf();
    const sids: string[] = [];
    for (let room = 0; room < 51; room += 1) {
      const { conferenceSid } = await rest.dial(String.fromCharCode(0x100 + room), { room: roomNamed(`room ${room}`) });
      sids.unshift(conferenceSid);
      await rest.clock.advance(room % 3 === 0 ? 1 : 0);
    }
    return { ...rest, sids };
  }

  it('case 62: of 51 rooms hold 50 and one, and lead on and back, with every filter', async () => {
    const { get, sids } = await fiftyOne();
    const first = await get('/Conferences?Status=init');
    expect(sidsOf(first)).toEqual(sids.slice(0, 50));
    expect(first.body).toMatchObject({ page: 0, page_size: 50, start: 0, end: 49, previous_page_uri: null });
    expect(first.body.next_page_uri.split('?')).toEqual([
      `${prefix}/Accounts/${accountSid}/Conferences.json`,
      expect.stringMatching(/^Status=init&Page=1&PageSize=50&PageToken=PA[0-9a-f]{44}$/),
    ]);
    const second = await get(first.body.next_page_uri);
    expect(sidsOf(second)).toEqual(sids.slice(50));
    expect(second.body).toMatchObject({ page: 1, start: 50, end: 50, next_page_uri: null });
    expect(second.body.first_page_uri).toMatch(/\?Status=init&Page=0&PageSize=50$/);
    expect(second.body.previous_page_uri).toMatch(/&Page=0&PageSize=50&PageToken=PB[0-9a-f]{44}$/);
    const back = await get(second.body.previous_page_uri);
    expect(sidsOf(back)).toEqual(sids.slice(0, 50));
    expect((await get(second.body.uri)).body).toEqual(second.body);
  });

  it('neither repeat nor hide rooms when others come between two of them', async () => {
    const { get, dial, clock, sids } = await fiftyOne();
    const first = await get('/Conferences?PageSize=7');
    await clock.advance(1);
    await dial('Z', { room: roomNamed('new') });
    const seen = [...sidsOf(first)];
    for (let next = first.body.next_page_uri; next !== null; ) {
      const { body, ...rest } = await get(next);
      seen.push(...sidsOf({ ...rest, body }));
      next = body.next_page_uri;
    }
    expect(seen).toEqual(sids);
  });

  it('count where no token is sent, clamp what is too large, and refuse what is none', async () => {
    const { get, sids } = await fiftyOne();
    expect(sidsOf(await get('/Conferences?Page=2&PageSize=20'))).toEqual(sids.slice(40));
    expect(sidsOf(await get('/Conferences?Page=9&PageSize=20'))).toEqual([]);
    expect((await get('/Conferences?PageSize=5000')).body).toMatchObject({ page_size: 1000, next_page_uri: null });
    for (const size of ['0', '-1', 'x', '1.5', '']) {
      expect(refused(await get(`/Conferences?PageSize=${size}`)), size).toBe('400 54454');
    }
    for (const number of ['-1', 'x', '1.5', '99999999']) {
      expect(refused(await get(`/Conferences?Page=${number}`)), number).toBe('400 21481');
    }
    for (const token of ['x', 'PA', `PC${'0'.repeat(44)}`, `PA${'g'.repeat(44)}`]) {
      expect(refused(await get(`/Conferences?Page=1&PageToken=${token}`)), token).toBe('400 54453');
    }
    expect(sidsOf(await get('/Conferences?PageToken='))).toHaveLength(50);
  });
});

describe('GET Conferences/{C} (7.3)', () => {
  it.each(['signalwire', 'twilio'] as const)('has every field, in the spelling of flavour %s', async (flavour) => {
    const { dial, get, remove } = restOf({ flavour });
    const { conferenceSid } = await dial('A', { roomRequest: { ...nothingElse, region: 'ie1' } });
    const spell = (kind: string, sid: string): string =>
      flavour === 'signalwire' ? sid : `${kind}${sid.replaceAll('-', '')}`;
    const start = `${flavour === 'signalwire' ? '/api/laml' : ''}/2010-04-01/Accounts/${spell('AC', accountSid)}`;
    const own = `${start}/Conferences/${spell('CF', conferenceSid)}`;
    const live = {
      sid: spell('CF', conferenceSid),
      account_sid: spell('AC', accountSid),
      friendly_name: 'Room 1234',
      status: 'init',
      region: 'ie1',
      api_version: '2010-04-01',
      date_created: expect.any(String),
      date_updated: expect.any(String),
      uri: `${own}.json`,
      subresource_uris: { participants: `${own}/Participants.json`, recordings: `${own}/Recordings.json` },
      reason_conference_ended: null,
      call_sid_ending_conference: null,
    };
    for (const spelt of [conferenceSid, `CF${conferenceSid.replaceAll('-', '')}`]) {
      expect((await get(`/Conferences/${spelt}`)).body).toEqual(live);
    }
    await remove(`/Conferences/${conferenceSid}/Participants/${callSidOf('A')}`);
    expect((await get(`/Conferences/${conferenceSid}`)).body).toEqual({
      ...live,
      status: 'completed',
      reason_conference_ended: 'last-participant-kicked',
      call_sid_ending_conference: spell('CA', callSidOf('A')),
    });
  });

  it.each(['x', 'CA00000000000040008000000000000041', '%00', '%', '%zz', '%ff', '..%2f..', 'a'.repeat(3000)])(
    'knows no %.40j',
    async (sid) => {
      const { get, post } = restOf();
      expect(refused(await get(`/Conferences/${sid}`))).toBe('404 20404');
      expect(refused(await post(`/Conferences/${sid}`, { Status: 'completed' }))).toBe('404 20404');
    },
  );
});

const nothingElse = { statusCallback: null, maxParticipants: null, eventCallbackUrl: null };

describe('POST Conferences/{C} (7.3)', () => {
  it('Status=completed ends it, is read after it is written, and a second time is 10000', async () => {
    const { dial, get, post } = restOf();
    const { conferenceSid } = await dial('A');
    const ended = await post(`/Conferences/${conferenceSid}`, { Status: 'completed' });
    expect(ended).toMatchObject({
      status: 200,
      body: {
        status: 'completed',
        reason_conference_ended: 'conference-ended-via-api',
        call_sid_ending_conference: null,
      },
    });
    expect((await get(`/Conferences/${conferenceSid}`)).body).toEqual(ended.body);
    expect(sidsOf(await get('/Conferences?Status=completed'))).toEqual([conferenceSid]);
    for (const form of [{ Status: 'completed' }, { AnnounceUrl: 'https://app.test/a' }, {}]) {
      expect(refused(await post(`/Conferences/${conferenceSid}`, form as Record<string, string>))).toBe('400 10000');
    }
  });

  it('case 13: Status=paused is 21475, and nothing changes', async () => {
    const { dial, get, post } = restOf();
    const { conferenceSid } = await dial('A');
    for (const status of ['paused', 'in-progress', '', 'Completed']) {
      expect(refused(await post(`/Conferences/${conferenceSid}`, { Status: status }))).toBe('400 21475');
    }
    expect((await get(`/Conferences/${conferenceSid}`)).body.status).toBe('init');
  });

  it('AnnounceUrl is asked for by AnnounceMethod, POST unless said, and heard by all', async () => {
    const { dial, post, sounds, clock } = restOf();
    const { conferenceSid } = await dial('A');
    await dial('B');
    const announced = await post(`/Conferences/${conferenceSid}`, { AnnounceUrl: 'https://app.test/tell.xml' });
    expect(announced).toMatchObject({ status: 200, body: { sid: conferenceSid, status: 'in-progress' } });
    await post(`/Conferences/${conferenceSid}`, { AnnounceUrl: 'https://app.test/tell2.xml', AnnounceMethod: 'get' });
    await clock.advance(100);
    expect(sounds.asked).toMatchObject([
      { url: 'https://app.test/tell.xml', method: 'POST' },
      { url: 'https://app.test/tell2.xml', method: 'GET' },
    ]);
  });

  it('refuses URLs and methods that are none', async () => {
    const { dial, post } = restOf();
    const { conferenceSid } = await dial('A');
    const to = (form: Record<string, string>) => post(`/Conferences/${conferenceSid}`, form);
    for (const url of ['', 'tell.xml', 'ftp://app.test/', 'https://', `https://app.test/${'x'.repeat(5000)}`]) {
      expect(refused(await to({ AnnounceUrl: url })), url.slice(0, 20)).toBe('400 11100');
    }
    const wrong = { AnnounceUrl: 'https://app.test/', AnnounceMethod: 'PUT' };
    expect(refused(await to(wrong))).toBe('400 13221');
  });

  it('changes nothing without a parameter', async () => {
    const { dial, post, store } = restOf();
    const { conferenceSid } = await dial('A');
    const commits = store.commits.length;
    expect(await post(`/Conferences/${conferenceSid}`)).toMatchObject({ status: 200, body: { status: 'init' } });
    expect(store.commits).toHaveLength(commits);
  });
});

describe('what is refused of any path (7.8)', () => {
  it('405 with 20004 and Allow for a method that the path does not have', async () => {
    const { ask } = restOf();
    const sid = callSidOf('A');
    const table = [
      ['POST', '/Conferences', 'GET'],
      ['DELETE', `/Conferences/${sid}`, 'GET, POST'],
      ['PUT', `/Conferences/${sid}/Participants/${sid}`, 'GET, POST, DELETE'],
      ['PATCH', `/Calls/${sid}.json`, 'GET, POST'],
      ['HEAD', '/Calls', 'GET'],
    ] as const;
    for (const [method, path, allow] of table) {
      const { status, headers } = await ask(method, path);
      expect([method, status, headers.allow]).toEqual([method, 405, allow]);
    }
    expect(refused(await ask('PUT', '/Conferences'))).toBe('405 20004');
  });

  it('413, 415 and 400 for bodies that cannot be read', async () => {
    const { ask } = restOf();
    const path = `/Conferences/${callSidOf('A')}`;
    expect(refused(await ask('POST', path, { form: 'x'.repeat(300_000) }))).toBe('413 20001');
    const xml = { headers: { 'content-type': 'application/xml' }, form: '<x/>' };
    expect(refused(await ask('POST', path, xml))).toBe('415 20001');
    for (const json of [[], 'x', 1, { Status: {} }, { Status: [[]] }]) {
      expect(refused(await ask('POST', path, { json }))).toBe('400 20001');
    }
    const broken = { headers: { 'content-type': 'application/json' }, form: '{' };
    expect(refused(await ask('POST', path, broken))).toBe('400 20001');
    const many = Array.from({ length: 201 }, (_, index) => `p${index}=1`).join('&');
    expect(refused(await ask('POST', path, { form: many }))).toBe('400 20001');
  });

  it('429 with 20429 and Retry-After for an account that asks too much, and no other', async () => {
    const { get, clock, restMetrics } = restOf({ allowed: { perSecond: 1, burst: 2 } });
    expect([(await get('/Calls')).status, (await get('/Calls')).status]).toEqual([200, 200]);
    const limited = await get('/Calls');
    expect(refused(limited)).toBe('429 20429');
    expect(limited.headers['retry-after']).toBe('1');
    const elsewhere = `${prefix}/Accounts/${stranger}/Calls`;
    expect((await get(elsewhere, { authorization: theirs })).status).toBe(200);
    await clock.advance(1000);
    expect((await get('/Calls')).status).toBe(200);
    expect(restMetrics.value('parley_api_rate_limited_total', { face: 'rest' })).toBe(1);
    expect(restMetrics.value('parley_rest_requests_total', { route: 'listCalls', status: '200' })).toBe(4);
    expect(restMetrics.value('parley_rest_requests_total', { route: 'none', status: '429' })).toBe(1);
  });

  it('503 while the store does not write, and then nothing was done', async () => {
    const { dial, post, get, store } = restOf();
    const { conferenceSid } = await dial('A');
    store.isFailing = true;
    const answer = await post(`/Conferences/${conferenceSid}`, { Status: 'completed' });
    expect(refused(answer)).toBe('503 20503');
    expect(answer.headers['retry-after']).toBe('5');
    store.isFailing = false;
    expect((await get(`/Conferences/${conferenceSid}`)).body.status).toBe('init');
  });

  it('403 for pages of other sites', async () => {
    const { get } = restOf();
    for (const site of ['cross-site', 'same-site']) {
      expect(refused(await get('/Calls', { headers: { 'sec-fetch-site': site } }))).toBe('403 20003');
    }
    expect((await get('/Calls', { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
  });
});

/** CONTRACT §7.2 to §7.8 and §11, as tables: every row is walked here, or named where it is tested. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorDictionary } from '../../src/adapters/rest/error-dictionary.js';
import { callSidOf } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { prefix, refused, restOf } from '../support/rest-script.js';

/** Two in a conference, of which the second begins to be recorded, and somebody who makes calls. */
async function world() {
  const rest = restOf();
  const { conferenceSid } = await rest.dial('A', { label: 'host' });
  await rest.dial('B');
  value(rest.parley.makeCalls(accountSid, () => true));
  const started = await rest.post(`/Conferences/${conferenceSid}/Recordings`);
  return { ...rest, conferenceSid, started, recordingSid: started.body.sid as string };
}

describe('endpoints (7.2)', () => {
  it('every method and path has the result of its row', async () => {
    const { get, post, remove, conferenceSid, recordingSid, started, recorders, clock } = await world();
    expect(started.status).toBe(201);
    const conference = `/Conferences/${conferenceSid}`;
    const participant = `${conference}/Participants/${callSidOf('A')}`;
    const recording = `${conference}/Recordings/${recordingSid}`;
    const parties = { From: '+15550100001', To: '+15550100002' };
    const rows: readonly (readonly [string, () => Promise<{ readonly status: number }>, number])[] = [
      ['GET Conferences', () => get('/Conferences'), 200],
      ['GET Conferences/{C}', () => get(conference), 200],
      ['GET Participants', () => get(`${conference}/Participants`), 200],
      ['POST Participants', () => post(`${conference}/Participants`, parties), 201],
      ['GET Participants/{P}', () => get(participant), 200],
      ['GET Participants/{P} by label', () => get(`${conference}/Participants/host`), 200],
      ['POST Participants/{P}', () => post(participant, { Muted: 'true' }), 200],
      ['GET Conferences/{C}/Recordings', () => get(`${conference}/Recordings`), 200],
      ['GET Conferences/{C}/Recordings/{R}', () => get(recording), 200],
      ['POST Conferences/{C}/Recordings/{R}', () => post(recording, { Status: 'paused' }), 200],
      ['POST Conferences/{C}/Recordings/{R}, final', () => post(recording, { Status: 'stopped' }), 200],
      ['GET Recordings', () => get('/Recordings.json'), 200],
      ['GET Recordings/{R}', () => get(`/Recordings/${recordingSid}.json`), 200],
      ['media, not ready yet', () => get(`/Recordings/${recordingSid}.wav`), 404],
      ['DELETE Participants/{P}', () => remove(participant), 204],
      ['POST Conferences/{C}', () => post(conference, { Status: 'completed' }), 200],
    ];
    for (const [row, ask, status] of rows) expect((await ask()).status, row).toBe(status);
    recorders.over(recordingSid as never);
    await clock.advance(1000);
    for (const extension of ['', '.wav', '.mp3']) {
      expect((await get(`/Recordings/${recordingSid}${extension}`)).status, `media ${extension}`).toBe(200);
    }
    expect((await remove(`/Recordings/${recordingSid}`)).status).toBe(204);
    expect((await get(`/Recordings/${recordingSid}.wav`)).status).toBe(404);
    expect((await remove(recording)).status).toBe(404);
  });

  it('DELETE of a recording below its conference is 204, too', async () => {
    const { remove, post, conferenceSid, recordingSid, recorders, clock } = await world();
    await post(`/Conferences/${conferenceSid}/Recordings/${recordingSid}`, { Status: 'stopped' });
    recorders.over(recordingSid as never);
    await clock.advance(1000);
    expect((await remove(`/Conferences/${conferenceSid}/Recordings/${recordingSid}`)).status).toBe(204);
  });

  it('streams and logs, which are out of the first scope, are 404 in the envelope that SDKs read', async () => {
    const { get, post, conferenceSid } = await world();
    const streams = `/Conferences/${conferenceSid}/Streams`;
    const form = { Url: 'wss://media.test/' };
    expect(refused(await post(streams, form))).toBe('404 20404');
    expect(refused(await post(`${streams}/${conferenceSid}`, { Status: 'stopped' }))).toBe('404 20404');
    expect(refused(await get('/api/laml/../logs/conferences'))).toBe('404 20404');
  });
});

describe('lists (7.7)', () => {
  /** What pagers take away before they look for the items. */
  const meta = ['end', 'first_page_uri', 'last_page_uri', 'next_page_uri', 'num_pages', 'page', 'page_size'].concat([
    ...['previous_page_uri', 'start', 'total', 'uri'],
  ]);

  it('every list there is has exactly one key that is not about its pages, and URIs relative to the host', async () => {
    const { get, conferenceSid } = await world();
    const { body: document } = await get('/openapi.json', { authorization: null });
    const lists = Object.entries(document.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
      ([path, { get: operation }]) => (operation?.operationId.startsWith('list') ? [path] : []),
    );
    expect(lists.length).toBeGreaterThanOrEqual(8);
    for (const list of lists) {
      const path = list
        .replace('{AccountSid}', accountSid)
        .replace('{ConferenceSid}', conferenceSid)
        .replace('{CallSid}', callSidOf('A'));
      const { status, body } = await get(`${prefix}${path}?PageSize=1`);
      expect(status, path).toBe(200);
      const keys = Object.keys(body).filter((key) => !meta.includes(key));
      expect(keys, path).toHaveLength(1);
      expect(Array.isArray(body[keys[0] ?? '']), path).toBe(true);
      for (const uri of [body.uri, body.first_page_uri, body.next_page_uri ?? '/', body.previous_page_uri ?? '/']) {
        expect(uri, path).toMatch(/^\//);
      }
      expect(body.page_size, path).toBe(1);
    }
  });
});

/** Of §11, those that concern conferences and are answered, warned of or noted by something else here, and why. */
const elsewhere: Readonly<Record<number, string>> = {
  13236: 'a room is dialled by its name alone; a sid in its place is a name like any other',
  13299: 'there is no API of 2008',
  16003: 'REST answers 20404 for what it does not recognise (7.8)',
  16011: 'one code is enough for an event that could not be delivered: 16010',
  16022: 'REST answers 10000 for a conference that is over, 20404 for none (7.3, 7.8)',
  16028: 'one coach that is missing is 13240 in documents and 16002 over REST (13)',
};

/** Of §11, in the order there: 13241 to 13258 but for these are about SIP, Sim, Number and transcription. */
const ofConferences = [
  ...[11_200, 11_210, 11_215, 11_217, 11_220, 11_251, 11_750, 12_100, 12_300, 13_000, 13_210, 13_213, 13_216],
  ...[13_217, 13_221, 13_230, 13_231, 13_232, 13_233, 13_234, 13_235, 13_236, 13_237, 13_238, 13_239, 13_240],
  ...[13_256, 13_299, 13_420, 13_621, 13_699, 16_002, 16_003, 16_010, 16_011, 16_020, 16_021, 16_022, 16_023],
  ...[16_024, 16_025, 16_026, 16_027, 16_028, 16_030, 16_099, 16_101, 16_102, 16_114, 10_000, 20_002, 20_003],
  ...[20_404, 20_429, 20_504, 21_220, 21_475, 21_481, 54_453, 54_454],
];

describe('errors (7.8, 11)', () => {
  const texts = ['src', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !name.endsWith('rest-rows.test.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  const isTested = (code: number): boolean => {
    const spelled = String(code);
    const pattern = new RegExp(`\\b(${spelled}|${spelled.slice(0, 2)}_${spelled.slice(2)})\\b`);
    return texts.some((text) => pattern.test(text));
  };

  it('every code that concerns conferences is in a test, or said why not, and has its page', () => {
    const untested = ofConferences.filter((code) => !isTested(code));
    expect(untested).toEqual(ofConferences.filter((code) => elsewhere[code] !== undefined));
    expect(ofConferences.filter((code) => errorDictionary[code] === undefined && code !== 13_299)).toEqual([]);
  });

  it.each([
    [
      '400 10000',
      'update of a conference that is over',
      (c: string) => [`/Conferences/${c}`, { AnnounceUrl: 'https://e.test/' }],
    ],
    ['400 10000', 'end of a conference that is over', (c: string) => [`/Conferences/${c}`, { Status: 'completed' }]],
    [
      '400 10000',
      'mute in a conference that is over',
      (c: string) => [`/Conferences/${c}/Participants/${callSidOf('A')}`, { Muted: 'true' }],
    ],
    ['400 21475', 'a status that no conference can be given', (c: string) => [`/Conferences/${c}`, { Status: 'init' }]],
    ['400 21220', 'a call that is over', () => [`/Calls/${callSidOf('A')}`, { Status: 'completed' }]],
    ['400 10000', 'recording of a conference that is over', (c: string) => [`/Conferences/${c}/Recordings`, {}]],
  ] as const)('%s: %s', async (expected, _what, asked) => {
    const { post, parley, conferenceSid, clock } = await world();
    value(await parley.endConference(accountSid, conferenceSid));
    await clock.advance(100);
    const [path, form] = asked(conferenceSid);
    expect(refused(await post(path as string, form as Record<string, string>))).toBe(expected);
  });

  it.each([
    ['400 21481', '?Page=x'],
    ['400 21481', '?Page=-1'],
    ['400 54454', '?PageSize=0'],
    ['400 54454', '?PageSize=x'],
    ['400 54453', '?PageToken=x'],
    ['400 20002', '?FriendlyName='],
    ['400 20001', '?DateCreated=yesterday'],
  ])('%s: a list of conferences with %s', async (expected, query) => {
    const { get } = await world();
    expect(refused(await get(`/Conferences${query}`))).toBe(expected);
  });
});

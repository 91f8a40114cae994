/** CONTRACT §7.5, §7.6: recordings over REST, row by row. */
import { describe, expect, it } from 'vitest';
import { signMedia } from '../../src/adapters/http/recording-media.js';
import type { RecordingSid } from '../../src/base/brands.js';
import { parseSid } from '../../src/base/sids.js';
import { callSidOf } from '../support/callers.js';
import { publicUrl } from '../support/fake-recordings.js';
import { accountSid, value } from '../support/parley-script.js';
import {
  prefix,
  type RestAnswer,
  type RestWishes,
  refused,
  restOf,
  signingKey,
  stranger,
  theirs,
} from '../support/rest-script.js';
import { settled } from '../support/virtual-clock.js';

const nobody = callSidOf('X');

/** A and B talk; `record` begins a recording, `over` is its end on the disk. */
async function talking(wishes: RestWishes = {}) {
  const rest = restOf(wishes);
  const { conferenceSid } = await rest.dial('A', { timeLimitSeconds: 1_000_000 });
  await rest.dial('B', { timeLimitSeconds: 1_000_000 });
  const list = `/Conferences/${conferenceSid}/Recordings`;
  const recordingSidOf = ({ body }: RestAnswer) => parseSid('recording', body.sid) ?? expect.fail('no sid');
  const record = async (form: Record<string, string> = {}) => {
    const answer = await rest.post(list, form);
    expect(answer.status).toBe(201);
    return { answer, sid: recordingSidOf(answer) };
  };
  /** One at a time is recorded of a conference. */
  const finish = async (sid: RecordingSid) => {
    expect((await rest.post(`${list}/${sid}`, { Status: 'stopped' })).status).toBe(200);
    rest.recorders.over(sid);
    await settled();
  };
  const complete = async () => {
    const { sid } = await record();
    await finish(sid);
    return sid;
  };
  return { ...rest, conferenceSid, list, record, finish, complete };
}

const sidsOf = ({ status, body }: RestAnswer): readonly string[] => {
  expect(status).toBe(200);
  return body.recordings.map(({ sid }: { readonly sid: string }) => sid);
};

describe('POST Conferences/{C}/Recordings (7.2, 7.5)', () => {
  it.each([
    ['signalwire', 'StartConferenceRecording', { channels: '1', channel: '1' }],
    ['twilio', 'StartConferenceRecordingAPI', { channels: 1 }],
  ] as const)('is 201 with every field, in the words of flavour %s', async (flavour, source, channels) => {
    const { record, conferenceSid, get } = await talking({ flavour });
    const { answer, sid } = await record();
    const spell = (kind: string, id: string): string =>
      flavour === 'signalwire' ? id : `${kind}${id.replaceAll('-', '')}`;
    const start = `${flavour === 'signalwire' ? '/api/laml' : ''}/2010-04-01/Accounts/${spell('AC', accountSid)}`;
    const uri = `${start}/Conferences/${spell('CF', conferenceSid)}/Recordings/${spell('RE', sid)}.json`;
    expect(answer.body).toEqual({
      ...{ sid: spell('RE', sid), account_sid: spell('AC', accountSid), conference_sid: spell('CF', conferenceSid) },
      ...{ call_sid: null, status: 'in-progress', source, ...channels, duration: null, trim: 'trim-silence' },
      ...{ start_time: expect.any(String), end_time: null, date_created: expect.any(String) },
      ...{ date_updated: expect.any(String), error_code: null, price: null, price_unit: null },
      ...{ encryption_details: null, media_url: expect.stringContaining(publicUrl), api_version: '2010-04-01', uri },
      subresource_uris: {},
    });
    expect((await get(uri)).body).toEqual(answer.body);
  });

  it('takes Trim, and whom to tell of what, by repeated names or a list', async () => {
    const { record, finish, parley, post, list } = await talking();
    const url = 'https://app.test/rec';
    const form = { Trim: 'do-not-trim', RecordingStatusCallback: url, RecordingStatusCallbackMethod: 'GET' };
    const { sid } = await record({ ...form, RecordingStatusCallbackEvent: 'in-progress, absent' });
    expect(value(await parley.recording(accountSid, sid))).toMatchObject({
      trim: 'do-not-trim',
      callback: { url, method: 'GET', events: ['in-progress', 'absent'] },
    });
    await finish(sid);
    const repeated = 'RecordingStatusCallback=https://app.test/rec&RecordingStatusCallbackEvent=completed';
    const again = await post(list, `${repeated}&RecordingStatusCallbackEvent=failed`);
    const second = parseSid('recording', again.body.sid) ?? expect.fail('no sid');
    expect(value(await parley.recording(accountSid, second)).callback).toMatchObject({
      method: 'POST',
      events: ['completed', 'failed'],
    });
    const wrong = {
      '400 13256': { RecordingStatusCallback: 'rec' },
      '400 13221': { RecordingStatusCallbackMethod: 'PUT' },
      '400 13621': { RecordingStatusCallbackEvent: 'completed over' },
      '400 13699': { Trim: 'much' },
    };
    for (const [code, broken] of Object.entries(wrong)) {
      expect(refused(await post(list, broken as Record<string, string>))).toBe(code);
    }
  });

  it('takes Tracks, which no vendor has: a file of each participant, and a timeline', async () => {
    const { record, finish, recorders, get, post, list } = await talking();
    const plain = await record();
    expect(recorders.opened.size).toBe(1);
    await finish(plain.sid);
    const { sid } = await record({ Tracks: 'true' });
    const tracks = [...recorders.opened.keys()].slice(2);
    expect(tracks).toHaveLength(2);
    for (const track of tracks) recorders.over(track);
    await finish(sid);
    const { body } = await get(`/Recordings/${sid}.json`);
    const path = body.media_url;
    expect([body.status, body.timeline_url, body.labels_url]).toEqual([
      ...['completed', `${path}.timeline.json`, `${path}.timeline.txt`],
    ]);
    expect(body.tracks).toEqual(
      ['A', 'B'].map((name, index) => ({
        ...{ number: index + 1, call_sid: callSidOf(name), label: null },
        media_url: `${path}.track-${index + 1}.wav`,
      })),
    );
    for (const url of [
      body.timeline_url,
      body.labels_url,
      ...body.tracks.map((each: { readonly media_url: string }) => each.media_url),
    ]) {
      const got = await get(String(url).slice(publicUrl.length));
      expect([url, got.status]).toEqual([url, 200]);
    }
    expect((await get(`${path.slice(publicUrl.length)}.track-3.wav`)).status).toBe(404);
    const before = (await get(`/Recordings/${plain.sid}.json`)).body;
    expect('tracks' in before || 'timeline_url' in before).toBe(false);
    expect(refused(await post(list, { Tracks: 'perhaps' }))).toBe('400 20001');
  });

  it('is 422 and 16114 while another runs', async () => {
    const { record, post, list } = await talking();
    await record();
    expect(await post(list)).toMatchObject({ status: 422, body: { code: 16_114 } });
  });

  it('is refused of a conference that has not started, is over, or is not there', async () => {
    const { post, dial, conferenceSid, list } = await talking();
    await post(`/Conferences/${conferenceSid}`, { Status: 'completed' });
    expect(refused(await post(list))).toBe('400 10000');
    const { conferenceSid: waiting } = await dial('A');
    expect(refused(await post(`/Conferences/${waiting}/Recordings`))).toBe('400 21220');
    expect(refused(await post(`/Conferences/${nobody}/Recordings`))).toBe('404 20404');
  });
});

describe('POST Conferences/{C}/Recordings/{R} (7.5)', () => {
  it('pauses, resumes and stops; CURRENT and Twilio.CURRENT are the one that is not over', async () => {
    const { record, post, list, get } = await talking();
    const { sid } = await record();
    const statusAfter = async (named: string, form: Record<string, string>) =>
      (await post(`${list}/${named}`, form)).body.status;
    expect(await statusAfter(sid, { Status: 'paused' })).toBe('paused');
    expect(await statusAfter('CURRENT', { Status: 'in-progress' })).toBe('in-progress');
    expect(await statusAfter('Twilio.CURRENT', { Status: 'paused', PauseBehavior: 'skip' })).toBe('paused');
    expect((await get(`${list}/Twilio.CURRENT.json`)).body.sid).toBe(sid);
    expect(await statusAfter(`RE${sid.replaceAll('-', '')}`, { Status: 'stopped' })).toBe('stopped');
    expect(refused(await post(`${list}/CURRENT`, { Status: 'paused' }))).toBe('404 20404');
  });

  it('is 422 and 16114, with a list of texts beside the envelope, for what is in no state for it', async () => {
    const { record, post, list } = await talking();
    const { sid } = await record();
    const wrong = async (status: string) => {
      const { status: answered, body } = await post(`${list}/${sid}`, { Status: status });
      const { errors, ...envelope } = body;
      expect(envelope).toMatchObject({ status: 422, code: 16_114, more_info: 'http://parley.test/errors/16114' });
      expect(errors).toEqual([envelope.message]);
      return answered;
    };
    expect(await wrong('in-progress')).toBe(422);
    await post(`${list}/${sid}`, { Status: 'paused' });
    expect(await wrong('paused')).toBe(422);
    await post(`${list}/${sid}`, { Status: 'stopped' });
    for (const status of ['in-progress', 'paused', 'stopped']) expect(await wrong(status)).toBe(422);
  });

  it('wants a status that it knows, and a recording of this conference', async () => {
    const { record, post, list, get, remove } = await talking();
    const { sid } = await record();
    expect(refused(await post(`${list}/${sid}`))).toBe('400 20001');
    expect(refused(await post(`${list}/${sid}`, { Status: 'completed' }))).toBe('400 20001');
    expect(refused(await post(`${list}/${sid}`, { Status: 'paused', PauseBehavior: 'noise' }))).toBe('400 20001');
    for (const named of [nobody, 'x', 'current']) {
      expect(refused(await post(`${list}/${named}`, { Status: 'paused' }))).toBe('404 20404');
      expect(refused(await get(`${list}/${named}.json`))).toBe('404 20404');
      expect(refused(await remove(`${list}/${named}`))).toBe('404 20404');
    }
    expect(refused(await get(`/Conferences/${nobody}/Recordings/${sid}.json`))).toBe('404 20404');
  });
});

describe('GET Recordings (7.2, 7.7)', () => {
  it('lists those of the account and of a conference, newest first, filtered, in pages', async () => {
    const { record, complete, get, list, clock, conferenceSid } = await talking();
    const first = await complete();
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    await clock.advance(86_400_000);
    const second = (await record()).sid;
    for (const path of ['/Recordings', list]) {
      const by = async (query: string) => sidsOf(await get(`${path}${query}`));
      expect(await by('')).toEqual([second, first]);
      expect(await by(`?DateCreated=${day}`)).toEqual([first]);
      expect(await by(`?DateCreated%3C=${day}`)).toEqual([first]);
      const page = await get(`${path}?PageSize=1`);
      expect(sidsOf(page)).toEqual([second]);
      expect(sidsOf(await get(page.body.next_page_uri))).toEqual([first]);
      expect(await by('?PageSize=1&Page=1')).toEqual([first]);
      expect(refused(await get(`${path}?Page=1&PageToken=PAx`))).toBe('400 54453');
    }
    const by = async (query: string) => sidsOf(await get(`/Recordings${query}`));
    expect(await by(`?ConferenceSid=${conferenceSid}`)).toEqual([second, first]);
    expect(await by(`?ConferenceSid=${nobody}`)).toEqual([]);
    expect(await by('?ConferenceSid=x')).toEqual([]);
    expect(await by(`?CallSid=${callSidOf('A')}`)).toEqual([]);
    expect(sidsOf(await get(`/Calls/${callSidOf('A')}/Recordings`))).toEqual([]);
    expect(refused(await get(`/Calls/${nobody}/Recordings`))).toBe('404 20404');
    expect(refused(await get(`/Conferences/${nobody}/Recordings`))).toBe('404 20404');
  });

  it('shows one that is completed with its length, and deletes it, once it is over', async () => {
    const { record, finish, complete, get, remove, list, files } = await talking({ flavour: 'twilio' });
    const { sid } = await record();
    expect((await remove(`/Recordings/${sid}.json`)).status).toBe(422);
    await finish(sid);
    const { body } = await get(`/Recordings/${sid}.json`);
    expect(body).toMatchObject({ status: 'completed', duration: '3', end_time: expect.any(String) });
    expect(body.uri).toMatch(/Accounts\/AC[0-9a-f]{32}\/Recordings\/RE[0-9a-f]{32}\.json$/);
    expect(await remove(`${list}/${sid}`)).toMatchObject({ status: 204, body: '' });
    expect(files.deleted).toEqual([sid]);
    expect(refused(await get(`/Recordings/${sid}.json`))).toBe('404 20404');
    expect(refused(await remove(`/Recordings/${sid}`))).toBe('404 20404');
    const other = await complete();
    expect((await remove(`/Recordings/${other}`)).status).toBe(204);
  });
});

describe('media (7.6)', () => {
  it('is WAV without an extension, and what the extension says with one; .json is no audio', async () => {
    const { complete, get, ask } = await talking();
    const sid = await complete();
    const types = { '': 'audio/x-wav', '.wav': 'audio/x-wav', '.mp3': 'audio/mpeg', '.flac': 'audio/flac' };
    for (const [extension, type] of Object.entries(types)) {
      const { status, headers } = await get(`/Recordings/${sid}${extension}`);
      expect([extension, status, headers['content-type']]).toEqual([extension, 200, type]);
    }
    expect((await get(`/Recordings/${sid}.json`)).body.sid).toBe(sid);
    expect(refused(await get(`/Recordings/${sid}.txt`))).toBe('404 20404');
    const head = await ask('HEAD', `/Recordings/${sid}.wav`);
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '150', '']);
    const ranged = await get(`/Recordings/${sid}`, { headers: { range: 'bytes=100-' } });
    expect([ranged.status, ranged.headers['content-range']]).toEqual([206, 'bytes 100-149/150']);
  });

  it('goes to the account or by a signed link, and is 404 while it is not ready and to others', async () => {
    const { finish, record, get, clock } = await talking();
    const { sid } = await record();
    expect(refused(await get(`/Recordings/${sid}.wav`))).toBe('404 20404');
    await finish(sid);
    const path = `${prefix}/Accounts/${accountSid}/Recordings/${sid}.wav`;
    expect(refused(await get(path, { authorization: null }))).toBe('401 20003');
    expect(refused(await get(path, { authorization: theirs }))).toBe('404 20404');
    const theirPath = `${prefix}/Accounts/${stranger}/Recordings/${sid}.wav`;
    expect(refused(await get(theirPath, { authorization: theirs }))).toBe('404 20404');
    const expires = Math.floor(clock.now() / 1000) + 60;
    const signature = signMedia(signingKey, { accountSid, recordingSid: sid, part: 'wav' }, expires);
    const link = `${path}?expires=${expires}&signature=${signature}`;
    expect((await get(link, { authorization: null })).status).toBe(200);
    await clock.advance(61_000);
    expect(refused(await get(link, { authorization: null }))).toBe('401 20003');
  });

  it("is nobody else's recording that can be told from none", async () => {
    const { record, get, post, remove, list } = await talking();
    const { sid } = await record();
    const answers = await Promise.all(
      [accountSid, stranger].flatMap((account) => {
        const at = (path: string): string => `${prefix}/Accounts/${account}${path}`;
        const request = { authorization: theirs };
        return [
          get(at(list), request),
          post(at(list), {}, request),
          get(at(`${list}/${sid}.json`), request),
          post(at(`${list}/${sid}`), { Status: 'stopped' }, request),
          remove(at(`${list}/${sid}`), request),
          get(at(`/Recordings/${sid}.json`), request),
          get(at(`/Recordings/${sid}.wav`), request),
          remove(at(`/Recordings/${sid}`), request),
        ];
      }),
    );
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
    expect((await get(`${list}/${sid}.json`)).body.status).toBe('in-progress');
  });
});

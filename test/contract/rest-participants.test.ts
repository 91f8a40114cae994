/** CONTRACT §7.2, §7.4: participants over REST, row by row. */
import { describe, expect, it } from 'vitest';
import { callSidOf, roomNamed } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { prefix, type RestAnswer, type RestWishes, refused, restOf, stranger, theirs } from '../support/rest-script.js';

const [a, b, c] = [callSidOf('A'), callSidOf('B'), callSidOf('C')];

/** A, B and C talk; `at` is the path of one of them. */
async function talking(wishes: RestWishes = {}) {
  const rest = restOf(wishes);
  const { conferenceSid } = await rest.dial('A', { label: 'host', timeLimitSeconds: 1_000_000 });
  await rest.clock.advance(1000);
  for (const name of ['B', 'C']) await rest.dial(name, { timeLimitSeconds: 1_000_000 });
  const list = `/Conferences/${conferenceSid}/Participants`;
  const at = (who: string): string => `${list}/${who}`;
  const update = (who: string, form: Record<string, string>) => rest.post(at(who), form);
  const state = async (who: string) => value(await rest.parley.participant(accountSid, conferenceSid, callSidOf(who)));
  return { ...rest, conferenceSid, list, at, update, state };
}

const callsOf = ({ status, body }: RestAnswer): readonly string[] => {
  expect(status).toBe(200);
  return body.participants.map(({ call_sid: sid }: { readonly call_sid: string }) => sid);
};

describe('GET Participants (7.4)', () => {
  it('shows those who are in, in the order of joining, filtered by Muted, Hold and Coaching', async () => {
    const { get, list, parley, conferenceSid } = await talking();
    value(await parley.updateParticipant(accountSid, conferenceSid, b, { muted: true }));
    value(await parley.updateParticipant(accountSid, conferenceSid, c, { coach: a }));
    value(await parley.updateParticipant(accountSid, conferenceSid, b, { hold: { kind: 'silence' } }));
    const by = async (query: string) => callsOf(await get(`${list}${query}`));
    expect(await by('')).toEqual([a, b, c]);
    expect(await by('?Muted=true')).toEqual([b]);
    expect(await by('?Muted=FALSE')).toEqual([a, c]);
    expect(await by('?Hold=true')).toEqual([b]);
    expect(await by('?Hold=false&Coaching=false')).toEqual([a]);
    expect(await by('?Coaching=True')).toEqual([c]);
    expect(refused(await get(`${list}?Muted=maybe`))).toBe('400 20001');
  });

  it('pages them', async () => {
    const { get, list } = await talking();
    const first = await get(`${list}?PageSize=2`);
    expect(callsOf(first)).toEqual([a, b]);
    const second = await get(first.body.next_page_uri);
    expect(callsOf(second)).toEqual([c]);
    expect(second.body.next_page_uri).toBeNull();
    expect(callsOf(await get(second.body.previous_page_uri))).toEqual([a, b]);
  });

  it('case 66: of a completed conference is an empty list, and with IncludeLeft=true all who were in', async () => {
    const { get, list, post, conferenceSid } = await talking();
    await post(`/Conferences/${conferenceSid}`, { Status: 'completed' });
    expect(callsOf(await get(list))).toEqual([]);
    const left = await get(`${list}?IncludeLeft=true`);
    expect(callsOf(left)).toEqual([a, b, c]);
    expect(left.body.participants[0]).toMatchObject({
      status: 'completed',
      label: 'host',
      reason_participant_left: 'conference_ended_via_api',
      date_left: left.body.participants[0].date_updated,
    });
  });

  it('is 404 of a conference that is not there', async () => {
    const { get } = restOf();
    expect(refused(await get(`/Conferences/${a}/Participants`))).toBe('404 20404');
    expect(refused(await get('/Conferences/x/Participants'))).toBe('404 20404');
  });
});

describe('GET Participants/{P} (7.4)', () => {
  it.each([
    ['signalwire', 'in-progress', 'completed'],
    ['twilio', 'connected', 'complete'],
  ] as const)('has every field in the words of flavour %s', async (flavour, isIn, hasLeft) => {
    const { get, at, list, remove, conferenceSid, update } = await talking({ flavour });
    const spell = (kind: string, sid: string): string =>
      flavour === 'signalwire' ? sid : `${kind}${sid.replaceAll('-', '')}`;
    await update(b, { Coaching: 'true', CallSidToCoach: a });
    const start = `${flavour === 'signalwire' ? '/api/laml' : ''}/2010-04-01/Accounts/${spell('AC', accountSid)}`;
    const uri = `${start}/Conferences/${spell('CF', conferenceSid)}/Participants/${spell('CA', b)}.json`;
    const shown = {
      ...{ account_sid: spell('AC', accountSid), call_sid: spell('CA', b), conference_sid: spell('CF', conferenceSid) },
      ...{ label: null, call_sid_to_coach: spell('CA', a), coaching: true, muted: false, hold: false },
      ...{ start_conference_on_enter: true, end_conference_on_exit: false, status: isIn, queue_time: null },
      ...{ api_version: '2010-04-01', date_created: expect.any(String), date_updated: expect.any(String) },
      ...{ date_left: null, reason_participant_left: null, uri },
    };
    expect((await get(at(b))).body).toEqual(shown);
    expect((await get(at(`CA${b.replaceAll('-', '')}`))).body).toEqual(shown);
    await remove(at(b));
    const { body } = await get(`${list}?IncludeLeft=true`);
    const gone = { ...shown, status: hasLeft, reason_participant_left: 'participant_updated_via_api' };
    expect(body.participants[1]).toEqual({ ...gone, date_left: expect.any(String) });
  });

  it('is found by its label, percent-encoded or as SDKs send it', async () => {
    const { get, dial, list, remove } = await talking();
    await dial('D', { label: 'Jürg & co 100 %.json' });
    expect((await get(`${list}/host`)).body.call_sid).toBe(a);
    expect((await get(`${list}/host.json`)).body.call_sid).toBe(a);
    expect((await get(`${list}/${encodeURIComponent('Jürg & co 100 %.json')}.json`)).body.call_sid).toBe(
      callSidOf('D'),
    );
    expect(refused(await get(`${list}/HOST`))).toBe('404 20404');
    expect((await remove(`${list}/host`)).status).toBe(204);
    expect(refused(await get(`${list}/host`))).toBe('404 20404');
  });

  it('is 404 for who is not in, has left, or cannot be', async () => {
    const { get, at, remove } = await talking();
    await remove(at(b));
    for (const who of [b, callSidOf('X'), 'x', '%', '%00', '%e2%80', `x${'y'.repeat(200)}`]) {
      expect(refused(await get(at(who))), who).toBe('404 20404');
    }
  });
});

describe('POST Participants/{P} (7.4)', () => {
  it('Muted mutes and unmutes, and anything but true is false', async () => {
    const { update, state, get, at } = await talking();
    const muted = await update(a, { Muted: 'true' });
    expect(muted).toMatchObject({ status: 200, body: { call_sid: a, muted: true } });
    expect((await get(at(a))).body).toEqual(muted.body);
    expect((await state('A')).muted).toBe(true);
    expect((await update(a, { Muted: 'yes' })).body.muted).toBe(false);
  });

  it('Hold holds with HoldUrl, by GET unless HoldMethod says otherwise; left out: music, empty: silence', async () => {
    const { update, state } = await talking();
    const url = 'https://app.test/hold.xml';
    const held = async (form: Record<string, string>) => {
      expect((await update(a, { Hold: 'true', ...form })).body.hold).toBe(true);
      return (await state('A')).hold;
    };
    expect(await held({ HoldUrl: url })).toEqual({ kind: 'document', target: { url, method: 'GET' } });
    expect(await held({ HoldUrl: url, HoldMethod: 'POST' })).toMatchObject({ target: { method: 'POST' } });
    expect(await held({})).toEqual({ kind: 'default-music' });
    expect(await held({ HoldUrl: '' })).toEqual({ kind: 'silence' });
    expect((await update(a, { Hold: 'false' })).body.hold).toBe(false);
    expect(refused(await update(a, { Hold: 'true', HoldUrl: 'hold.xml' }))).toBe('400 13233');
    expect(refused(await update(a, { Hold: 'true', HoldUrl: url, HoldMethod: 'PUT' }))).toBe('400 13221');
    expect(refused(await update(a, { Hold: 'perhaps' }))).toBe('400 20001');
    expect((await state('A')).hold).toBeNull();
  });

  it('AnnounceUrl is heard by this one alone', async () => {
    const { update, sounds, clock } = await talking();
    expect((await update(a, { AnnounceUrl: 'https://app.test/tell.mp3', AnnounceMethod: 'GET' })).status).toBe(200);
    await clock.advance(100);
    expect(sounds.asked.map(({ url, method }) => ({ url, method }))).toContainEqual({
      url: 'https://app.test/tell.mp3',
      method: 'GET',
    });
    expect(refused(await update(a, { AnnounceUrl: 'tell.mp3' }))).toBe('400 11100');
    expect(refused(await update(callSidOf('X'), { AnnounceUrl: 'https://app.test/' }))).toBe('404 20404');
  });

  it('WaitUrl is heard while waiting, by POST unless WaitMethod says otherwise; empty: silence', async () => {
    const { update, state } = await talking();
    const url = 'https://app.test/wait.xml';
    await update(a, { WaitUrl: url });
    expect((await state('A')).wait).toEqual({ kind: 'document', target: { url, method: 'POST' } });
    await update(a, { WaitUrl: url, WaitMethod: 'get' });
    expect((await state('A')).wait).toMatchObject({ target: { method: 'GET' } });
    await update(a, { WaitUrl: '' });
    expect((await state('A')).wait).toEqual({ kind: 'silence' });
    expect(refused(await update(a, { WaitUrl: 'x' }))).toBe('400 13233');
    expect(refused(await update(a, { WaitUrl: url, WaitMethod: 'PUT' }))).toBe('400 13234');
  });

  it('Coaching needs CallSidToCoach, which alone means it, and can be changed live; else 16002', async () => {
    const { update, dial } = await talking();
    const elsewhere = await dial('E', { room: roomNamed('elsewhere') });
    const coaching = async (form: Record<string, string>) => {
      const { body } = await update(c, form);
      return [body.coaching, body.call_sid_to_coach];
    };
    expect(await coaching({ Coaching: 'true', CallSidToCoach: a })).toEqual([true, a]);
    expect(await coaching({ CallSidToCoach: `CA${b.replaceAll('-', '')}` })).toEqual([true, b]);
    expect(await coaching({ Coaching: 'false', CallSidToCoach: a })).toEqual([false, null]);
    for (const form of [
      { Coaching: 'true' },
      { Coaching: 'true', CallSidToCoach: '' },
      { CallSidToCoach: 'nobody' },
      { CallSidToCoach: c },
      { CallSidToCoach: callSidOf('X') },
      { CallSidToCoach: elsewhere.callSid },
    ]) {
      expect(refused(await update(c, form as Record<string, string>)), JSON.stringify(form)).toBe('400 16002');
    }
    await update(a, { Hold: 'true' });
    expect(refused(await update(c, { CallSidToCoach: a }))).toBe('400 16027');
  });

  it('BeepOnExit and EndConferenceOnExit change what leaving does', async () => {
    const { update, state, at, remove, get, conferenceSid } = await talking();
    await update(a, { BeepOnExit: 'false', EndConferenceOnExit: 'true' });
    expect(await state('A')).toMatchObject({ beep: 'on-enter', endConferenceOnExit: true });
    expect(refused(await update(a, { BeepOnExit: '1' }))).toBe('400 20001');
    expect(refused(await update(a, { EndConferenceOnExit: 'on' }))).toBe('400 20001');
    await remove(at(a));
    expect((await get(`/Conferences/${conferenceSid}`)).body.reason_conference_ended).toBe(
      'participant-with-end-conference-on-exit-kicked',
    );
  });

  it('changes all that one request says, or nothing', async () => {
    const { update, state, store } = await talking();
    const commits = store.commits.length;
    await update(a, { Muted: 'true', Hold: 'true', EndConferenceOnExit: 'true' });
    expect(store.commits).toHaveLength(commits + 1);
    expect(refused(await update(b, { Muted: 'true', CallSidToCoach: callSidOf('X') }))).toBe('400 16002');
    expect((await state('B')).muted).toBe(false);
    expect((await update(b, {})).body).toMatchObject({ call_sid: b, muted: false });
    expect(store.commits).toHaveLength(commits + 1);
  });

  it('of a conference that is over is 10000', async () => {
    const { update, post, remove, at, conferenceSid } = await talking();
    await post(`/Conferences/${conferenceSid}`, { Status: 'completed' });
    expect(refused(await update(a, { Muted: 'true' }))).toBe('400 10000');
    expect(refused(await remove(at(a)))).toBe('400 10000');
  });
});

describe('DELETE Participants/{P} (7.2)', () => {
  it('case 65: is 204 without a body, and its action is requested', async () => {
    const { parley, documents, clock, remove, get } = restOf();
    const document = '<Dial action="https://app.test/after"><Conference>R</Conference></Dial>';
    documents.answer('https://app.test/voice', document);
    const dialed = value(
      await parley.dialDocument({
        accountSid,
        callSid: a,
        call: { from: '+15550100001', to: '+15550100099', direction: 'inbound' },
        media: { kind: 'grpc', codec: 'linear16', rateHz: 16_000 },
        start: { url: 'https://app.test/voice', method: 'POST' },
        fallback: null,
      }),
    );
    const removed = await remove(`/Conferences/${dialed.conferenceSid}/Participants/${a}`);
    expect([removed.status, removed.body]).toEqual([204, '']);
    await clock.advance(100);
    const last = documents.asked.at(-1);
    expect(last).toMatchObject({ url: 'https://app.test/after', parameters: { DialCallStatus: 'answered' } });
    expect(refused(await get(`/Conferences/${dialed.conferenceSid}/Participants/${a}`))).toBe('404 20404');
  });
});

describe('another account', () => {
  it('gets 404 of one shape for every path, sid and label of the first, and changes nothing', async () => {
    const { ask, list, at, conferenceSid, store, get } = await talking();
    const paths = [
      ['GET', '/Conferences'],
      ...(['GET', 'POST'] as const).map((method) => [method, `/Conferences/${conferenceSid}`] as const),
      ['GET', list],
      ...(['GET', 'POST', 'DELETE'] as const).flatMap((method) => [a, 'host'].map((who) => [method, at(who)] as const)),
      ['GET', '/Calls'],
      ...(['GET', 'POST'] as const).map((method) => [method, `/Calls/${a}`] as const),
      ['GET', '/Notifications'],
      ['GET', `/Calls/${a}/Notifications`],
    ] as const;
    const before = (await get(list)).body;
    const commits = store.commits.length;
    const nowhere = refused(await ask('GET', `${prefix}/Accounts/${callSidOf('X')}/Calls`, { authorization: theirs }));
    expect(nowhere).toBe('404 20404');
    const answers = new Set<string>();
    for (const [method, path] of paths) {
      const form = method === 'POST' ? { form: { Status: 'completed', Muted: 'true' } } : {};
      for (const account of [accountSid, stranger]) {
        const isOwnList = account === stranger && ['/Conferences', '/Calls', '/Notifications'].includes(path);
        const request = { authorization: theirs, ...form };
        const answer = await ask(method, `${prefix}/Accounts/${account}${path}`, request);
        if (isOwnList) expect(Object.values(answer.body).filter(Array.isArray)).toEqual([[]]);
        else answers.add(JSON.stringify([answer.status, answer.body, Object.keys(answer.headers).sort()]));
      }
    }
    expect(answers.size, [...answers].join('\n')).toBe(1);
    expect([...answers][0]).toContain('[404,{"code":20404,');
    expect(store.commits).toHaveLength(commits);
    expect((await get(list)).body).toEqual(before);
  });
});

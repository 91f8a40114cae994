/** CONTRACT §7.4, Create: somebody is called into a conference over REST. */
import { describe, expect, it } from 'vitest';
import type { Origination } from '../../src/app/originations/origination.js';
import type { CallSid } from '../../src/base/brands.js';
import { callSidOf } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { prefix, type RestAnswer, type RestWishes, refused, restOf, stranger, theirs } from '../support/rest-script.js';

const parties = { From: '+15550100001', To: '+15550100002' };
const grpcMedia = { kind: 'grpc', codec: 'linear16', rateHz: 16_000 } as const;
const a = callSidOf('A');

/** A waits in a conference; `list` is the path of who is in it, `at` that of one of them. */
async function waiting(wishes: RestWishes = {}) {
  const rest = restOf(wishes);
  const { conferenceSid } = await rest.dial('A', { label: 'host', timeLimitSeconds: 1_000_000 });
  const list = `/Conferences/${conferenceSid}/Participants`;
  return { ...rest, conferenceSid, list, at: (who: string): string => `${list}/${who}` };
}

/** And somebody makes calls; what was asked of them is kept. */
async function calling(wishes: RestWishes = {}) {
  const rest = await waiting(wishes);
  const orders: Origination[] = [];
  value(
    rest.parley.makeCalls(accountSid, (order) => {
      if (order.kind === 'originate') orders.push(order.origination);
      return true;
    }),
  );
  const create = (form: Record<string, string>, named: string = rest.conferenceSid) =>
    rest.post(`/Conferences/${encodeURIComponent(named)}/Participants`, form);
  const answered = async (callSid: CallSid) =>
    value(await rest.parley.reportOrigination(accountSid, callSid, { kind: 'answered', media: grpcMedia }));
  return { ...rest, orders, create, answered };
}

const callsOf = ({ body }: RestAnswer): readonly string[] =>
  body.participants.map(({ call_sid: sid }: { readonly call_sid: string }) => sid);

describe('POST Participants (7.4, create)', () => {
  it('has somebody called, shown while that goes on, and in once it is answered', async () => {
    const { create, orders, at, get, list, answered } = await calling();
    const { status, body } = await create({ ...parties, Label: 'guest', Muted: 'true', Timeout: '20', CallerId: '+1' });
    expect([status, body]).toMatchObject([201, { status: 'queued', label: 'guest', muted: true, queue_time: '0' }]);
    expect(orders).toMatchObject([
      { call: { from: parties.From, to: parties.To }, callerId: '+1', timeoutSeconds: 20, conference: { muted: true } },
    ]);
    const { callSid } = orders[0] ?? expect.fail('a call is made');
    expect((await get(at(callSid))).body).toMatchObject({ call_sid: callSid, status: 'queued' });
    expect(callsOf(await get(list))).toEqual([a]);
    await answered(callSid);
    expect((await get(at(callSid))).body).toMatchObject({ status: 'in-progress', label: 'guest', muted: true });
    expect(callsOf(await get(list))).toEqual([a, callSid]);
  });

  it('takes the name of a room, which comes to be with the answer', async () => {
    const { create, orders, answered, get } = await calling({ flavour: 'twilio' });
    const { body } = await create({ ...parties, ConferenceRecord: 'false', Beep: 'onEnter' }, 'a new room/2');
    expect(body).toMatchObject({ status: 'queued', conference_sid: expect.stringMatching(/^CF/) });
    const { callSid, conference } = orders[0] ?? expect.fail('a call is made');
    expect(conference).toMatchObject({
      room: 'a new room/2',
      beep: 'on-enter',
      roomRequest: { recording: { record: false } },
    });
    await answered(callSid);
    const found = await get('/Conferences?FriendlyName=a%20new%20room%2F2');
    expect(found.body.conferences[0]).toMatchObject({ sid: body.conference_sid, status: 'init' });
  });

  it('tells of the call and of the conference as asked, and of start and end unless said', async () => {
    const { create, orders } = await calling();
    await create(
      {
        ...parties,
        StatusCallback: 'https://app/call',
        StatusCallbackEvent: 'ringing answered',
        ConferenceStatusCallback: 'https://app/conference',
      },
      'told',
    );
    expect(orders).toMatchObject([
      {
        statusCallback: { url: 'https://app/call', method: 'POST', events: ['ringing', 'answered'] },
        conference: { roomRequest: { statusCallback: { url: 'https://app/conference', events: ['start', 'end'] } } },
      },
    ]);
  });

  it('can be taken back, which is told to whoever makes the call', async () => {
    const { create, orders, remove, get, at } = await calling();
    await create(parties);
    const { callSid } = orders[0] ?? expect.fail('a call is made');
    expect((await remove(at(callSid))).status).toBe(204);
    expect(refused(await get(at(callSid)))).toBe('404 20404');
  });

  it.each([
    [{ To: '+1' }, '400 20001', 'From'],
    [{ From: '+1', To: ' ' }, '400 20001', 'To'],
    [{ ...parties, Timeout: '4' }, '400 20001', 'Timeout'],
    [{ ...parties, Timeout: '601' }, '400 20001', 'Timeout'],
    [{ ...parties, TimeLimit: 'long' }, '400 20001', 'TimeLimit'],
    [{ ...parties, Label: 'a/b' }, '400 16024', 'Label'],
    [{ ...parties, Beep: 'twice' }, '400 13235', 'Beep'],
    [{ ...parties, MaxParticipants: '0' }, '400 16002', 'MaxParticipants'],
    [{ ...parties, JitterBufferSize: 'huge' }, '400 16002', 'JitterBufferSize'],
    [{ ...parties, Coaching: 'true' }, '400 16002', 'CallSidToCoach'],
    [{ ...parties, CallSidToCoach: 'nobody' }, '400 13240', 'CallSidToCoach'],
    [{ ...parties, ConferenceRecord: 'always' }, '400 13217', 'ConferenceRecord'],
    [{ ...parties, StatusCallback: 'ftp://x' }, '400 16002', 'StatusCallback'],
    [{ ...parties, StatusCallbackEvent: 'busy' }, '400 16002', 'StatusCallbackEvent'],
    [{ ...parties, Record: 'true' }, '400 20001', 'Record'],
  ])('%j is %s, and names %s', async (form, expected, name) => {
    const { create, orders } = await calling();
    const answer = await create(form);
    expect(refused(answer)).toBe(expected);
    expect(answer.body.message).toContain(name);
    expect(orders).toEqual([]);
  });

  it('is refused while nobody makes calls, and for a conference that is over or of others', async () => {
    const { post, list, conferenceSid, ask } = await waiting();
    expect(refused(await post(list, parties))).toBe('503 20503');
    const { create, post: change, conferenceSid: own } = await calling();
    await change(`/Conferences/${own}`, { Status: 'completed' });
    expect(refused(await create(parties, own))).toMatch(/^40[04] /);
    const foreign = await ask('POST', `${prefix}/Accounts/${stranger}/Conferences/${conferenceSid}/Participants`, {
      authorization: theirs,
      form: parties,
    });
    expect(foreign.status).not.toBe(201);
  });
});

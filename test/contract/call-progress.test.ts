/** CONTRACT §3.2, §7.4, §8.4: calls that are made for a conference, from queued to in, and those that never are in. */
import { describe, expect, it } from 'vitest';
import type { Origination } from '../../src/app/originations/origination.js';
import type { Order } from '../../src/app/originations/originators.js';
import type { CallSid } from '../../src/base/brands.js';
import { addFailures } from '../../src/conference/state.js';
import { callSidOf, tellAt } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { type RestAnswer, type RestWishes, refused, restOf, stranger, theirs } from '../support/rest-script.js';
import { settled } from '../support/virtual-clock.js';

const parties = { From: '+15550100001', To: '+15550100002' };
const grpcMedia = { kind: 'grpc', codec: 'linear16', rateHz: 16_000 } as const;
const status = 'https://app.example/conference';
const a = callSidOf('A');

/** A is in a conference that tells of everything, and somebody makes calls. */
async function calling(wishes: RestWishes = {}, maxParticipants: number | null = null) {
  const rest = restOf(wishes);
  const roomRequest = { statusCallback: tellAt(status), region: null, maxParticipants, eventCallbackUrl: null };
  const { conferenceSid } = await rest.dial('A', { roomRequest, timeLimitSeconds: 1_000_000 });
  const orders: Order[] = [];
  value(
    rest.parley.makeCalls(accountSid, (order) => {
      orders.push(order);
      return true;
    }),
  );
  const create = async (form: Record<string, string> = {}): Promise<Origination> => {
    expect(await rest.post(`/Conferences/${conferenceSid}/Participants`, { ...parties, ...form })).toMatchObject({
      status: 201,
    });
    return orders.at(-1)?.origination ?? expect.fail('a call is made');
  };
  const report = (callSid: CallSid, kind: 'ringing' | 'answered') =>
    rest.parley.reportOrigination(accountSid, callSid, kind === 'answered' ? { kind, media: grpcMedia } : { kind });
  /** What the conference told last, as an object. */
  const told = () =>
    rest.store.callbacks
      .filter(({ target }) => target.url === status)
      .map(({ parameters }) => Object.fromEntries(parameters));
  return { ...rest, conferenceSid, orders, create, report, told };
}

const callsOf = ({ status: code, body }: RestAnswer): readonly string[] => {
  expect(code).toBe(200);
  return body.calls.map(({ sid, status: shown }: { sid: string; status: string }) => `${sid} ${shown}`);
};

describe('participant-leave of who never came in (3.2)', () => {
  it.each(addFailures)('tells of %s, with the reason, in the order of the conference', async (outcome) => {
    const { create, parley, told, conferenceSid } = await calling();
    const { callSid } = await create({ Label: 'guest', Muted: 'true', EndConferenceOnExit: 'true' });
    value(await parley.reportOrigination(accountSid, callSid, { kind: 'ended', outcome }));
    await settled();
    const [joined, left] = told();
    expect(joined).toMatchObject({ StatusCallbackEvent: 'participant-join', SequenceNumber: '1' });
    expect(left).toEqual({
      ...{ AccountSid: accountSid, ApiVersion: '2010-04-01', CallSid: callSid, CallStatus: outcome },
      ...{ Coaching: 'false', ConferenceSid: conferenceSid, Direction: 'outbound-api', EndConferenceOnExit: 'true' },
      ...{
        EventName: 'participant-leave',
        FriendlyName: 'Room 1234',
        From: parties.From,
        Hold: 'false',
        Muted: 'true',
      },
      ...{ ParticipantCallStatus: outcome, ParticipantLabel: 'guest', ReasonParticipantLeft: 'participant_add_failed' },
      ...{ SequenceNumber: '2', StartConferenceOnEnter: 'true', StatusCallbackEvent: 'participant-leave' },
      ...{ Timestamp: expect.any(String), To: parties.To },
    });
    // It ends nothing, whatever it would have done on leaving.
    expect(value(await parley.conference(accountSid, conferenceSid))).toMatchObject({ phase: 'init' });
  });

  it('has what the other flavour has, and no more', async () => {
    const { create, parley, told } = await calling({ flavour: 'twilio' });
    const { callSid } = await create();
    value(await parley.reportOrigination(accountSid, callSid, { kind: 'ended', outcome: 'busy' }));
    await settled();
    const left = told().at(-1) ?? {};
    expect(left).toMatchObject({ ParticipantCallStatus: 'busy', ReasonParticipantLeft: 'participant_add_failed' });
    for (const name of ['CallStatus', 'Direction', 'From', 'To', 'EventName']) expect(left).not.toHaveProperty(name);
  });

  it('tells of one that nobody answered in time, and of one that was taken back', async () => {
    const { create, told, clock, remove, conferenceSid } = await calling();
    await create({ Timeout: '5' });
    await clock.advance(10_100);
    const { callSid } = await create();
    await remove(`/Conferences/${conferenceSid}/Participants/${callSid}`);
    await settled();
    expect(told().map(({ ParticipantCallStatus: how }) => how)).toEqual([undefined, 'no-answer', 'canceled']);
  });

  it('tells of one that the conference did not let in when it answered (8.4)', async () => {
    const { create, report, dial, told } = await calling({}, 2);
    const { callSid } = await create();
    await dial('B');
    expect(await report(callSid, 'answered')).toMatchObject({ error: { kind: 'conference-full' } });
    await settled();
    expect(told().at(-1)).toMatchObject({
      ...{ StatusCallbackEvent: 'participant-leave', CallSid: callSid, ParticipantCallStatus: 'failed' },
      ReasonParticipantLeft: 'participant_add_failed',
    });
  });

  it('tells nothing behind the end of the conference, and is told once the store writes again', async () => {
    const { create, parley, told, store, clock, conferenceSid } = await calling();
    const { callSid } = await create();
    const held = store.commit.bind(store);
    store.commit = async () => ({ ok: false, error: { kind: 'store-unavailable' } });
    value(await parley.reportOrigination(accountSid, callSid, { kind: 'ended', outcome: 'busy' }));
    await settled();
    expect(told()).toHaveLength(1);
    store.commit = held;
    await clock.advance(1100);
    expect(told()).toMatchObject([{}, { ParticipantCallStatus: 'busy' }]);
    await create();
    value(await parley.endConference(accountSid, conferenceSid));
    await clock.advance(5000);
    expect(told().map(({ StatusCallbackEvent: event }) => event)).toEqual([
      ...['participant-join', 'participant-leave', 'participant-leave', 'conference-end'],
    ]);
  });
});

describe('calls that are being made (7.4)', () => {
  it('are shown and listed with their status, until they are in, and when they came to nothing', async () => {
    const { create, report, get, clock, parley } = await calling();
    await clock.advance(1000);
    const { callSid } = await create();
    expect((await get(`/Calls/${callSid}`)).body).toMatchObject({ status: 'queued', end_time: null, duration: null });
    await report(callSid, 'ringing');
    expect(callsOf(await get('/Calls'))).toEqual([`${callSid} ringing`, `${a} in-progress`]);
    expect(callsOf(await get('/Calls?Status=ringing'))).toEqual([`${callSid} ringing`]);
    expect(callsOf(await get(`/Calls?Status=in-progress&To=${encodeURIComponent(parties.To)}`))).toEqual([]);
    value(await report(callSid, 'answered'));
    expect(callsOf(await get('/Calls?Status=in-progress'))).toEqual([`${callSid} in-progress`, `${a} in-progress`]);
    const other = await create();
    await parley.reportOrigination(accountSid, other.callSid, { kind: 'ended', outcome: 'no-answer' });
    expect((await get(`/Calls/${other.callSid}`)).body).toMatchObject({ status: 'no-answer', duration: '0' });
    expect(callsOf(await get('/Calls?Status=no-answer'))).toEqual([`${other.callSid} no-answer`]);
    const foreign = await get(`/2010-04-01/Accounts/${stranger}/Calls/${callSid}`, { authorization: theirs });
    expect(refused(foreign)).toBe('404 20404');
  });

  it.each(['completed', 'canceled'])('are taken back by Status=%s, queued or ringing', async (asked) => {
    const { create, report, post, orders } = await calling();
    for (const isRinging of [false, true]) {
      const { callSid } = await create();
      if (isRinging) await report(callSid, 'ringing');
      expect(await post(`/Calls/${callSid}`, { Status: asked })).toMatchObject({
        status: 200,
        body: { sid: callSid, status: 'canceled' },
      });
      expect(orders.at(-1)).toMatchObject({ kind: 'withdraw', outcome: 'canceled' });
      expect(refused(await post(`/Calls/${callSid}`, { Status: asked }))).toBe('400 21220');
    }
  });

  it('cannot run a document before they are answered', async () => {
    const { create, post } = await calling();
    const { callSid } = await create();
    expect(refused(await post(`/Calls/${callSid}`, { Url: 'https://app.example/' }))).toBe('400 21220');
    expect(await post(`/Calls/${callSid}`)).toMatchObject({ status: 200, body: { status: 'queued' } });
  });

  it('are told of by EventService as far as they are, in the order of happening', async () => {
    const { create, report, parley, post } = await calling();
    const before = await parley.newestCursor(accountSid);
    const happened = async (): Promise<readonly string[]> =>
      (await parley.journal(accountSid, before, 100)).entries.map(({ event }) =>
        event.kind === 'call-progressed' ? `${event.kind} ${event.status}` : event.kind,
      );
    const { callSid } = await create();
    await report(callSid, 'ringing');
    await report(callSid, 'answered');
    await post(`/Calls/${callSid}`, { Status: 'completed' });
    const second = await create();
    await post(`/Calls/${second.callSid}`, { Status: 'canceled' });
    await settled();
    expect(await happened()).toEqual([
      ...['call-progressed queued', 'call-progressed ringing', 'call-progressed answered'],
      ...['call-dialed', 'participant-joined', 'conference-started', 'participant-left', 'call-completed'],
      ...['call-progressed queued', 'call-progressed canceled', 'participant-add-failed'],
    ]);
  });
});

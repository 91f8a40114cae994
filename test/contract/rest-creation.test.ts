/** CONTRACT §7.4, Create: somebody is called into a conference over REST. */
import { describe, expect, it } from 'vitest';
import { noWishes } from '../../src/app/originations/call-wishes.js';
import type { Origination } from '../../src/app/originations/origination.js';
import type { CallSid } from '../../src/base/brands.js';
import { callSidOf } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { prefix, type RestAnswer, type RestWishes, refused, restOf, stranger, theirs } from '../support/rest-script.js';
import { settled } from '../support/virtual-clock.js';

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

  it('records the call itself while it is in, as asked, and tells of it', async () => {
    const { create, orders, answered, get, post, dial, recorders, store, clock } = await calling();
    await dial('B');
    await create({
      ...{ ...parties, Record: 'True', RecordingChannels: 'dual', RecordingTrack: 'both', Trim: 'do-not-trim' },
      ...{ RecordingStatusCallback: 'https://app/recording', RecordingStatusCallbackEvent: 'in-progress' },
    });
    const { callSid } = orders[0] ?? expect.fail('a call is made');
    expect((await get(`/Calls/${callSid}/Recordings`)).body.recordings).toEqual([]);
    await answered(callSid);
    const { body } = await get(`/Calls/${callSid}/Recordings`);
    expect(body.recordings).toMatchObject([
      { call_sid: callSid, status: 'in-progress', source: 'OutboundAPI', channels: '2', trim: 'do-not-trim' },
    ]);
    expect(recorders.opened.size).toBe(1);
    const told = store.callbacks.filter(({ target }) => target.url === 'https://app/recording');
    expect(told.map(({ parameters }) => parameters.get('RecordingStatus'))).toEqual(['in-progress']);
    await clock.advance(3000);
    await post(`/Calls/${callSid}`, { Status: 'completed' });
    await clock.advance(3000);
    expect((await get(`/Calls/${callSid}/Recordings`)).body.recordings[0].status).not.toBe('in-progress');
  });

  it('does not record without Record, and trims unless said', async () => {
    const { create, orders, answered, get } = await calling();
    await create({ ...parties, RecordingTrack: 'inbound', RecordingStatusCallback: 'https://app/recording' });
    await create({ ...parties, Record: 'true', RecordingTrack: 'inbound', RecordingChannels: 'dual' });
    expect(orders.map(({ conference: { recording } }) => recording)).toEqual([
      undefined,
      { channels: 1, track: 'inbound', trim: 'trim-silence', callback: null, source: 'outbound-api' },
    ]);
    for (const { callSid } of orders) await answered(callSid);
    expect((await get('/Recordings')).body.recordings).toHaveLength(1);
  });

  it('hands on what is the platform’s to do, and keeps none of it when that is over', async () => {
    const { create, orders, parley } = await calling();
    await create({
      ...{ ...parties, MachineDetection: 'DetectMessageEnd', MachineDetectionTimeout: '12' },
      ...{ AmdStatusCallback: 'https://app/amd', AmdStatusCallbackMethod: 'GET', SipAuthUsername: 'agent' },
      ...{ SipAuthPassword: 'secret', CallReason: 'your order', CallerDisplayName: 'Shop', Byoc: 'BY1' },
      ...{ CallToken: 'token', ClientNotificationUrl: 'https://app/push' },
    });
    await create({ ...parties, MachineDetectionTimeout: '12', AmdStatusCallback: 'https://app/amd' });
    const [first, second] = orders;
    expect(first?.wishes).toEqual({
      machineDetection: {
        ...{ mode: 'detect-message-end', timeoutSeconds: 12, speechThresholdMs: 2400, speechEndThresholdMs: 1200 },
        ...{ silenceTimeoutMs: 5000, callback: { url: 'https://app/amd', method: 'GET' } },
      },
      ...{ sipAuthUsername: 'agent', sipAuthPassword: 'secret', callReason: 'your order', byoc: 'BY1' },
      ...{ callerDisplayName: 'Shop', callToken: 'token', clientNotificationUrl: 'https://app/push' },
    });
    expect(second?.wishes).toEqual(noWishes);
    const { callSid } = first ?? expect.fail('a call is made');
    await parley.reportOrigination(accountSid, callSid, { kind: 'ended', outcome: 'busy' });
    expect(value(parley.origination(accountSid, callSid)).wishes).toEqual(noWishes);
  });

  it('tells who answered, once the platform has found out', async () => {
    const { create, orders, answered, parley, store, get, post } = await calling({ flavour: 'twilio' });
    const told = { StatusCallback: 'https://app/call', AmdStatusCallback: 'https://app/amd' };
    await create({ ...parties, ...told, MachineDetection: 'Enable' });
    const { callSid } = orders[0] ?? expect.fail('a call is made');
    await answered(callSid);
    expect((await get(`/Calls/${callSid}`)).body.answered_by).toBeNull();
    const found = { kind: 'machine-detected', answeredBy: 'machine_start', durationMs: 2300 } as const;
    value(await parley.reportOrigination(accountSid, callSid, found));
    value(await parley.reportOrigination(accountSid, callSid, { ...found, answeredBy: 'human' }));
    expect((await get(`/Calls/${callSid}`)).body.answered_by).toBe('machine_start');
    await post(`/Calls/${callSid}`, { Status: 'completed' });
    await settled();
    const parameters = (url: string) =>
      store.callbacks.filter(({ target }) => target.url === url).map((each) => Object.fromEntries(each.parameters));
    const sid = `CA${callSid.replaceAll('-', '')}`;
    expect(parameters('https://app/amd')).toEqual([
      { AccountSid: expect.any(String), AnsweredBy: 'machine_start', CallSid: sid, MachineDetectionDuration: '2300' },
    ]);
    expect(parameters('https://app/call')).toMatchObject([{ CallStatus: 'completed', AnsweredBy: 'machine_start' }]);
    expect(await parley.reportOrigination(accountSid, callSid, found)).toMatchObject({
      error: { kind: 'call-completed' },
    });
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
    [{ ...parties, Record: 'always' }, '400 20001', 'Record'],
    [{ ...parties, RecordingChannels: 'stereo' }, '400 13217', 'RecordingChannels'],
    [{ ...parties, RecordingTrack: 'left' }, '400 13217', 'RecordingTrack'],
    [{ ...parties, RecordingStatusCallback: 'x' }, '400 13256', 'RecordingStatusCallback'],
    [{ ...parties, RecordingStatusCallbackMethod: 'PUT' }, '400 13221', 'RecordingStatusCallbackMethod'],
    [{ ...parties, RecordingStatusCallbackEvent: 'begun' }, '400 13621', 'RecordingStatusCallbackEvent'],
    [{ ...parties, Trim: 'false' }, '400 13699', 'Trim'],
    [{ ...parties, MachineDetection: 'true' }, '400 20001', 'MachineDetection'],
    [{ ...parties, MachineDetectionTimeout: '60' }, '400 20001', 'MachineDetectionTimeout'],
    [{ ...parties, MachineDetectionSpeechThreshold: '999' }, '400 20001', 'MachineDetectionSpeechThreshold'],
    [{ ...parties, MachineDetectionSpeechEndThreshold: '499' }, '400 20001', 'MachineDetectionSpeechEndThreshold'],
    [{ ...parties, MachineDetectionSilenceTimeout: '10001' }, '400 20001', 'MachineDetectionSilenceTimeout'],
    [{ ...parties, AmdStatusCallback: 'x' }, '400 11100', 'AmdStatusCallback'],
    [{ ...parties, SipAuthUsername: 'x'.repeat(257) }, '400 20001', 'SipAuthUsername'],
    [{ ...parties, ClientNotificationUrl: 'x' }, '400 11100', 'ClientNotificationUrl'],
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

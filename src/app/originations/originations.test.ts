import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, roomNamed, tellAt } from '../../../test/support/callers.js';
import { anyConference, firstPage } from '../../../test/support/lists.js';
import { accountSid, parleyOf, refusal, value } from '../../../test/support/parley-script.js';
import { settled } from '../../../test/support/virtual-clock.js';
import type { CallSid } from '../../base/brands.js';
import { callProgressTokens } from '../../callbacks/call-progress.js';
import type { MediaOffer, OriginateRequest } from '../application.js';
import { noWishes } from './call-wishes.js';
import { endedMax, pendingPerAccountMax } from './originations.js';
import { type Order, originatorsMax } from './originators.js';

const stranger = accountSidOf('str');
const grpc: MediaOffer = { kind: 'grpc', codec: 'linear16', rateHz: 16_000 };
const statusCallback = { url: 'https://app.example/call', method: 'POST', events: callProgressTokens } as const;

/** A Parley whose calls are made by a service that writes down what it is asked. */
function script() {
  const whole = parleyOf();
  const { parley, request, store } = whole;
  const orders: string[] = [];
  const follow = (name = '', of = accountSid) =>
    value(parley.makeCalls(of, (order) => orders.push(name + said(order))));
  const { conference } = request('A');
  const asked = (wishes: Partial<OriginateRequest> = {}): OriginateRequest => ({
    ...{ accountSid, into: null, conference, from: '+15550100001', to: '+15550100002' },
    ...{ jitterBufferSize: null, callerId: null, earlyMedia: true, timeoutSeconds: 60, statusCallback },
    wishes: noWishes,
    ...wishes,
  });
  const create = async (wishes: Partial<OriginateRequest> = {}) => value(await parley.createParticipant(asked(wishes)));
  const report = (callSid: CallSid, kind: 'ringing' | 'answered' | 'busy') =>
    parley.reportOrigination(
      accountSid,
      callSid,
      kind === 'busy' ? { kind: 'ended', outcome: kind } : kind === 'answered' ? { kind, media: grpc } : { kind },
    );
  const statusOf = (callSid: CallSid) => value(parley.origination(accountSid, callSid)).life.status;
  /** What the application was told of calls, as numbers and statuses. */
  const told = () =>
    store.callbacks.flatMap(({ callSid, parameters }) =>
      callSid === undefined ? [] : [`${parameters.get('SequenceNumber')} ${parameters.get('CallStatus')}`],
    );
  return { ...whole, orders, follow, asked, create, report, statusOf, told };
}

const said = ({ kind, ...order }: Order): string =>
  kind === 'withdraw' && 'outcome' in order ? `${kind} ${order.outcome}` : kind;

describe('a call that is made for a conference', () => {
  it('is queued, rings, is answered, joins and ends, and each step is committed with what is told of it', async () => {
    const { parley, create, report, statusOf, told, follow, orders, store, clock } = script();
    follow();
    const { callSid, conferenceSid } = await create({
      conference: { ...script().asked().conference, label: 'guest', muted: true },
    });
    expect([statusOf(callSid), orders]).toEqual(['queued', ['originate']]);
    expect(store.callbacks).toMatchObject([
      {
        id: `${callSid}-call-0`,
        callSid,
        conferenceSid,
        target: { url: statusCallback.url, method: 'POST' },
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-/),
      },
    ]);
    expect(await report(callSid, 'ringing')).toEqual({ ok: true, value: null });
    expect(await report(callSid, 'ringing')).toEqual({ ok: true, value: null });
    expect(statusOf(callSid)).toBe('ringing');
    const answer = value(await report(callSid, 'answered'));
    expect(answer).toMatchObject({ callSid, conferenceSid, media: { kind: 'grpc' } });
    expect(statusOf(callSid)).toBe('joined');
    const participant = value(await parley.participant(accountSid, conferenceSid, callSid));
    expect(participant).toMatchObject({
      label: 'guest',
      muted: true,
      call: { from: '+15550100001', to: '+15550100002', direction: 'outbound-api' },
    });
    expect(refusal(await report(callSid, 'answered'))).toBe('call-completed');
    await clock.advance(7000);
    await parley.hangUp(accountSid, callSid);
    await settled();
    expect(told()).toEqual(['0 initiated', '1 ringing', '2 in-progress', '3 completed']);
    expect(store.callbacks.findLast(({ callSid: of }) => of === callSid)?.parameters.get('CallDuration')).toBe('7');
    expect(store.originations.map(({ life }) => life.status)).toEqual(['queued', 'ringing', 'answered', 'completed']);
    expect([statusOf(callSid), orders]).toEqual(['completed', ['originate']]);
  });

  it('is told of as the application asked: only the end, or nothing; numbers count what was not told', async () => {
    const { create, report, told, follow } = script();
    follow();
    const only = await create({ statusCallback: { ...statusCallback, events: ['completed'] } });
    const silent = await create({ statusCallback: null });
    for (const { callSid } of [only, silent]) expect((await report(callSid, 'busy')).ok).toBe(true);
    expect(told()).toEqual(['1 busy']);
  });

  it('is over when nobody answers within its time and five seconds, and whoever makes it is told', async () => {
    const { create, report, statusOf, told, follow, orders, clock } = script();
    follow();
    const { callSid } = await create({ timeoutSeconds: 20 });
    await report(callSid, 'ringing');
    await clock.advance(24_900);
    expect(statusOf(callSid)).toBe('ringing');
    await clock.advance(200);
    expect([statusOf(callSid), orders]).toEqual(['no-answer', ['originate', 'withdraw no-answer']]);
    expect(told()).toEqual(['0 initiated', '1 ringing', '2 no-answer']);
    expect(refusal(await report(callSid, 'answered'))).toBe('call-completed');
    await clock.advance(600_000);
    expect(told()).toHaveLength(3);
  });

  it('is taken out of the room when its time limit is over', async () => {
    const { parley, create, report, told, follow, clock, asked } = script();
    follow();
    const { callSid, conferenceSid } = await create({ conference: { ...asked().conference, timeLimitSeconds: 90 } });
    await report(callSid, 'answered');
    await clock.advance(90_100);
    expect(refusal(await parley.participant(accountSid, conferenceSid, callSid))).toBe('participant-unknown');
    expect(told().at(-1)).toBe('2 completed');
  });

  it('fails when its conference does not let it in', async () => {
    const { create, report, statusOf, told, follow, asked } = script();
    follow();
    const { callSid } = await create({ conference: { ...asked().conference, coach: callSidOf('Z') } });
    expect(refusal(await report(callSid, 'answered'))).toBe('coach-target-missing');
    expect([statusOf(callSid), told()]).toEqual(['failed', ['0 initiated', '1 in-progress', '2 failed']]);
  });

  it('fails when its media cannot be taken', async () => {
    const { parley, create, statusOf, follow } = script();
    follow();
    const { callSid } = await create();
    const media = { kind: 'rtp', sdpOffer: 'v=0\r\n' } as const;
    const refused = await parley.reportOrigination(accountSid, callSid, { kind: 'answered', media });
    expect([refusal(refused), statusOf(callSid)]).toEqual(['media-unacceptable', 'failed']);
  });
});

describe('where it is to come into', () => {
  it('is a conference that is live, by its sid, whatever room is named', async () => {
    const { parley, dial, create, report, follow, asked } = script();
    follow();
    const { conferenceSid } = await dial('A');
    const other = { ...asked().conference, room: roomNamed('elsewhere') };
    const made = await create({ into: conferenceSid, conference: other });
    expect(made.conferenceSid).toBe(conferenceSid);
    value(await report(made.callSid, 'answered'));
    expect(value(await parley.conference(accountSid, conferenceSid))).toMatchObject({ phase: 'in-progress' });
  });

  it('is no conference that is over, or that nobody knows, or that belongs to another', async () => {
    const { parley, dial, asked, follow } = script();
    follow();
    const { conferenceSid } = await dial('A');
    const into = async (sid: typeof conferenceSid, of = accountSid) =>
      refusal(await parley.createParticipant(asked({ into: sid, accountSid: of })));
    expect(await into(conferenceSid, stranger)).toBe('conference-unknown');
    expect(await into(conferenceSidOf('no'))).toBe('conference-unknown');
    await parley.endConference(accountSid, conferenceSid);
    expect(await into(conferenceSid)).toBe('conference-completed');
  });

  it('has its sid before anybody is in, also when somebody else is first', async () => {
    const { parley, dial, create, report, follow } = script();
    follow();
    const [first, second] = [await create(), await create()];
    expect(second.conferenceSid).toBe(first.conferenceSid);
    expect(refusal(await parley.conference(accountSid, first.conferenceSid))).toBe('conference-unknown');
    expect((await dial('A')).conferenceSid).toBe(first.conferenceSid);
    expect(value(await report(second.callSid, 'answered'))).toMatchObject({ conferenceSid: first.conferenceSid });
  });

  it('is another conference once those who knew its sid have given up', async () => {
    const { dial, create, report, follow } = script();
    follow();
    const { callSid, conferenceSid } = await create();
    await report(callSid, 'busy');
    expect((await create()).conferenceSid).not.toBe(conferenceSid);
    expect((await dial('A')).conferenceSid).not.toBe(conferenceSid);
  });

  it('ends, and so does the call that was to come in; the next of the room is another', async () => {
    const { parley, dial, create, statusOf, told, follow, orders } = script();
    follow();
    const { conferenceSid } = await dial('A');
    const { callSid } = await create();
    await parley.endConference(accountSid, conferenceSid);
    await settled();
    expect([statusOf(callSid), told().at(-1), orders.at(-1)]).toEqual(['canceled', '1 canceled', 'withdraw canceled']);
    expect((await create()).conferenceSid).not.toBe(conferenceSid);
  });

  it('is not the next one of its room, however close together its end and the answer are', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const { parley, dial, create, report, statusOf, follow } = script();
      follow();
      const { conferenceSid } = await dial('A');
      const { callSid } = await create();
      const answer = report(callSid, 'answered');
      for (let turn = 0; turn < turns; turn += 1) await null;
      await parley.endConference(accountSid, conferenceSid);
      const reply = await answer;
      await settled();
      expect(reply.ok ? reply.value?.conferenceSid : reply.error.kind).toBe(
        reply.ok ? conferenceSid : 'conference-completed',
      );
      expect(statusOf(callSid)).toBe(reply.ok ? 'completed' : 'failed');
      expect((await parley.conferences(accountSid, anyConference, firstPage)).items).toHaveLength(1);
    }
  });

  it('is full when as many are in or called as may be', async () => {
    const { dial, create, report, parley, follow, asked } = script();
    follow();
    const roomRequest = { statusCallback: null, region: null, maxParticipants: 3, eventCallbackUrl: null };
    await dial('A', { roomRequest });
    const { callSid } = await create();
    await create();
    expect(await parley.createParticipant(asked())).toMatchObject({
      error: { kind: 'conference-full', maxParticipants: 3 },
    });
    await report(callSid, 'busy');
    await create();
  });

  it('takes each label once, those who are called included', async () => {
    const { dial, create, parley, follow, asked } = script();
    follow();
    await dial('A', { label: 'host' });
    const labelled = (label: string) => ({ conference: { ...asked().conference, label } });
    await create(labelled('guest'));
    for (const label of ['guest', 'host']) {
      expect(refusal(await parley.createParticipant(asked(labelled(label))))).toBe('label-in-use');
    }
  });
});

describe('whoever makes calls', () => {
  it('must be there; it is said when there is nobody', async () => {
    const { parley, asked, store, follow, metrics } = script();
    follow('', stranger);
    expect(refusal(await parley.createParticipant(asked()))).toBe('originator-missing');
    expect(store.originations).toEqual([]);
    expect(metrics.value('parley_originations_refused_total', { reason: 'no-originator' })).toBe(1);
  });

  it('makes them in turn with others, and what one has not begun goes to another when it goes away', async () => {
    const { create, report, follow, orders } = script();
    const stop = follow('one ');
    follow('two ');
    const [first, , third] = [await create(), await create(), await create()];
    expect(orders.splice(0)).toEqual(['one originate', 'two originate', 'one originate']);
    await report(third.callSid, 'ringing');
    stop();
    stop();
    expect(orders.splice(0)).toEqual(['two originate']);
    await report(first.callSid, 'ringing');
    expect(orders).toEqual([]);
  });

  it('is asked for what waits when it comes back', async () => {
    const { create, follow, orders } = script();
    const stop = follow();
    await create();
    stop();
    expect(orders.splice(0)).toEqual(['originate']);
    follow('again ');
    expect(orders).toEqual(['again originate']);
  });

  it('hears nothing of another account, and cannot speak for it', async () => {
    const { parley, create, follow, orders } = script();
    follow();
    follow('stranger ', stranger);
    const { callSid, conferenceSid } = await create();
    expect(orders).toEqual(['originate']);
    expect(refusal(parley.origination(stranger, callSid))).toBe('call-unknown');
    expect(refusal(await parley.reportOrigination(stranger, callSid, { kind: 'ringing' }))).toBe('call-unknown');
    expect(refusal(await parley.removeParticipant(stranger, conferenceSid, callSid))).toBe('conference-unknown');
    expect(parley.pendingParticipants(stranger, conferenceSid)).toEqual([]);
    expect(parley.pendingParticipants(accountSid, conferenceSid)).toMatchObject([{ callSid }]);
  });

  it('may have so many streams', () => {
    const { parley, follow } = script();
    const stops = Array.from({ length: originatorsMax }, () => follow());
    expect(refusal(parley.makeCalls(accountSid, () => {}))).toBe('queue-full');
    stops[0]?.();
    follow();
  });

  it('is told when a call is taken back, and an answered one is taken out instead', async () => {
    const { parley, create, report, statusOf, follow, orders } = script();
    follow();
    const [waiting, answered] = [await create(), await create()];
    value(await parley.removeParticipant(accountSid, waiting.conferenceSid, waiting.callSid));
    expect([statusOf(waiting.callSid), orders.at(-1)]).toEqual(['canceled', 'withdraw canceled']);
    await report(answered.callSid, 'answered');
    value(await parley.removeParticipant(accountSid, answered.conferenceSid, answered.callSid));
    await settled();
    expect([statusOf(answered.callSid), orders.length]).toEqual(['completed', 3]);
  });
});

describe('bounds and failures', () => {
  it(`lets an account have ${pendingPerAccountMax} calls made at once`, async () => {
    const { parley, create, report, follow, asked } = script();
    follow();
    const room = (index: number) => ({ conference: { ...asked().conference, room: roomNamed(`room ${index % 10}`) } });
    const made = [];
    for (let index = 0; index < pendingPerAccountMax; index += 1) made.push(await create(room(index)));
    expect(refusal(await parley.createParticipant(asked()))).toBe('originations-full');
    await report(made[0]?.callSid ?? callSidOf('?'), 'busy');
    await create();
  });

  it('forgets the calls that ended first when there are too many', async () => {
    const { parley, create, report, follow } = script();
    follow();
    const ended: CallSid[] = [];
    for (let index = 0; index <= endedMax; index += 1) {
      const { callSid } = await create({ statusCallback: null });
      await report(callSid, 'busy');
      ended.push(callSid);
    }
    const [first, second] = ended.map((callSid) => refusal(parley.origination(accountSid, callSid)));
    expect([first, second]).toEqual(['call-unknown', null]);
  });

  it('asks nobody for a call that could not be written, and forgets it', async () => {
    const { parley, asked, store, follow, orders } = script();
    follow();
    store.isFailing = true;
    expect(refusal(await parley.createParticipant(asked()))).toBe('store-unavailable');
    store.isFailing = false;
    expect([orders, store.callbacks]).toEqual([[], []]);
  });

  it('goes on as it was when a report cannot be written, and ends once it can', async () => {
    const { create, report, statusOf, told, store, follow, clock } = script();
    follow();
    const { callSid } = await create({ timeoutSeconds: 5 });
    store.isFailing = true;
    expect(refusal(await report(callSid, 'ringing'))).toBe('store-unavailable');
    expect(refusal(await report(callSid, 'answered'))).toBe('store-unavailable');
    expect(statusOf(callSid)).toBe('queued');
    await clock.advance(15_000);
    expect(statusOf(callSid)).toBe('queued');
    store.isFailing = false;
    await clock.advance(2000);
    expect([statusOf(callSid), told()]).toEqual(['no-answer', ['0 initiated', '1 no-answer']]);
  });

  it('ends before a drain does, and takes nothing new', async () => {
    const { parley, asked, create, report, statusOf, told, follow, clock } = script();
    follow();
    const elsewhere = { conference: { ...asked().conference, room: roomNamed('elsewhere') } };
    const [waiting, answered] = [await create(elsewhere), await create()];
    await report(answered.callSid, 'answered');
    await parley.goDown(0, Promise.resolve());
    expect(refusal(await parley.createParticipant(asked()))).toBe('draining');
    let isOver = false;
    void parley.endAll().then(() => {
      isOver = true;
    });
    await clock.advance(100);
    expect([isOver, statusOf(waiting.callSid), statusOf(answered.callSid)]).toEqual([true, 'canceled', 'completed']);
    expect(told().filter((each) => each.startsWith('0'))).toHaveLength(2);
  });

  it('answers at once are one after the other: one joins, the others are told that it did', async () => {
    const { create, report, follow, told } = script();
    follow();
    const { callSid } = await create();
    const answers = await Promise.all([
      report(callSid, 'answered'),
      report(callSid, 'answered'),
      report(callSid, 'busy'),
    ]);
    expect(answers.map(refusal)).toEqual([null, 'call-completed', 'call-completed']);
    expect(told()).toEqual(['0 initiated', '1 in-progress']);
  });

  it('tells the application of its conference as of any other', async () => {
    const { create, report, follow, store, asked } = script();
    follow();
    const roomRequest = { ...asked().conference.roomRequest, statusCallback: tellAt('https://app.example/conference') };
    const { callSid } = await create({ conference: { ...asked().conference, roomRequest } });
    await report(callSid, 'answered');
    const events = store.callbacks.map(({ parameters }) => parameters.get('StatusCallbackEvent'));
    expect(events.filter((each) => each !== undefined)).toEqual(['participant-join']);
  });
});

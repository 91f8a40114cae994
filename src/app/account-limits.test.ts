/** One account at its limits, another beside it that notices nothing (DESIGN §5.8, §7). */
import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, roomNamed, saysNothing } from '../../test/support/callers.js';
import { freely } from '../../test/support/fake-recordings.js';
import { accountSid, parleyOf, refusal, value } from '../../test/support/parley-script.js';
import { settled } from '../../test/support/virtual-clock.js';
import { type AccountLimits, noLimits } from './account-limits.js';

const other = accountSidOf('other');

/** The account of the script has these limits; they may be changed while it runs. */
function limitedTo(first: Partial<AccountLimits>) {
  const limits = { ...noLimits, ...first };
  const world = parleyOf(1, { afterMs: null, policy: 'none' }, 'signalwire', {}, (of) =>
    of === accountSid ? limits : noLimits,
  );
  const { parley, request, metrics } = world;
  const dialed = (name: string, room = 'one', of = accountSid) => {
    const { conference, ...rest } = request(name);
    return parley.dial({ ...rest, accountSid: of, conference: { ...conference, room: roomNamed(room) } });
  };
  const reached = (limit: 'conferences' | 'calls' | 'recordings' | 'documents' | 'callbacks'): number =>
    metrics.value('parley_account_limits_reached_total', { account: accountSid, limit });
  return { ...world, limits, dialed, reached };
}

describe('an account that may have so many conferences', () => {
  it('has no more at once, while others have theirs; one that ends makes room', async () => {
    const { parley, dialed, reached } = limitedTo({ conferencesMax: 2 });
    const { conferenceSid } = value(await dialed('A', 'one'));
    value(await dialed('B', 'two'));
    expect(await dialed('C', 'three')).toMatchObject({
      ok: false,
      error: { kind: 'account-limit', what: 'conferences', max: 2 },
    });
    expect(reached('conferences')).toBe(1);
    // Those it has are open to more, and other accounts to anything.
    value(await dialed('D', 'one'));
    for (const room of ['one', 'two', 'three']) value(await dialed(`o${room}`, room, other));
    value(await parley.endConference(accountSid, conferenceSid));
    value(await dialed('C', 'three'));
    expect(refusal(await dialed('E', 'one'))).toBe('account-limit');
  });

  it('is given back the place of one that nobody came to', async () => {
    const { dialed, store } = limitedTo({ conferencesMax: 1 });
    store.isFailing = true;
    expect(refusal(await dialed('A', 'one'))).toBe('store-unavailable');
    store.isFailing = false;
    value(await dialed('A', 'two'));
  });
});

describe('an account that may have so many calls', () => {
  it('has no more at once, dials under way included; one that goes makes room', async () => {
    const { parley, dialed, reached, limits } = limitedTo({ callsMax: 2 });
    const all = await Promise.all(['A', 'B', 'C', 'D'].map((name) => dialed(name)));
    expect(all.map((each) => (each.ok ? null : each.error))).toEqual([
      null,
      null,
      { kind: 'account-limit', what: 'calls', max: 2 },
      { kind: 'account-limit', what: 'calls', max: 2 },
    ]);
    expect(reached('calls')).toBe(2);
    for (const name of ['A', 'B', 'C']) value(await dialed(name, 'one', other));
    value(await parley.hangUp(accountSid, callSidOf('A')));
    value(await dialed('C'));
    // A limit that is lower sends nobody away, and lets nobody in.
    Object.assign(limits, { callsMax: 1 });
    expect(refusal(await dialed('D'))).toBe('account-limit');
    value(await parley.hangUp(accountSid, callSidOf('B')));
    expect(refusal(await dialed('D'))).toBe('account-limit');
    value(await parley.hangUp(accountSid, callSidOf('C')));
    value(await dialed('D'));
  });

  it('counts none that was refused, and those that run documents as others', async () => {
    const { parley, dialed, request, documents } = limitedTo({ callsMax: 1 });
    const { call } = request('A');
    const url = 'https://app.test/document';
    const media = { kind: 'grpc', codec: 'linear16', rateHz: 16_000 } as const;
    const run = (name: string) =>
      parley.dialDocument({
        ...{ accountSid, callSid: callSidOf(name), call, media, fallback: null },
        start: { url, method: 'POST' },
      });
    expect(refusal(await run('A'))).toBe('document-unavailable');
    documents.answer(url, '<Dial><Conference>one</Conference></Dial>');
    value(await run('A'));
    expect(refusal(await run('B'))).toBe('account-limit');
    expect(refusal(await dialed('B'))).toBe('account-limit');
  });
});

describe('an account that may have so many recordings', () => {
  it('has no more that run at once; one that was stopped makes room', async () => {
    const runningMax = 1;
    const world = parleyOf(1, { afterMs: null, policy: 'none' }, 'signalwire', {
      policyOf: (of) => (of === accountSid ? { ...freely, runningMax } : freely),
    });
    const { parley, request, metrics, recorders } = world;
    const started = async (room: string, of = accountSid, recording: boolean | null = null) => {
      const { conference, ...rest } = request('x');
      const wishes = { record: recording, trim: null, callback: null };
      const roomRequest = { ...saysNothing, recording: wishes };
      const dial = (name: string) =>
        parley.dial({
          ...{ ...rest, accountSid: of, callSid: callSidOf(`${name}${room}`) },
          conference: { ...conference, room: roomNamed(room), roomRequest },
        });
      value(await dial('A'));
      return value(await dial('B')).conferenceSid;
    };
    const [first, second] = [await started('one'), await started('two')];
    const { sid } = value(await parley.startRecording(accountSid, first, {}));
    const limit = { kind: 'account-limit', what: 'recordings', max: 1 };
    expect(await parley.startRecording(accountSid, second, {})).toEqual({ ok: false, error: limit });
    value(await parley.startRecording(other, await started('one', other), {}));
    // One that begins by itself fails, and the conference goes on.
    const third = await started('three', accountSid, true);
    const all = { conferenceSid: third, callSid: null, status: null, createdFromMs: null, createdUntilMs: null };
    const { recordings } = await parley.recordings(accountSid, all, { before: null, skip: 0, limit: 10 });
    expect(recordings.map(({ life }) => life.status)).toEqual(['failed']);
    expect(metrics.value('parley_account_limits_reached_total', { account: accountSid, limit: 'recordings' })).toBe(2);
    value(await parley.updateRecording(accountSid, sid, { kind: 'stop' }));
    recorders.over(sid);
    await settled();
    value(await parley.startRecording(accountSid, second, {}));
  });
});

describe('an account that may have so many documents a second', () => {
  it('has no more asked for, while others have theirs', async () => {
    const { parley, request, documents, clock, reached } = limitedTo({ documents: { perSecond: 1, burst: 2 } });
    const { call } = request('A');
    const url = 'https://app.test/document';
    documents.answer(url, '<Pause length="60"/>');
    const media = { kind: 'grpc', codec: 'linear16', rateHz: 16_000 } as const;
    const run = (name: string, of = accountSid) =>
      parley.dialDocument({
        ...{ accountSid: of, callSid: callSidOf(name), call, media, fallback: null },
        start: { url, method: 'POST' },
      });
    value(await run('A'));
    value(await run('B'));
    expect(await run('C')).toMatchObject({ error: { kind: 'document-unavailable', code: 20_429 } });
    expect([documents.asked.length, reached('documents')]).toEqual([2, 1]);
    for (const name of ['A', 'B', 'C']) value(await run(name, other));
    await clock.advance(1000);
    value(await run('C'));
  });
});

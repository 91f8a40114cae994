import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf, saysNothing } from '../../../test/support/callers.js';
import { captureOf, freely, recordingsOf } from '../../../test/support/fake-recordings.js';
import { accountSid, parleyOf, refusal, value } from '../../../test/support/parley-script.js';
import { countingRandom, recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { settled, VirtualClock } from '../../../test/support/virtual-clock.js';
import type { RecordingSid } from '../../base/brands.js';
import type { FlavourName } from '../../base/flavour.js';
import type { RoomRequest } from '../../conference/state.js';
import type { ShardId } from '../../media/engine-port.js';
import { ratesWithinMs } from '../conferences/rates-in-turn.js';
import type { RecordingDeskParts } from './recording-desk.js';
import { Retention } from './retention.js';
import { SpaceGuard } from './space-guard.js';

const app = 'https://app.example';
const callback = { url: `${app}/recording`, method: 'POST', events: null } as const;
const everything = { conferenceSid: null, callSid: null, status: null, createdFromMs: null, createdUntilMs: null };
const allOf = { before: null, skip: 0, limit: 100 };
const never = { afterMs: null, policy: 'none' } as const;

function script(recording: Partial<RecordingDeskParts> = {}, flavour: FlavourName = 'signalwire') {
  const world = parleyOf(1, never, flavour, recording);
  const { parley, dial, recorders } = world;
  /** Two are in, and it has started. */
  const started = async (roomRequest: Partial<RoomRequest> = {}) => {
    await dial('A', { roomRequest: { ...saysNothing, ...roomRequest } });
    return (await dial('B')).conferenceSid;
  };
  const start = async (conferenceSid: Parameters<typeof parley.startRecording>[1]) =>
    parley.startRecording(accountSid, conferenceSid, {});
  const stop = (sid: RecordingSid) => parley.updateRecording(accountSid, sid, { kind: 'stop' });
  /** Stopped, and all of it on the disk. */
  const finish = async (sid: RecordingSid): Promise<void> => {
    value(await stop(sid));
    recorders.over(sid);
    await settled();
    await settled();
  };
  const list = async () => (await parley.recordings(accountSid, everything, allOf)).recordings;
  return { ...world, started, start, stop, finish, list };
}

describe('recordings', () => {
  it('are at the rate that a room would have if its shard did not save', async () => {
    const { parley, clock, engine, recorders, request, start } = script();
    const dialAt = async (name: string, rateHz: 8000 | 48_000) =>
      value(await parley.dial({ ...request(name), media: { kind: 'grpc', codec: 'linear16', rateHz } }));
    const { conferenceSid } = await dialAt('A', 48_000);
    await dialAt('B', 48_000);
    for (const name of ['C', 'D', 'E', 'F', 'G', 'H', 'I', 'J']) await dialAt(name, 8000);
    parley.rateSaving.save(0 as ShardId, true);
    await clock.advance(ratesWithinMs);
    const { sid } = value(await start(conferenceSid));
    expect([engine.roomRates(), recorders.opened.get(sid)?.rateHz]).toEqual([[16_000], 48_000]);
  });

  it('are made one after another, not beside each other, and only of what is in progress', async () => {
    const { parley, dial, started, start, finish, list } = script();
    const { conferenceSid: waiting } = await dial('Z', { startConferenceOnEnter: false });
    expect(refusal(await start(waiting))).toBe('conference-not-started');
    value(await parley.endConference(accountSid, waiting));
    expect(refusal(await start(waiting))).toBe('conference-completed');
    expect(refusal(await start(conferenceSidOf('none')))).toBe('conference-unknown');
    const conferenceSid = await started();
    const first = value(await start(conferenceSid));
    expect(refusal(await start(conferenceSid))).toBe('recording-state');
    await finish(first.sid);
    const second = value(await start(conferenceSid));
    expect((await list()).map(({ sid, life }) => [sid, life.status])).toEqual([
      [second.sid, 'in-progress'],
      [first.sid, 'completed'],
    ]);
    const current = await parley.recording(accountSid, { currentOf: conferenceSid });
    expect(value(current).sid).toBe(second.sid);
  });

  it('of another account are not there, whatever is asked of them', async () => {
    const { parley, started, start, finish } = script();
    const conferenceSid = await started();
    const { sid } = value(await start(conferenceSid));
    const other = accountSidOf('other');
    const asked = async () => [
      refusal(await parley.recording(other, sid)),
      refusal(await parley.recording(other, { currentOf: conferenceSid })),
      refusal(await parley.updateRecording(other, sid, { kind: 'stop' })),
      refusal(await parley.deleteRecording(other, sid)),
      refusal(await parley.openRecording(other, sid, 'wav')),
    ];
    expect(new Set(await asked())).toEqual(new Set(['recording-unknown']));
    await finish(sid);
    expect(new Set(await asked())).toEqual(new Set(['recording-unknown']));
    expect((await parley.recordings(other, everything, allOf)).recordings).toEqual([]);
    expect(refusal(await parley.startRecording(other, conferenceSid, {}))).toBe('conference-unknown');
    expect(value(await parley.openRecording(accountSid, sid, 'wav')).bytes).toBe(150);
  });

  it('are listed in pages, newest first, by what is said of them', async () => {
    const { parley, started, start, finish } = script();
    const conferenceSid = await started();
    const sids: RecordingSid[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { sid } = value(await start(conferenceSid));
      sids.unshift(sid);
      await finish(sid);
    }
    const first = await parley.recordings(accountSid, everything, { ...allOf, limit: 2 });
    const rest = await parley.recordings(accountSid, everything, { before: first.next, skip: 0, limit: 3 });
    expect([...first.recordings, ...rest.recordings].map(({ sid }) => sid)).toEqual(sids);
    expect(rest.next).toBeNull();
    const skipped = await parley.recordings(accountSid, everything, { before: null, skip: 4, limit: 9 });
    expect(skipped.recordings.map(({ sid }) => sid)).toEqual(sids.slice(4));
    const none = { ...everything, status: 'failed' } as const;
    expect((await parley.recordings(accountSid, none, allOf)).recordings).toEqual([]);
  });

  it('are deleted with their files once they are over', async () => {
    const { parley, started, start, finish, files, store } = script();
    const { sid } = value(await start(await started()));
    expect(refusal(await parley.deleteRecording(accountSid, sid))).toBe('recording-state');
    await finish(sid);
    value(await parley.deleteRecording(accountSid, sid));
    expect(files.deleted).toEqual([sid]);
    for (const asked of [parley.recording(accountSid, sid), parley.deleteRecording(accountSid, sid)]) {
      expect(refusal(await asked)).toBe('recording-unknown');
    }
    const { entries } = await store.journal(accountSid, 0n, 100);
    expect(entries.at(-1)?.event).toMatchObject({ kind: 'recording-deleted', recordingSid: sid });
  });

  it('are made in another format once, when somebody first asks for it', async () => {
    const { parley, started, start, finish, files } = script();
    const { sid } = value(await start(await started()));
    await finish(sid);
    const both = await Promise.all([1, 2].map(() => parley.openRecording(accountSid, sid, 'mp3')));
    expect(both.map((each) => value(each).part)).toEqual(['mp3', 'mp3']);
    value(await parley.openRecording(accountSid, sid, 'mp3'));
    expect(files.converted).toBe(1);
    const { life } = value(await parley.recording(accountSid, sid));
    expect(life).toMatchObject({ media: { files: [{ part: 'wav' }, { part: 'mp3' }] } });
  });

  it('cannot be had while their store is away, kept or to be made', async () => {
    const { parley, started, start, finish, files } = script();
    const { sid } = value(await start(await started()));
    await finish(sid);
    files.isAway = true;
    expect(refusal(await parley.openRecording(accountSid, sid, 'wav'))).toBe('recording-files-away');
    expect(refusal(await parley.openRecording(accountSid, sid, 'mp3'))).toBe('recording-files-away');
    files.isAway = false;
    value(await parley.openRecording(accountSid, sid, 'mp3'));
  });

  it('are linked to for a while, of the account they are of, unless they are over without a file', async () => {
    const { parley, clock, started, start, finish, files } = script();
    const { sid, url } = value(await start(await started()));
    const expires = Math.floor(clock.now() / 1000) + 600;
    const link = { url: `${url}.mp3?expires=${expires}&signature=mp3-${expires}`, expiresAtMs: expires * 1000 };
    expect(value(await parley.linkRecording(accountSid, sid, 'mp3', 600))).toEqual(link);
    expect(value(await parley.linkRecording(accountSid, sid, 'peaks', 600)).url).toContain('.peaks.json?expires=');
    const other = accountSidOf('other');
    expect(refusal(await parley.linkRecording(other, sid, 'mp3', 600))).toBe('recording-unknown');
    files.outcome = { kind: 'absent', errorCode: 16_102 };
    await finish(sid);
    expect(refusal(await parley.linkRecording(accountSid, sid, 'mp3', 600))).toBe('recording-without-file');
  });

  it('are not made of an account that may not', async () => {
    const forbidden = { policyOf: () => ({ ...freely, isForbidden: true }) };
    const { parley, request, started, start, list, store } = script(forbidden);
    const recording = { record: true, trim: null, callback };
    const reply = value(
      await parley.dial({
        ...request('C'),
        conference: { ...request('C').conference, roomRequest: { ...saysNothing, recording } },
      }),
    );
    expect(reply.warnings.map(({ code }) => code)).toEqual([13_217]);
    expect(refusal(await start(await started({ recording })))).toBe('recording-forbidden');
    expect(await list()).toEqual([]);
    expect(store.callbacks).toEqual([]);
  });

  it.each([
    ['the disk is nearly full', { hasSpace: () => false }, 'recording-no-space', 2],
    ['the engine has no recorder left', {}, 'recordings-full', 2],
    ['their account has enough', { policyOf: () => ({ ...freely, runningMax: 0 }) }, 'account-limit', 0],
  ] as const)('that cannot begin because %s are refused, or told as failed', async (_, world, kind, ours) => {
    const { started, start, list, store, recorders, metrics } = script(world);
    recorders.refusal = { kind: 'recorders-full', what: 'recorders' };
    const recording = {
      record: true,
      trim: null,
      callback: { ...callback, events: ['in-progress', 'failed'] as const },
    };
    const conferenceSid = await started({ recording });
    expect((await list()).map(({ life }) => life.status)).toEqual(['failed']);
    expect(store.callbacks.map(({ parameters }) => parameters.get('RecordingStatus'))).toEqual(['failed']);
    expect(refusal(await start(conferenceSid))).toBe(kind);
    const counted = metrics.value('parley_recordings_refused_total', {});
    const limited = metrics.value('parley_account_limits_reached_total', { account: accountSid, limit: 'recordings' });
    expect([counted, limited]).toEqual([ours, 2 - ours]);
  });

  it('give their recorder back when the commit fails, and have never been', async () => {
    const { parley, started, start, list, store, recorders } = script();
    const conferenceSid = await started();
    store.isFailing = true;
    expect(refusal(await start(conferenceSid))).toBe('store-unavailable');
    expect([recorders.opened.size, recorders.released.length]).toEqual([0, 1]);
    store.isFailing = false;
    expect(await list()).toEqual([]);
    expect(refusal(await parley.recording(accountSid, { currentOf: conferenceSid }))).toBe('recording-unknown');
  });

  it('wait for the place where they are kept, and are told once', async () => {
    const { started, start, stop, recorders, files, store, clock, list } = script();
    const { sid } = value(await start(await started({ recording: { record: null, trim: null, callback } })));
    value(await stop(sid));
    files.outcome = { kind: 'unavailable', why: 'it is away' };
    recorders.over(sid);
    await clock.advance(10_000);
    expect((await list()).map(({ life }) => life.status)).toEqual(['processing']);
    expect([store.callbacks.length, recorders.discarded]).toEqual([0, []]);
    files.outcome = null;
    await clock.advance(60_000);
    expect((await list()).map(({ life }) => life.status)).toEqual(['completed']);
    expect(store.callbacks.map(({ parameters }) => parameters.get('RecordingStatus'))).toEqual(['completed']);
    expect(recorders.discarded).toEqual([sid]);
  });
});

describe('the end of a recorded conference', () => {
  const wishes = { eventCallbackUrl: `${app}/end`, recording: { record: true, trim: null, callback: null } };
  const toldAt = ({ store }: ReturnType<typeof script>): readonly Readonly<Record<string, string>>[] =>
    store.callbacks.flatMap(({ target, parameters }) =>
      target.url === wishes.eventCallbackUrl ? [Object.fromEntries(parameters)] : [],
    );

  it.each(['signalwire', 'twilio'] as const)('is told with its file, once that is there (%s)', async (flavour) => {
    const world = script({}, flavour);
    const { parley, started, recorders, list } = world;
    value(await parley.endConference(accountSid, await started(wishes)));
    await settled();
    expect(toldAt(world)).toEqual([]);
    const [recording] = await list();
    if (recording === undefined) return expect.fail('there is one');
    recorders.over(recording.sid);
    await settled();
    await settled();
    expect(toldAt(world)).toEqual([
      expect.objectContaining({
        EventName: 'conference-record-end',
        RecordingUrl: recording.url,
        RecordingFileSize: '150',
        ReasonConferenceEnded: 'conference-ended-via-api',
        Duration: '0',
      }),
    ]);
  });

  it('is told without one when there was nothing to keep, and of Twilio not at all', async () => {
    for (const [flavour, told] of [
      ['signalwire', ['conference-end']],
      ['twilio', []],
    ] as const) {
      const world = script({}, flavour);
      const { parley, started, recorders, list, files } = world;
      files.outcome = { kind: 'absent', errorCode: 16_101 };
      value(await parley.endConference(accountSid, await started(wishes)));
      const [recording] = await list();
      recorders.over(recording?.sid ?? expect.fail('there is one'));
      await settled();
      await settled();
      expect(toldAt(world).map(({ EventName }) => EventName)).toEqual(told);
      expect(toldAt(world).some((parameters) => 'RecordingUrl' in parameters)).toBe(false);
    }
  });

  it('names the file to come in the status callback', async () => {
    const { parley, started, store, list } = script();
    const statusCallback = { url: `${app}/status`, method: 'POST', events: ['end'] } as const;
    value(await parley.endConference(accountSid, await started({ ...wishes, statusCallback })));
    const [recording] = await list();
    const end = store.callbacks.find(({ target }) => target.url === statusCallback.url);
    expect(Object.fromEntries(end?.parameters ?? [])).toMatchObject({ RecordingUrl: recording?.url });
    expect(end?.parameters.has('RecordingFileSize')).toBe(false);
  });
});

describe('after a crash', () => {
  /** A conference that was recorded when the process ended, as the store has it. */
  async function left() {
    const first = script();
    await first.started({ recording: { record: true, trim: null, callback } });
    const [recording] = await first.list();
    if (recording === undefined) return expect.fail('there is one');
    const { store, engine } = first;
    const world = {
      engine,
      store,
      clock: new VirtualClock(),
      random: countingRandom(),
      metrics: recordingMetrics(),
      logger: recordingLogger(),
    };
    return { ...recordingsOf(world), store, recording };
  }

  it('what is on the disk is finished and told', async () => {
    const { desk, recorders, store, recording } = await left();
    await desk.resume([captureOf(recording.sid)]);
    await settled();
    await settled();
    expect((await store.recording(accountSid, recording.sid))?.life.status).toBe('completed');
    expect(store.callbacks.map(({ parameters }) => parameters.get('RecordingStatus'))).toEqual(['completed']);
    expect(recorders.discarded).toEqual([recording.sid]);
  });

  it('what left nothing has failed', async () => {
    const { desk, store, recording } = await left();
    await desk.resume([]);
    expect((await store.recording(accountSid, recording.sid))?.life).toMatchObject({ status: 'failed' });
    expect(store.callbacks.map(({ parameters }) => parameters.get('RecordingStatus'))).toEqual(['failed']);
  });

  it('what is finished already, or was deleted, is not made again', async () => {
    const { desk, recorders, recording, files } = await left();
    const gone = captureOf('00000000-0000-4000-8000-00000000000f' as RecordingSid);
    await desk.resume([gone, captureOf(recording.sid)]);
    await settled();
    await settled();
    expect([...recorders.discarded].sort()).toEqual([gone.recording, recording.sid].sort());
    expect([...files.kept.keys()]).toEqual([recording.sid]);
  });
});

describe('Retention', () => {
  async function aged() {
    const world = script();
    const { started, start, finish, clock, store, desk } = world;
    const conferenceSid = await started();
    const sids: RecordingSid[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { sid } = value(await start(conferenceSid));
      sids.push(sid);
      await finish(sid);
      await clock.advance(3_600_000);
    }
    const retention = (ageMsMax: number | null, bytesMax: number | null) =>
      new Retention({ store, desk, ageMsMax, bytesMax, clock, logger: recordingLogger() });
    const kept = async () => (await world.list()).map(({ sid }) => sids.indexOf(sid)).sort();
    return { ...world, retention, kept };
  }

  it('deletes what is too old, and what is more than an account may keep, with the files', async () => {
    const { retention, kept, files, metrics } = await aged();
    await retention(null, null).start();
    expect(await kept()).toEqual([0, 1, 2]);
    const byAge = retention(2.5 * 3_600_000, null);
    await byAge.start();
    byAge.stop();
    expect(await kept()).toEqual([1, 2]);
    const bySize = retention(null, 150);
    await bySize.start();
    bySize.stop();
    expect(await kept()).toEqual([2]);
    expect(files.deleted).toHaveLength(2);
    expect(metrics.value('parley_recordings_deleted_total', { because: 'retention' })).toBe(2);
  });

  it('goes on looking', async () => {
    const { retention, kept, clock } = await aged();
    const byAge = retention(4 * 3_600_000, null);
    await byAge.start();
    expect(await kept()).toEqual([0, 1, 2]);
    await clock.advance(3_700_000);
    expect(await kept()).toEqual([1, 2]);
    byAge.stop();
  });
});

it('SpaceGuard lets nobody record before the disk is full, and anybody when nobody knows', async () => {
  const { clock, recorders, metrics } = script();
  const guard = new SpaceGuard({ recorders, freeBytesMin: 1000, clock, metrics, logger: recordingLogger() });
  recorders.free = 999;
  await guard.start();
  expect(guard.hasSpace()).toBe(false);
  recorders.free = 1000;
  await clock.advance(5000);
  expect(guard.hasSpace()).toBe(true);
  recorders.free = 1;
  await clock.advance(5000);
  expect(guard.hasSpace()).toBe(false);
  recorders.free = null;
  await clock.advance(5000);
  expect(guard.hasSpace()).toBe(true);
  guard.stop();
});

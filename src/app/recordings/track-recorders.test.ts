import { describe, expect, it } from 'vitest';
import { callSidOf, conferenceSidOf, nameOf, saysNothing } from '../../../test/support/callers.js';
import { captureOf, freely, recordingsOf } from '../../../test/support/fake-recordings.js';
import { accountSid, parleyOf, refusal, value } from '../../../test/support/parley-script.js';
import { countingRandom, recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { settled, VirtualClock } from '../../../test/support/virtual-clock.js';
import type { RecordingSid } from '../../base/brands.js';
import { memoText, trackOfMemo } from './capture-memo.js';
import type { RecordingDeskParts } from './recording-desk.js';
import { tracksMax } from './track-recorders.js';

const never = { afterMs: null, policy: 'none' } as const;
const fromStart = { roomRequest: { ...saysNothing, recording: { record: true, trim: null, callback: null } } };

function script(recording: Partial<RecordingDeskParts> = {}) {
  const world = parleyOf(1, never, 'signalwire', recording);
  const { parley, dial, recorders, engine } = world;
  const started = async (wishes: Parameters<typeof dial>[1] = {}) => {
    await dial('A', { label: 'Ana', ...wishes });
    return (await dial('B')).conferenceSid;
  };
  const start = async (conferenceSid: Parameters<typeof parley.startRecording>[1]) =>
    value(await parley.startRecording(accountSid, conferenceSid, { hasTracks: true }));
  const change = async (sid: RecordingSid, kind: 'pause' | 'stop') =>
    value(await parley.updateRecording(accountSid, sid, kind === 'stop' ? { kind } : { kind, behavior: 'skip' }));
  /** By caller, in what mode it is taken down; `*`: the room. */
  const taken = () =>
    [...engine.recording().values()]
      .map(({ source, mode }) => `${source.kind === 'mix' ? '*' : source.kind} ${mode}`)
      .sort();
  /** Tracks that were opened, by caller. */
  const tracks = () =>
    [...recorders.opened.values()].flatMap(({ recording: sid, memo }) => {
      const track = trackOfMemo(memo);
      return track === null ? [] : [{ sid, name: nameOf(track.callSid), ...track }];
    });
  const finished = async (): Promise<void> => {
    await settled();
    await settled();
  };
  return { ...world, started, start, change, taken, tracks, finished };
}

describe('a recording with tracks', () => {
  it('takes down each who is in, comes or comes back, in the batches of the room, and in its mode', async () => {
    const { parley, dial, started, start, change, taken, tracks } = script();
    const conferenceSid = await started();
    const { sid } = await start(conferenceSid);
    expect(taken()).toEqual(['* recording', 'inbound recording', 'inbound recording']);
    await dial('C');
    await change(sid, 'pause');
    expect(taken()).toEqual(['* skipping', ...Array(3).fill('inbound skipping')]);
    value(await parley.removeParticipant(accountSid, conferenceSid, callSidOf('B')));
    expect(taken()).toHaveLength(3);
    expect(tracks().map(({ name, of, order, label }) => [name, of, order, label])).toEqual([
      ['A', sid, 0, 'Ana'],
      ['B', sid, 1, null],
      ['C', sid, 2, null],
    ]);
    await change(sid, 'stop');
    expect(taken()).toEqual([]);
    await dial('D');
    expect(tracks()).toHaveLength(3);
  });

  it('is finished once the room and every track of it are on the disk, whichever is last', async () => {
    const { started, start, change, tracks, recorders, files, finished, parley } = script();
    const { sid } = await start(await started());
    const [ana, ben] = tracks();
    if (ana === undefined || ben === undefined) return expect.fail('each has a track');
    recorders.over(ben.sid);
    await change(sid, 'stop');
    recorders.over(sid);
    await finished();
    expect(files.finished).toEqual([]);
    recorders.over(ana.sid);
    await finished();
    expect(files.finished.map(({ mix, tracks: each }) => [mix.recording, each.map(({ order }) => order)])).toEqual([
      [sid, [1, 0]],
    ]);
    expect(value(await parley.recording(accountSid, sid)).life.status).toBe('completed');
    expect([...recorders.discarded].sort()).toEqual([sid, ana.sid, ben.sid].sort());
  });

  it('notes who is in when it begins, and what becomes of them', async () => {
    const { parley, dial, started, start, change, recorders } = script();
    const conferenceSid = await started({ muted: true });
    const { sid } = await start(conferenceSid);
    const [ana, ben] = [callSidOf('A'), callSidOf('B')];
    const roster = [
      { what: 'join', who: ana, label: 'Ana' },
      { what: 'mute', who: ana },
      { what: 'join', who: ben },
    ];
    expect(recorders.notes.get(sid)).toEqual(roster);
    value(await parley.updateParticipant(accountSid, conferenceSid, ana, { muted: false }));
    await dial('C', { coach: ben });
    value(await parley.removeParticipant(accountSid, conferenceSid, ben));
    await change(sid, 'stop');
    value(await parley.updateParticipant(accountSid, conferenceSid, ana, { muted: true }));
    const after = recorders.notes.get(sid)?.slice(roster.length);
    expect(after?.slice(0, 4)).toEqual([
      { what: 'unmute', who: ana },
      { what: 'join', who: callSidOf('C') },
      { what: 'coach', who: callSidOf('C') },
      { what: 'leave', who: ben },
    ]);
    expect(after?.filter(({ what }) => what === 'mute')).toEqual([]);
  });

  it('begins with the conference where the account says so, and notes who goes with its end', async () => {
    const { parley, started, taken, recorders, tracks } = script({ policyOf: () => ({ ...freely, hasTracks: true }) });
    const conferenceSid = await started(fromStart);
    expect(taken()).toEqual(['* recording', 'inbound recording', 'inbound recording']);
    const [{ of: sid } = expect.fail('there is a track')] = tracks();
    expect(recorders.notes.get(sid)?.map(({ what }) => what)).toEqual(['join', 'join']);
    value(await parley.endConference(accountSid, conferenceSid));
    expect(recorders.notes.get(sid)?.map(({ what }) => what)).toEqual(['join', 'join', 'leave', 'leave']);
  });

  it('has none unless it is said, and none that the engine has no recorder for', async () => {
    const plain = script();
    await plain.started(fromStart);
    expect(plain.taken()).toEqual(['* recording']);
    const { started, start, taken, recorders, dial, metrics } = script();
    await start(await started());
    recorders.refusal = { kind: 'recorders-full', what: 'recorders' };
    await dial('C');
    expect(taken()).toHaveLength(3);
    expect(metrics.value('parley_recording_tracks_refused_total', { lack: 'recorders' })).toBe(1);
  });

  it('has no more than it may', async () => {
    const { parley, dial, started, start, tracks, metrics } = script();
    const conferenceSid = await started();
    await start(conferenceSid);
    for (let count = 2; count <= tracksMax; count += 1) {
      await dial('C');
      value(await parley.removeParticipant(accountSid, conferenceSid, callSidOf('C')));
    }
    expect(tracks()).toHaveLength(tracksMax);
    expect(metrics.value('parley_recording_tracks_refused_total', { lack: 'places' })).toBe(1);
  });

  it('gives tracks back when the commit fails', async () => {
    const { parley, request, started, start, store, recorders, tracks, change, finished, files } = script();
    const { sid } = await start(await started());
    store.isFailing = true;
    expect(refusal(await parley.dial(request('C')))).toBe('store-unavailable');
    expect(recorders.released).toHaveLength(1);
    store.isFailing = false;
    await change(sid, 'stop');
    for (const { sid: track } of tracks()) recorders.over(track);
    recorders.over(sid);
    await finished();
    expect(files.finished).toHaveLength(1);
  });

  it('is finished after a crash with the tracks that are on the disk, and those of nothing are discarded', async () => {
    const first = script();
    const { sid } = await first.start(await first.started());
    const { store, engine } = first;
    const { desk, recorders, files } = recordingsOf({
      ...{ engine, store, clock: new VirtualClock(), random: countingRandom() },
      ...{ metrics: recordingMetrics(), logger: recordingLogger() },
    });
    const left = first.tracks().map(({ sid: track, ...memo }) => {
      const { of, order, callSid, label } = memo;
      const conferenceSid = conferenceSidOf('x');
      return {
        ...captureOf(track),
        memo: memoText({ accountSid, conferenceSid, track: { of, order, callSid, label } }),
      };
    });
    const stray = { ...captureOf('00000000-0000-4000-8000-00000000000f' as RecordingSid), memo: left[0]?.memo ?? '' };
    const orphan = { ...stray, memo: stray.memo.replace(sid, '00000000-0000-4000-8000-00000000000e') };
    await desk.resume([...left, captureOf(sid), orphan]);
    await first.finished();
    expect(files.finished.map(({ mix, tracks }) => [mix.recording, tracks.length])).toEqual([[sid, 2]]);
    expect(recorders.discarded).toHaveLength(4);
  });
});

describe('trackOfMemo', () => {
  it('is total', () => {
    const track = { of: conferenceSidOf('r') as string as RecordingSid, order: 3, callSid: callSidOf('A'), label: 'x' };
    const memo = { accountSid, conferenceSid: conferenceSidOf('c') };
    expect(trackOfMemo(memoText({ ...memo, track }))).toEqual(track);
    const others = ['', 'null', '7', '{"track":null}', '{"track":{"of":"x"}}', '{"track":[]}', memoText(memo)];
    for (const text of others) expect([text, trackOfMemo(text)]).toEqual([text, null]);
  });
});

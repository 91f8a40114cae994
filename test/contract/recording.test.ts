/** CONTRACT §4 and §8.9, cases 55 to 61, from what is asked to what the application is told; the engine is a double. */
import { describe, expect, it } from 'vitest';
import type { ConferenceSid, RecordingSid } from '../../src/base/brands.js';
import type { RoomRecording } from '../../src/conference/state.js';
import type { Recording } from '../../src/recordings/recording.js';
import { callSidOf, saysNothing } from '../support/callers.js';
import { app, conference, documentScript, settled } from '../support/document-script.js';
import { publicUrl } from '../support/fake-recordings.js';
import { accountSid, parleyOf, refusal, value } from '../support/parley-script.js';

const callback = { url: `${app}/recording`, method: 'POST', events: null } as const;
const recorded: RoomRecording = { record: true, trim: null, callback };
const all = ['in-progress', 'completed', 'failed', 'absent'] as const;
const asking = (recording: RoomRecording) => ({ roomRequest: { ...saysNothing, recording } });
const everything = { conferenceSid: null, callSid: null, status: null, createdFromMs: null, createdUntilMs: null };

function recordingScript(...world: Parameters<typeof parleyOf>) {
  const script = parleyOf(...world);
  const { parley, store, recorders } = script;
  const list = async (): Promise<readonly Recording[]> =>
    (await parley.recordings(accountSid, everything, { before: null, skip: 0, limit: 100 })).recordings;
  const only = async (): Promise<Recording> => {
    const recordings = await list();
    expect(recordings).toHaveLength(1);
    return recordings[0] ?? expect.fail('there is one');
  };
  const told = (): readonly string[] =>
    store.callbacks.flatMap(({ recordingSid, parameters }) =>
      recordingSid === undefined ? [] : [parameters.get('RecordingStatus') ?? '?'],
    );
  const change = async (
    sid: RecordingSid,
    kind: 'pause' | 'resume' | 'stop',
    behavior: 'silence' | 'skip' = 'silence',
  ) => parley.updateRecording(accountSid, sid, kind === 'pause' ? { kind, behavior } : { kind });
  const over = async (sid: RecordingSid, capture: Parameters<typeof recorders.over>[1] = {}): Promise<void> => {
    recorders.over(sid, capture);
    await settled();
  };
  return { ...script, list, only, told, change, over };
}

const leaveAll = async (parley: ReturnType<typeof parleyOf>['parley'], sid: ConferenceSid): Promise<void> => {
  value(await parley.endConference(accountSid, sid));
  await settled();
};

describe('recording', () => {
  it.each([
    ['the first leg', [recorded, null]],
    ['the second leg only', [null, recorded]],
    ['both', [recorded, { ...recorded, callback: { ...callback, url: `${app}/other` } }]],
  ] as const)('case 55: record on %s → one recording, told where the first who says so wants it', async (_, wishes) => {
    const { dial, only } = recordingScript();
    for (const [index, wish] of wishes.entries()) await dial('AB'[index] ?? '', wish === null ? {} : asking(wish));
    expect(await only()).toMatchObject({
      source: 'conference',
      subject: { kind: 'conference' },
      trim: 'trim-silence',
      callback,
      life: { status: 'in-progress' },
    });
  });

  it('case 55: a leg that comes after the start and is the first to say so begins it then', async () => {
    const { dial, list, only, clock } = recordingScript();
    await dial('A');
    await dial('B');
    expect(await list()).toEqual([]);
    await clock.advance(5000);
    await dial('C', asking(recorded));
    expect((await only()).createdAtMs).toBe(clock.now());
  });

  it('case 55: whoever said before that it is not to be recorded is heard', async () => {
    const { dial, list } = recordingScript();
    await dial('A', asking({ ...recorded, record: false }));
    await dial('B', asking(recorded));
    expect(await list()).toEqual([]);
  });

  it('case 56: the file begins at the start of the conference: nobody is recorded while one waits', async () => {
    const { dial, list, only, clock, recorders } = recordingScript();
    await dial('A', asking(recorded));
    await clock.advance(60_000);
    expect(await list()).toEqual([]);
    expect(recorders.opened.size).toBe(0);
    const { conferenceSid } = await dial('B');
    const recording = await only();
    expect([recording.createdAtMs, recording.conferenceSid]).toEqual([clock.now(), conferenceSid]);
    expect(recorders.opened.get(recording.sid)).toMatchObject({ channels: 1, rateHz: 16_000 });
  });

  it('case 57: a pause is silence unless it is to be skipped, and can be resumed', async () => {
    const { dial, only, change } = recordingScript();
    await dial('A', asking(recorded));
    await dial('B');
    const { sid } = await only();
    expect(value(await change(sid, 'pause')).life).toEqual({ status: 'paused', behavior: 'silence' });
    expect(refusal(await change(sid, 'pause', 'skip'))).toBe('recording-state');
    expect(value(await change(sid, 'resume')).life).toEqual({ status: 'in-progress' });
    expect(refusal(await change(sid, 'resume'))).toBe('recording-state');
    expect(value(await change(sid, 'pause', 'skip')).life).toEqual({ status: 'paused', behavior: 'skip' });
  });

  it('case 58: stopping is final', async () => {
    const { dial, only, change } = recordingScript();
    await dial('A', asking(recorded));
    await dial('B');
    const { sid } = await only();
    expect(value(await change(sid, 'stop')).life.status).toBe('stopped');
    for (const kind of ['resume', 'pause', 'stop'] as const) {
      expect(await change(sid, kind)).toEqual({ ok: false, error: { kind: 'recording-state', status: 'stopped' } });
    }
  });

  it('case 59: all silent with trim → absent, told once by default with 16102', async () => {
    const { dial, only, over, told, files, store, parley } = recordingScript();
    await dial('A', asking(recorded));
    const { conferenceSid } = await dial('B');
    files.outcome = { kind: 'absent', errorCode: 16_102 };
    await leaveAll(parley, conferenceSid);
    const { sid } = await only();
    await over(sid);
    expect(told()).toEqual(['absent']);
    expect(Object.fromEntries(store.callbacks.at(-1)?.parameters ?? [])).toMatchObject({ ErrorCode: '16102' });
    expect(refusal(await parley.openRecording(accountSid, sid, 'wav'))).toBe('recording-without-file');
  });

  it('case 60: in-progress, then completed once the file can be fetched, each once', async () => {
    const { dial, only, over, told, change, files, store, parley, clock } = recordingScript();
    await dial('A', asking({ ...recorded, callback: { ...callback, events: all } }));
    await dial('B');
    const { sid } = await only();
    expect(told()).toEqual(['in-progress']);
    value(await change(sid, 'pause'));
    value(await change(sid, 'resume'));
    await clock.advance(3000);
    value(await change(sid, 'stop'));
    files.isHolding = true;
    await over(sid);
    expect(await parley.recording(accountSid, sid)).toMatchObject({
      value: { life: { status: 'processing' }, progress: 0.5 },
    });
    expect([told(), refusal(await parley.openRecording(accountSid, sid, 'wav'))]).toEqual([
      ['in-progress'],
      'recording-without-file',
    ]);
    files.letThrough();
    await settled();
    expect(told()).toEqual(['in-progress', 'completed']);
    expect(value(await parley.openRecording(accountSid, sid, 'wav')).bytes).toBe(150);
    expect(Object.fromEntries(store.callbacks.at(-1)?.parameters ?? [])).toEqual({
      AccountSid: accountSid,
      ConferenceSid: (await only()).conferenceSid,
      RecordingChannels: '1',
      RecordingDuration: '3',
      RecordingSid: sid,
      RecordingSource: 'Conference',
      RecordingStartTime: 'Thu, 04 Apr 2024 18:32:15 +0000',
      RecordingStatus: 'completed',
      RecordingUrl: `${publicUrl}/api/laml/2010-04-01/Accounts/${accountSid}/Recordings/${sid}`,
    });
  });

  it('case 61: <Dial record action> and <Conference record>: two recordings, the action tells of one', async () => {
    const { run, remove, documents, parley, clock } = documentScript();
    const dialing = `record="record-from-answer-dual" action="${app}/done"`;
    documents.answer(`${app}/done`, '<Hangup/>');
    value(await run('A', conference('Room 1234', 'record="record-from-start" endConferenceOnExit="true"', dialing)));
    value(await run('B', conference('Room 1234')));
    await clock.advance(7000);
    const page = await parley.recordings(accountSid, everything, { before: null, skip: 0, limit: 10 });
    expect(page.recordings.map(({ source, channels, subject, trim }) => ({ source, channels, subject, trim }))).toEqual(
      [
        { source: 'conference', channels: 1, subject: { kind: 'conference' }, trim: 'trim-silence' },
        {
          source: 'dial-verb',
          channels: 2,
          subject: { kind: 'call', callSid: callSidOf('A'), track: 'both' },
          trim: 'do-not-trim',
        },
      ],
    );
    await remove('A');
    const ofCall = page.recordings[1]?.sid;
    expect(documents.asked.at(-1)).toMatchObject({
      url: `${app}/done`,
      parameters: {
        DialCallStatus: 'answered',
        RecordingSid: ofCall,
        RecordingDuration: '7',
        RecordingUrl: `${publicUrl}/api/laml/2010-04-01/Accounts/${accountSid}/Recordings/${ofCall}`,
      },
    });
  });
});

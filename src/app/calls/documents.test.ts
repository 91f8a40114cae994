/** Calls that run documents, over doubles of the world: CONTRACT §2.3 from the dial to the last request. */
import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf } from '../../../test/support/callers.js';
import { app, conference, documentScript, rtp, settled, withAction } from '../../../test/support/document-script.js';
import { answered } from '../../../test/support/fake-documents.js';
import { accountSid, refusal, value } from '../../../test/support/parley-script.js';
import type { MediaOffer } from '../application.js';
import type { DocumentAnswer } from '../ports.js';
import { withoutMediaMax } from './call-runs.js';
import { waitingFindingsMax } from './findings-of-call.js';

describe('a dial with a document', () => {
  it('brings the call into its first room, and says what was odd', async () => {
    const { run, rooms } = documentScript();
    const reply = value(await run('A', `<Echo>hi</Echo>${conference('Room 1234', 'beep="loud" muted="true"')}`));
    expect(reply).toMatchObject({ callSid: callSidOf('A'), media: { kind: 'grpc' } });
    expect(reply.conferenceSid).not.toBeNull();
    expect(reply.warnings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      '12200 document/Response/Echo[1]',
      '13235 document/Response/Dial[1]/Conference/@beep',
    ]);
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
  });

  it('shows what was odd or wrong to its account for as long as the daemon runs, newest first', async () => {
    const { run, fetchAndRun, documents, parley } = documentScript();
    documents.answer(`${app}/voice`, 11_217);
    await fetchAndRun('A', `${app}/voice`);
    await run('B', conference('Room 1234', 'beep="loud"'));
    const { entries, next } = parley.findings(accountSid, null, 10);
    expect(entries.map(({ callSid, finding, source }) => [callSid, finding.code, source?.url])).toEqual([
      [callSidOf('B'), 13_235, undefined],
      [callSidOf('A'), 11_217, `${app}/voice`],
    ]);
    expect(next).toBeNull();
    expect(parley.findings(accountSidOf('acc2'), null, 10).entries).toEqual([]);
  });

  it('answers an RTP offer, and every attribute counts', async () => {
    const { run, parley, sidOf } = documentScript();
    const reply = value(await run('A', conference('Room 1234', 'muted="true" participantLabel="x"'), { media: rtp }));
    expect(reply.media).toMatchObject({ kind: 'rtp', sdpAnswer: expect.stringContaining('m=audio') });
    const view = value(await parley.participant(accountSid, await sidOf('Room 1234'), callSidOf('A')));
    expect(view).toMatchObject({ muted: true, label: 'x' });
  });

  it('fetches it first when there is only where it is, with the standard parameters', async () => {
    const { fetchAndRun, documents, rooms } = documentScript();
    documents.answer(`${app}/voice`, `<Redirect>next</Redirect>`);
    documents.answer(`${app}/next`, conference('Room 1234', 'statusCallback="/status"'));
    value(await fetchAndRun('A', `${app}/voice`));
    expect(documents.asked.map(({ url }) => url)).toEqual([`${app}/voice`, `${app}/next`]);
    expect(documents.asked[0]?.parameters).toEqual({
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      CallSid: callSidOf('A'),
      CallStatus: 'in-progress',
      Called: '+15550100099',
      Caller: '+15550100001',
      Direction: 'inbound',
      From: '+15550100001',
      To: '+15550100099',
    });
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
  });

  it('replies with media and without a conference while a pause comes first', async () => {
    const { run, rooms, clock, statusOf, engine } = documentScript();
    const reply = value(await run('A', `<Pause length="30"/>${conference('Room 1234')}`, { media: rtp }));
    expect(reply).toMatchObject({ conferenceSid: null, media: { kind: 'rtp' } });
    expect(statusOf('A')).toBe('in-progress');
    expect(await rooms()).toEqual({});
    await clock.advance(30_000);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
    expect(engine.held()).toEqual({ legs: 1, rooms: 1 });
  });

  it('is refused with what kept it out of its only room', async () => {
    const { run, dial, statusOf, engine } = documentScript();
    await dial('B', {
      roomRequest: { statusCallback: null, maxParticipants: 1, region: null, eventCallbackUrl: null },
    });
    expect(refusal(await run('A', conference('Room 1234')))).toBe('conference-full');
    expect(() => statusOf('A')).toThrow('call-unknown');
    expect(engine.held().legs).toBe(1);
  });

  it.each([
    ['is not to be had', 11_200],
    ['is no document', 12_100],
  ])('is refused when its document %s', async (_, code) => {
    const { fetchAndRun, documents, engine } = documentScript();
    documents.answer(
      `${app}/voice`,
      code === 12_100 ? Promise.resolve({ ...answered(app, ''), body: new Uint8Array() } as DocumentAnswer) : code,
    );
    const refused = await fetchAndRun('A', `${app}/voice`);
    expect(refused).toMatchObject({ ok: false, error: { kind: 'document-unavailable', code } });
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
    documents.answer(`${app}/voice`, conference('Room 1234'));
    value(await fetchAndRun('A', `${app}/voice`));
  });

  it('is refused when it hangs up at once, or its offer cannot be taken', async () => {
    const { run } = documentScript();
    expect(refusal(await run('A', '<Hangup/>'))).toBe('call-completed');
    expect(refusal(await run('A', ''))).toBe('call-completed');
    const noAudio: MediaOffer = { kind: 'rtp', sdpOffer: 'v=0\r\n' };
    expect(refusal(await run('A', conference('Room 1234'), { media: noAudio }))).toBe('media-unacceptable');
    expect(refusal(await run('A', '<Pause/>', { media: noAudio }))).toBe('media-unacceptable');
  });

  it('says which wishes about the room came too late', async () => {
    const { run } = documentScript();
    const settled = 'maxParticipants="9" statusCallback="https://e/a" statusCallbackEvent="join"';
    expect(value(await run('A', conference('Room 1234', settled))).warnings).toEqual([]);
    expect(value(await run('B', conference('Room 1234', settled))).warnings).toEqual([]);
    const late = 'maxParticipants="8" statusCallback="https://e/b" statusCallbackEvent="join" region="us1"';
    const reply = value(await run('C', conference('Room 1234', late)));
    expect(reply.warnings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      '16002 document/Response/Dial[1]/Conference/@statusCallback',
      '16002 document/Response/Dial[1]/Conference/@maxParticipants',
    ]);
    // Nobody had said anything of a region.
    expect(value(await run('D', conference('Room 1234', 'region="eu"'))).warnings).toMatchObject([{ code: 16_002 }]);
  });

  it('asks the fallback once, and tells it what failed', async () => {
    const { fetchAndRun, documents, rooms } = documentScript();
    documents.answer(`${app}/fallback`, conference('Room 1234'));
    value(await fetchAndRun('A', `${app}/gone`, { fallback: { url: `${app}/fallback`, method: 'GET' } }));
    expect(documents.asked[1]).toMatchObject({
      method: 'GET',
      parameters: { ErrorCode: '11217', ErrorUrl: `${app}/gone` },
    });
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
  });

  it('says what this version does not do, and does the rest', async () => {
    const { run, rooms } = documentScript();
    const dialing = `record="record-from-answer" recordingStorageUrl="${app}/recordings"`;
    const reply = value(await run('A', conference('Room 1234', '', dialing)));
    expect(reply.warnings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      '13256 document/Response/Dial[1]/@recordingStorageUrl',
    ]);
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
  });

  it(`tells ${waitingFindingsMax} findings of a call and no more, and counts the rest`, async () => {
    const { run, metrics, store } = documentScript();
    const reply = value(await run('A', `${'<Say/>'.repeat(waitingFindingsMax + 7)}${conference('Room 1234')}`));
    await settled();
    expect(reply.warnings).toHaveLength(waitingFindingsMax);
    const told = (await store.journal(accountSid, 0n, 1000)).entries.filter(
      ({ event }) => event.kind === 'document-finding',
    );
    expect(told).toHaveLength(waitingFindingsMax);
    expect(metrics.value('parley_document_findings_untold_total')).toBe(7);
    expect(metrics.value('parley_document_findings_total', { level: 'warning' })).toBe(waitingFindingsMax + 7);
  });

  it(`is refused while ${withoutMediaMax} others have no media yet`, async () => {
    const { fetchAndRun, documents, metrics, parley } = documentScript();
    documents.answer(`${app}/slow`, new Promise<DocumentAnswer>(() => {}));
    for (let index = 0; index < withoutMediaMax; index += 1) {
      void fetchAndRun('A', `${app}/slow`, { callSid: null });
    }
    expect(refusal(await fetchAndRun('B', `${app}/slow`))).toBe('queue-full');
    expect(metrics.value('parley_document_dials_overflow_total')).toBe(1);
    await parley.goDown(0, Promise.resolve());
    await parley.endAll();
  });

  it('claims the sid of its call while the document is fetched', async () => {
    const { fetchAndRun, documents, run } = documentScript();
    let answer = (_: DocumentAnswer): void => {};
    documents.answer(`${app}/slow`, new Promise<DocumentAnswer>((resolve) => (answer = resolve)));
    const first = fetchAndRun('A', `${app}/slow`);
    expect(refusal(await run('A', conference('Room 1234')))).toBe('call-exists');
    answer(answered(`${app}/slow`, conference('Room 1234')));
    value(await first);
  });
});

describe('after the room', () => {
  it('case 11, 65: the action is requested with `answered`, and its answer is run', async () => {
    const { run, remove, documents, asked, clock, rooms, statusOf, parley, sidOf } = documentScript();
    documents.answer(`${app}/done`, conference('second'));
    value(await run('A', `${withAction}${conference('never')}`));
    await clock.advance(94_500);
    await remove('A');
    expect(asked()).toEqual([`POST ${app}/done answered 94`]);
    expect(await rooms()).toEqual({ second: 'A' });
    expect(statusOf('A')).toBe('in-progress');
    const { conferenceSid } = value(parley.call(accountSid, callSidOf('A')));
    expect(conferenceSid).toBe(await sidOf('second'));
    value(await parley.hangUp(accountSid, callSidOf('A')));
    expect(await rooms()).toEqual({});
  });

  it('the leg stays the same, in no room while the answer is waited for', async () => {
    const { run, remove, documents, engine } = documentScript();
    let answer = (_: DocumentAnswer): void => {};
    documents.answer(`${app}/done`, new Promise<DocumentAnswer>((resolve) => (answer = resolve)));
    value(await run('A', withAction, { media: rtp }));
    await remove('A');
    expect(engine.held()).toEqual({ legs: 1, rooms: 0 });
    expect(engine.openLegs()).toEqual([]);
    answer(answered(`${app}/done`, conference('second')));
    await settled();
    expect(engine.held()).toEqual({ legs: 1, rooms: 1 });
    expect(engine.openLegs()).toHaveLength(1);
    const commands = engine.batches.flat().map(({ kind }) => kind);
    expect(commands.filter((kind) => kind === 'open-leg')).toHaveLength(1);
    expect(commands).not.toContain('close-leg');
  });

  it('without an action the next verb is run, and then the call is hung up', async () => {
    const { run, remove, rooms, statusOf, engine, eventsOf, asked } = documentScript();
    value(await run('A', `${conference('Room 1234')}${conference('second')}`));
    await remove('A');
    expect(await rooms()).toEqual({ second: 'A' });
    await remove('A', 'second');
    expect(statusOf('A')).toBe('completed');
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
    expect(asked()).toEqual([]);
    const events = await eventsOf();
    expect(events.filter((kind) => kind === 'call-dialed')).toHaveLength(1);
    expect(events.filter((kind) => kind === 'call-completed')).toHaveLength(1);
  });

  it('an empty answer ends the call', async () => {
    const { run, remove, documents, statusOf, engine, eventsOf } = documentScript();
    documents.answer(`${app}/done`, '');
    value(await run('A', withAction));
    await remove('A');
    expect(statusOf('A')).toBe('completed');
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
    expect((await eventsOf()).at(-1)).toBe('call-completed');
  });

  it('case 48: an action that fails is asked once, and then the fallback', async () => {
    const { run, remove, documents, asked, statusOf } = documentScript();
    documents.answer(`${app}/done`, 11_217);
    documents.answer(`${app}/fallback`, '<Pause length="60"/>');
    value(await run('A', withAction, { fallback: { url: `${app}/fallback`, method: 'POST' } }));
    await remove('A');
    expect(asked()).toEqual([`POST ${app}/done answered 0`, `POST ${app}/fallback`]);
    expect(statusOf('A')).toBe('in-progress');
  });

  it('case 52: the party hangs up → no action is requested', async () => {
    const { run, parley, asked, statusOf, engine } = documentScript();
    value(await run('A', withAction));
    value(await parley.hangUp(accountSid, callSidOf('A')));
    await settled();
    expect(asked()).toEqual([]);
    expect(statusOf('A')).toBe('completed');
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
  });

  it('case 27, 28, 33, 35: a leg that is kept out goes on to its action as failed', async () => {
    const { run, dial, documents, asked } = documentScript();
    documents.answer(`${app}/done`, '<Pause length="60"/>');
    await dial('B', {
      label: 'agent',
      roomRequest: { statusCallback: null, maxParticipants: 2, region: null, eventCallbackUrl: null },
    });
    const dialling = `action="${app}/done"`;
    value(await run('C', conference('Room 1234', 'participantLabel="agent"', dialling)));
    value(await run('D', conference('Room 1234', `coach="${callSidOf('X')}"`, dialling)));
    value(await run('E', conference('Room 1234', 'coach="nobody"', dialling)));
    await dial('F');
    const reply = value(await run('G', conference('Room 1234', '', dialling)));
    expect(asked()).toEqual(Array(4).fill(`POST ${app}/done failed 0`));
    expect(reply.warnings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      '16020 document/Response/Dial[1]/Conference',
    ]);
  });

  it('case 9: `*` and the time limit lead to the action as well', async () => {
    const { run, engine, documents, asked, clock, rooms } = documentScript();
    documents.answer(`${app}/done`, conference('Room 1234', '', `action="${app}/done" timeLimit="5"`));
    value(await run('A', conference('Room 1234', '', `action="${app}/done" hangupOnStar="true"`), { media: rtp }));
    const [leg] = engine.batches.flat().flatMap((command) => (command.kind === 'open-leg' ? [command.leg] : []));
    if (leg === undefined) throw new Error('the call has a leg');
    engine.tell({ kind: 'leg-digit', leg, digit: '*', durationMs: 100 });
    await settled();
    expect(asked()).toEqual([`POST ${app}/done answered 0`]);
    // The document that came said nothing of `*`.
    engine.tell({ kind: 'leg-digit', leg, digit: '*', durationMs: 100 });
    await settled();
    expect(asked()).toHaveLength(1);
    await clock.advance(5000);
    await settled();
    expect(asked()[1]).toBe(`POST ${app}/done answered 5`);
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
  });

  it('a conference that ends sends everybody on', async () => {
    const { run, parley, sidOf, documents, asked } = documentScript();
    documents.answer(`${app}/done`, '<Pause length="60"/>');
    value(await run('A', withAction));
    value(await run('B', withAction));
    value(await parley.endConference(accountSid, await sidOf('Room 1234')));
    await settled();
    expect(asked()).toEqual(Array(2).fill(`POST ${app}/done answered 0`));
  });

  it('tells what was odd about documents as events of the conference', async () => {
    const { run, remove, documents, store } = documentScript();
    documents.answer(`${app}/done`, conference('second', 'muted="yes"'));
    value(await run('A', conference('Room 1234', 'beep="loud"', `action="${app}/done"`)));
    await remove('A');
    const found = (await store.journal(accountSid, 0n, 100)).entries.flatMap(({ event }) =>
      event.kind === 'document-finding' ? [`${event.finding.code} ${event.finding.where}`] : [],
    );
    expect(found).toEqual(['13235 /Response/Dial[1]/Conference/@beep', '13230 /Response/Dial[1]/Conference/@muted']);
  });
});

import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, roomNamed, saysNothing, tellOfSpeechAt } from '../../test/support/callers.js';
import { firstPage } from '../../test/support/lists.js';
import { accountSid, parleyOf, refusal, sdpOffer, value } from '../../test/support/parley-script.js';
import { settled } from '../../test/support/virtual-clock.js';
import { epochMs } from '../base/brands.js';
import type { Result } from '../base/result.js';
import { parseSid } from '../base/sids.js';
import type { LegId } from '../media/engine-port.js';
import type { ConferenceFilter, ConferenceView } from './application.js';

const stranger = accountSidOf('other');
const everything: ConferenceFilter = {
  room: null,
  status: null,
  createdFromMs: null,
  createdUntilMs: null,
  updatedFromMs: null,
  updatedUntilMs: null,
};
const anybody = { muted: null, held: null, coaching: null, includesLeft: false };
const [a, b, c] = [callSidOf('A'), callSidOf('B'), callSidOf('C')];

describe('Parley dial', () => {
  it('brings a gRPC call into its room', async () => {
    const { parley, dial, metrics } = parleyOf();
    const reply = await dial('A');
    expect(reply).toMatchObject({ callSid: a, media: { kind: 'grpc' }, warnings: [] });
    expect(value(await parley.conference(accountSid, reply.conferenceSid))).toMatchObject({ phase: 'init' });
    expect(value(parley.call(accountSid, a))).toMatchObject({
      status: 'in-progress',
      conferenceSid: reply.conferenceSid,
      mediaKind: 'grpc',
    });
    expect(metrics.value('parley_dials_total', { outcome: 'joined', media: 'grpc' })).toBe(1);
    expect(metrics.value('parley_calls', { media: 'grpc' })).toBe(1);
    expect(metrics.value('parley_conferences', { phase: 'init' })).toBe(1);
  });

  it('answers an SDP offer with the socket that was reserved', async () => {
    const { parley, request } = parleyOf();
    const reply = value(await parley.dial({ ...request('A'), media: { kind: 'rtp', sdpOffer } }));
    const sdpAnswer = reply.media.kind === 'rtp' ? reply.media.sdpAnswer : '';
    expect(sdpAnswer).toContain('c=IN IP4 192.0.2.1');
    expect(sdpAnswer).toMatch(/m=audio 20\d\d\d RTP\/AVP 8 0 101/);
    expect(value(parley.call(accountSid, a)).mediaKind).toBe('rtp');
  });

  it('opens an RTP leg with the jitter buffer that the dial asks for', async () => {
    const { parley, engine, request } = parleyOf();
    const rtp = { ...request('A'), media: { kind: 'rtp', sdpOffer } } as const;
    value(await parley.dial({ ...rtp, jitterBufferSize: 'off' }));
    const opened = engine.batches.flat().filter(({ kind }) => kind === 'open-leg');
    expect(opened).toMatchObject([{ media: { transport: 'rtp', jitterMs: 0 } }]);
  });

  it('refuses media it cannot take before anything else happens', async () => {
    const { parley, request, store, engine } = parleyOf();
    const refused = await parley.dial({ ...request('A'), media: { kind: 'rtp', sdpOffer: 'v=0\r\n' } });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'media-unacceptable' } });
    expect([store.commits, engine.held()]).toEqual([[], { legs: 0, rooms: 0 }]);
  });

  it('makes a sid when the platform gives none', async () => {
    const { parley, request } = parleyOf();
    const { callSid } = value(await parley.dial({ ...request('A'), callSid: null }));
    expect(parseSid('call', callSid)).toBe(callSid);
    expect(value(parley.call(accountSid, callSid)).status).toBe('in-progress');
  });

  it('keeps what was odd about a request where its account may look it up', async () => {
    const { parley, dial } = parleyOf();
    const { callSid } = await dial('A');
    parley.noteWarnings(accountSid, callSid, [{ code: 13_235, field: 'dial.conference.beep', message: 'odd' }]);
    expect(parley.findings(accountSid, null, 10).entries).toMatchObject([
      { callSid, source: null, finding: { code: 13_235, level: 'warning', where: 'dial.conference.beep' } },
    ]);
    expect(parley.findings(stranger, null, 10).entries).toEqual([]);
  });

  it('takes a call sid once at a time, in each account for itself', async () => {
    const { parley, request, dial } = parleyOf();
    const both = await Promise.all([parley.dial(request('A')), parley.dial(request('A'))]);
    expect(both.map(refusal).sort()).toEqual(['call-exists', null].sort());
    expect(refusal(await parley.dial(request('A')))).toBe('call-exists');
    value(await parley.dial({ ...request('A'), accountSid: stranger }));
    await parley.hangUp(accountSid, a);
    await dial('A');
  });

  it('refuses with the rejection of the room, and the call never was', async () => {
    const { parley, request, dial } = parleyOf();
    await dial('A', {
      roomRequest: { statusCallback: null, region: null, maxParticipants: 1, eventCallbackUrl: null },
    });
    expect(refusal(await parley.dial(request('B')))).toBe('conference-full');
    expect(refusal(parley.call(accountSid, b))).toBe('call-unknown');
    expect(refusal(await parley.dial(request('C', { coach: a, room: roomNamed('elsewhere') })))).toBe(
      'coach-target-missing',
    );
  });

  it('passes on what the engine lacks and counts it', async () => {
    const { parley, request, engine, metrics } = parleyOf();
    engine.legRefusal = { kind: 'engine-full', what: 'ports' };
    expect(await parley.dial(request('A'))).toEqual({ ok: false, error: { kind: 'engine-full', what: 'ports' } });
    expect(metrics.value('parley_engine_refusals_total', { lack: 'ports' })).toBe(1);
    expect(metrics.value('parley_dials_total', { outcome: 'refused', media: 'grpc' })).toBe(1);
  });

  it('lets go of the sid when a commit fails', async () => {
    const { parley, request, store, dial } = parleyOf();
    store.isFailing = true;
    expect(await parley.dial(request('A'))).toEqual({ ok: false, error: { kind: 'store-unavailable' } });
    store.isFailing = false;
    await dial('A');
  });
});

describe('Parley calls', () => {
  it('hangs up, and shows the call as completed', async () => {
    const { parley, dial, clock, metrics } = parleyOf();
    await dial('A');
    await clock.advance(5000);
    const view = value(await parley.hangUp(accountSid, a));
    expect(view).toMatchObject({ status: 'completed', endedAtMs: clock.now() });
    expect(view.startedAtMs).toBe(clock.now() - 5000);
    expect(refusal(await parley.hangUp(accountSid, a))).toBe('call-completed');
    expect(metrics.value('parley_calls', { media: 'grpc' })).toBe(0);
  });

  it('ends a call once when two hang it up at the same time', async () => {
    const { parley, dial } = parleyOf();
    await dial('A');
    const both = await Promise.all([parley.hangUp(accountSid, a), parley.hangUp(accountSid, a)]);
    expect(both.map(refusal)).toEqual([null, 'call-completed']);
  });

  it('ends every call with the conference', async () => {
    const { parley, dial, metrics } = parleyOf();
    await dial('A', { endConferenceOnExit: true });
    await dial('B');
    await parley.hangUp(accountSid, a);
    expect(value(parley.call(accountSid, b)).status).toBe('completed');
    expect(metrics.value('parley_conferences', { phase: 'in-progress' })).toBe(0);
    const reason = 'participant-with-end-conference-on-exit-left';
    expect(metrics.value('parley_conferences_ended_total', { reason })).toBe(1);
  });

  it('hides the calls of one account from another', async () => {
    const { parley, dial } = parleyOf();
    await dial('A');
    expect(refusal(parley.call(stranger, a))).toBe('call-unknown');
    expect(refusal(await parley.hangUp(stranger, a))).toBe('call-unknown');
    expect(refusal(parley.attachMedia(stranger, a))).toBe('call-unknown');
    expect(refusal(parley.legStatistics(stranger, a))).toBe('call-unknown');
  });

  it('lends the lane of a gRPC call to one holder at a time', async () => {
    const { parley, dial, request } = parleyOf();
    await dial('A');
    const handle = value(parley.attachMedia(accountSid, a));
    expect(handle).toMatchObject({ codec: 'linear16', rateHz: 16_000, frameBytes: 640 });
    expect(handle.lane()?.write(new Uint8Array(640))).toBe(true);
    expect(refusal(parley.attachMedia(accountSid, a))).toBe('media-attached-elsewhere');
    parley.detachMedia(handle);
    const next = value(parley.attachMedia(accountSid, a));
    parley.detachMedia(handle);
    expect(refusal(parley.attachMedia(accountSid, a))).toBe('media-attached-elsewhere');
    await parley.hangUp(accountSid, a);
    expect(next.lane()).toBeNull();
    expect(refusal(parley.attachMedia(accountSid, a))).toBe('call-completed');
    value(await parley.dial({ ...request('B'), media: { kind: 'rtp', sdpOffer } }));
    expect(refusal(parley.attachMedia(accountSid, b))).toBe('media-not-grpc');
  });

  it('shows the statistics of a live leg', async () => {
    const { parley, dial } = parleyOf();
    await dial('A');
    expect(value(parley.legStatistics(accountSid, a)).packetsReceived).toBe(50);
    await parley.hangUp(accountSid, a);
    expect(refusal(parley.legStatistics(accountSid, a))).toBe('call-completed');
  });
});

describe('Parley conferences', () => {
  it('ends a conference once', async () => {
    const { parley, dial } = parleyOf();
    const { conferenceSid } = await dial('A');
    const ended = value(await parley.endConference(accountSid, conferenceSid));
    expect(ended).toMatchObject({ phase: 'completed', endReason: 'conference-ended-via-api' });
    expect(refusal(await parley.endConference(accountSid, conferenceSid))).toBe('conference-completed');
    expect(value(await parley.conference(accountSid, conferenceSid))).toEqual(ended);
    expect(value(await parley.participants(accountSid, conferenceSid, anybody, firstPage)).items).toEqual([]);
  });

  it('lists by every filter, newest first', async () => {
    const { parley, dial, clock } = parleyOf();
    const over = (await dial('A')).conferenceSid;
    await parley.hangUp(accountSid, a);
    await clock.advance(1000);
    const middleMs = clock.now();
    const waiting = (await dial('B')).conferenceSid;
    await clock.advance(1000);
    const other = (await dial('C', { room: roomNamed('other') })).conferenceSid;
    const listed = async (filter: Partial<ConferenceFilter>) =>
      (await parley.conferences(accountSid, { ...everything, ...filter }, firstPage)).items.map(
        ({ conferenceSid }) => conferenceSid,
      );
    expect(await listed({})).toEqual([other, waiting, over]);
    expect(await listed({ room: roomNamed('Room 1234') })).toEqual([waiting, over]);
    expect(await listed({ status: 'completed' })).toEqual([over]);
    expect(await listed({ status: 'in-progress' })).toEqual([]);
    expect(await listed({ createdFromMs: middleMs })).toEqual([other, waiting]);
    expect(await listed({ createdUntilMs: middleMs })).toEqual([waiting, over]);
    expect(await listed({ updatedFromMs: middleMs, updatedUntilMs: middleMs })).toEqual([waiting]);
    expect((await parley.conferences(stranger, everything, firstPage)).items).toEqual([]);
  });

  it('shows, changes and removes participants', async () => {
    const { parley, dial } = parleyOf();
    const { conferenceSid } = await dial('A');
    await dial('B');
    await dial('C', { coach: a });
    const muted = value(await parley.updateParticipant(accountSid, conferenceSid, b, { muted: true }));
    expect(muted).toMatchObject({ callSid: b, muted: true, conferenceSid });
    const shown = async (filter: object) =>
      value(await parley.participants(accountSid, conferenceSid, { ...anybody, ...filter }, firstPage)).items.map(
        (each) => each.callSid,
      );
    expect(await shown({})).toEqual([a, b, c]);
    expect(await shown({ muted: true })).toEqual([b]);
    expect(await shown({ coaching: true })).toEqual([c]);
    expect(await shown({ held: false })).toEqual([a, b, c]);
    value(await parley.removeParticipant(accountSid, conferenceSid, b));
    expect(refusal(await parley.participant(accountSid, conferenceSid, b))).toBe('participant-unknown');
    expect(refusal(await parley.removeParticipant(accountSid, conferenceSid, b))).toBe('participant-unknown');
    expect(value(parley.call(accountSid, b)).status).toBe('completed');
  });

  it('hides the conferences of one account from another', async () => {
    const { parley, dial } = parleyOf();
    const { conferenceSid } = await dial('A');
    const attempts = [
      parley.conference(stranger, conferenceSid),
      parley.endConference(stranger, conferenceSid),
      parley.watchConference(stranger, conferenceSid, () => expect.fail('seen')),
      parley.participant(stranger, conferenceSid, a),
      parley.participants(stranger, conferenceSid, anybody, firstPage),
      parley.updateParticipant(stranger, conferenceSid, a, { muted: true }),
      parley.removeParticipant(stranger, conferenceSid, a),
    ];
    expect(new Set((await Promise.all<Result<unknown, { kind: string }>>(attempts)).map(refusal))).toEqual(
      new Set(['conference-unknown']),
    );
    expect((await parley.journal(stranger, 0n, 10)).entries).toEqual([]);
  });

  it('lets watchers follow from now to the end', async () => {
    const { parley, dial } = parleyOf();
    const { conferenceSid } = await dial('A');
    const seen: ConferenceView[] = [];
    const alsoSeen: ConferenceView[] = [];
    const unwatch = value(await parley.watchConference(accountSid, conferenceSid, (view) => alsoSeen.push(view)));
    value(await parley.watchConference(accountSid, conferenceSid, (view) => seen.push(view)));
    await dial('B');
    unwatch();
    unwatch();
    await parley.endConference(accountSid, conferenceSid);
    expect(seen.map(({ phase }) => phase)).toEqual(['init', 'in-progress', 'completed']);
    expect(alsoSeen.map(({ phase }) => phase)).toEqual(['init', 'in-progress']);
    const late: ConferenceView[] = [];
    value(await parley.watchConference(accountSid, conferenceSid, (view) => late.push(view)));
    expect(late.map(({ phase }) => phase)).toEqual(['completed']);
  });

  it('shows the journal of an account as it is written', async () => {
    const { parley, dial } = parleyOf();
    let commits = 0;
    const stop = parley.onCommit(accountSid, () => {
      commits += 1;
    });
    await dial('A');
    stop();
    await parley.hangUp(accountSid, a);
    const { entries, missed } = await parley.journal(accountSid, 0n, 100);
    expect(entries.map(({ event }) => event.kind)).toEqual([
      'call-dialed',
      'conference-created',
      'participant-joined',
      'participant-left',
      'call-completed',
      'conference-ended',
    ]);
    expect([commits, missed, await parley.newestCursor(accountSid)]).toEqual([1, false, 6n]);
  });
});

describe('Parley and its engine', () => {
  it('ends the conferences of a shard that failed and keeps the others', async () => {
    const { parley, dial, engine, metrics, request } = parleyOf(2);
    const lost = (await dial('A')).conferenceSid;
    const kept = (await dial('B', { room: roomNamed('other') })).conferenceSid;
    engine.fail(0);
    await settled();
    expect(value(await parley.conference(accountSid, lost)).phase).toBe('completed');
    expect(value(await parley.conference(accountSid, kept)).phase).toBe('init');
    expect(value(parley.call(accountSid, a)).status).toBe('completed');
    expect(metrics.value('parley_shards_failed_total')).toBe(1);
    expect(parley.capacity()).toMatchObject({ shards: 1, conferences: 1, legs: 1, legsMax: 100 });
    value(await parley.dial(request('A')));
    engine.fail(1);
    await settled();
    expect(refusal(await parley.dial(request('C')))).toBe('engine-unavailable');
  });

  it('tells of speech by the leg it came from, while the call lives', async () => {
    const { parley, dial, engine } = parleyOf();
    const roomRequest = { ...saysNothing, statusCallback: tellOfSpeechAt('https://app.example/status') };
    const { conferenceSid } = await dial('A', { roomRequest });
    await dial('B');
    const legs = engine.batches.flat().flatMap((command) => (command.kind === 'open-leg' ? [command.leg] : []));
    const speaks = (leg: LegId | undefined): void => {
      if (leg === undefined) expect.fail('both legs were opened');
      engine.tell({ kind: 'leg-speech-changed', leg, speaking: true });
    };
    speaks(legs[1]);
    await settled();
    const { items: talkers } = value(await parley.participants(accountSid, conferenceSid, anybody, firstPage));
    expect(talkers.map(({ callSid, speaking }) => [callSid, speaking])).toEqual([
      [a, false],
      [b, true],
    ]);
    await parley.hangUp(accountSid, a);
    speaks(legs[0]);
    await settled();
    const { entries } = await parley.journal(accountSid, 0n, 100);
    expect(entries.filter(({ event }) => event.kind === 'participant-speech-changed')).toHaveLength(1);
  });

  it('drains until a deadline: what is live goes on and is joined, and nothing else begins', async () => {
    const { parley, dial, request, clock } = parleyOf();
    const { conferenceSid } = await dial('A');
    expect(parley.drain(60_000)).toEqual({
      ...{ draining: true, deadlineAtMs: epochMs(clock.now() + 60_000), isGoingDown: false, calls: 1 },
      conferences: [{ accountSid, conferenceSid, room: roomNamed('Room 1234'), participants: 1 }],
    });
    expect(refusal(await parley.dial(request('B', { room: roomNamed('other') })))).toBe('draining');
    expect(value(await parley.dial(request('B'))).conferenceSid).toBe(conferenceSid);
    await clock.advance(59_000);
    expect(parley.drained()).toMatchObject({ calls: 2, conferences: [{ participants: 2 }] });
    await clock.advance(1100);
    expect(parley.drained()).toMatchObject({ draining: true, calls: 0, conferences: [] });
    expect(value(await parley.conference(accountSid, conferenceSid)).phase).toBe('completed');
    expect(refusal(await parley.dial(request('C')))).toBe('draining');
    value(parley.undrain());
    value(await parley.dial(request('C')));
  });

  it('drains: no new calls, and those there are come to an end', async () => {
    const { parley, dial, request, store, metrics, clock } = parleyOf();
    await dial('A');
    store.isHolding = true;
    const underWay = parley.dial(request('B', { room: roomNamed('other') }));
    await settled();
    await parley.goDown(60_000, Promise.resolve());
    expect(refusal(await parley.dial(request('C')))).toBe('draining');
    expect(parley.capacity().draining).toBe(true);
    const ended = parley.endAll();
    store.letThrough();
    await underWay;
    await clock.advance(20);
    await ended;
    expect(parley.capacity().conferences).toBe(0);
    expect(value(parley.call(accountSid, b)).status).toBe('completed');
    expect(metrics.value('parley_draining')).toBe(1);
  });
});

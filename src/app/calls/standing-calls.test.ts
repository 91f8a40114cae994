/** Calls that run documents, between their conferences: redirected, hung up, and whatever else may come. */
import { describe, expect, it } from 'vitest';
import { callSidOf } from '../../../test/support/callers.js';
import { app, conference, documentScript, rtp, settled, withAction } from '../../../test/support/document-script.js';
import { handedOverOf } from '../../../test/support/documents.js';
import { answered } from '../../../test/support/fake-documents.js';
import { accountSid, refusal, sdpOffer, value } from '../../../test/support/parley-script.js';
import { ok } from '../../base/result.js';
import type { ShardId } from '../../media/engine-port.js';
import type { DocumentAnswer } from '../ports.js';

describe('a redirect', () => {
  const to = (verbs: string) => handedOverOf(`<Response>${verbs}</Response>`);

  it('case 53: takes the call out of its room at once, and no action is requested', async () => {
    const { run, parley, asked, rooms, store } = documentScript();
    value(await run('A', withAction));
    value(await parley.redirect(accountSid, callSidOf('A'), to(conference('second'))));
    await settled();
    expect(asked()).toEqual([]);
    expect(await rooms()).toEqual({ second: 'A' });
    const left = (await store.journal(accountSid, 0n, 100)).entries.flatMap(({ event }) =>
      event.kind === 'participant-left' ? [event] : [],
    );
    expect(left).toMatchObject([{ cause: 'redirected-via-api', callContinues: true }]);
  });

  it('works on a call that was dialled without a document, and on its next one', async () => {
    const { dial, parley, documents, rooms, statusOf, engine } = documentScript();
    await dial('A');
    documents.answer(`${app}/next`, conference('third'));
    value(await parley.redirect(accountSid, callSidOf('A'), to(conference('second'))));
    await settled();
    value(await parley.redirect(accountSid, callSidOf('A'), { url: `${app}/next`, method: 'GET' }));
    await settled();
    expect(await rooms()).toEqual({ third: 'A' });
    value(await parley.redirect(accountSid, callSidOf('A'), to('<Hangup/>')));
    await settled();
    expect(statusOf('A')).toBe('completed');
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
  });

  it('cuts a pause short, and what was waited for comes to nothing', async () => {
    const { run, parley, documents, rooms } = documentScript();
    let answer = (_: DocumentAnswer): void => {};
    documents.answer(`${app}/slow`, new Promise<DocumentAnswer>((resolve) => (answer = resolve)));
    value(await run('A', `<Pause length="60"/>${conference('never')}`));
    value(await parley.redirect(accountSid, callSidOf('A'), { url: `${app}/slow`, method: 'POST' }));
    value(await parley.redirect(accountSid, callSidOf('A'), to(conference('second'))));
    await settled();
    answer(answered(`${app}/slow`, conference('never')));
    await settled();
    expect(await rooms()).toEqual({ second: 'A' });
  });

  it('of a call that is over, or unknown, is refused', async () => {
    const { dial, parley } = documentScript();
    await dial('A');
    value(await parley.hangUp(accountSid, callSidOf('A')));
    expect(refusal(await parley.redirect(accountSid, callSidOf('A'), to('<Pause/>')))).toBe('call-completed');
    expect(refusal(await parley.redirect(accountSid, callSidOf('B'), to('<Pause/>')))).toBe('call-unknown');
  });
});

describe('a call in no room', () => {
  const pause = '<Pause length="600"/>';

  it('can be hung up, and then its leg is closed', async () => {
    const { run, parley, statusOf, engine } = documentScript();
    value(await run('A', pause));
    expect(engine.held()).toEqual({ legs: 1, rooms: 0 });
    expect(value(await parley.hangUp(accountSid, callSidOf('A')))).toMatchObject({ status: 'completed' });
    await settled();
    expect(statusOf('A')).toBe('completed');
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
  });

  it('has its frames, its keys and its new offers', async () => {
    const { run, parley } = documentScript();
    value(await run('A', pause));
    expect(value(parley.attachMedia(accountSid, callSidOf('A'))).lane()).not.toBeNull();
    value(await run('B', pause, { media: rtp }));
    value(parley.sendDigits(accountSid, callSidOf('B'), '12'));
    value(await parley.reoffer(accountSid, callSidOf('B'), sdpOffer));
  });

  it('is hung up when its party has sent nothing for too long', async () => {
    const { run, clock, statusOf } = documentScript(1, { afterMs: 10_000, policy: 'hang-up' });
    value(await run('A', pause, { media: rtp }));
    await clock.advance(10_000);
    await settled();
    expect(statusOf('A')).toBe('completed');
  });

  it('is over when its shard is, wherever it is', async () => {
    const { run, remove, documents, engine, statusOf, asked } = documentScript();
    documents.answer(`${app}/done`, pause);
    value(await run('A', pause));
    value(await run('B', withAction));
    value(await run('C', withAction));
    await remove('C');
    engine.fail(0);
    await settled();
    expect(['A', 'B', 'C'].map(statusOf)).toEqual(['completed', 'completed', 'completed']);
    expect(asked()).toHaveLength(1);
  });

  it('is over when the daemon goes down, and so is one that is still to have media', async () => {
    const { run, fetchAndRun, documents, parley, statusOf, asked } = documentScript();
    documents.answer(`${app}/slow`, new Promise<DocumentAnswer>(() => {}));
    value(await run('A', pause));
    value(await run('B', withAction));
    const waiting = fetchAndRun('C', `${app}/slow`);
    await parley.goDown(0, Promise.resolve());
    await parley.endAll();
    await settled();
    expect(['A', 'B'].map(statusOf)).toEqual(['completed', 'completed']);
    expect(refusal(await waiting)).toBe('draining');
    expect(asked()).toEqual([`POST ${app}/slow`]);
    expect(refusal(await run('D', pause))).toBe('draining');
  });

  it('stands on the shard of the conference that its document names next', async () => {
    const { run, dial, rooms, clock } = documentScript(2);
    await dial('B');
    value(await run('A', `<Pause/>${conference('Room 1234')}`));
    await clock.advance(1000);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'BA' });
  });

  it('goes to the shard of a conference that came to be elsewhere meanwhile', async () => {
    const { run, dial, rooms, clock, parley, engine } = documentScript(2);
    value(await run('A', `<Pause/>${conference('Room 1234')}${conference('second')}`, { media: rtp }));
    await dial('B');
    await clock.advance(1000);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'BA' });
    expect(engine.shards().map(({ legs }) => legs)).toEqual([0, 2]);
    expect(parley.findings(accountSid, null, 1).entries).toEqual([]);
    value(parley.sendDigits(accountSid, callSidOf('A'), '1'));
    value(await parley.hangUp(accountSid, callSidOf('A')));
    await settled();
    expect(engine.held().legs).toBe(1);
  });

  it('stays where it is when that shard has no place, and runs what comes next', async () => {
    const { run, dial, rooms, clock, parley, engine } = documentScript(2);
    value(await run('A', `<Pause/>${conference('Room 1234')}${conference('second')}`));
    await dial('B');
    engine.legRefusal = { kind: 'engine-full', what: 'legs' };
    await clock.advance(1000);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'B', second: 'A' });
    expect(parley.findings(accountSid, null, 1).entries[0]?.finding.code).toBe(16_030);
  });

  it('follows a conference that begins elsewhere while it is on its way', async () => {
    const { run, dial, remove, rooms, clock, engine } = documentScript(3);
    value(await run('A', `<Pause/>${conference('Room 1234')}`));
    await dial('B');
    engine.onMoving = async () => {
      engine.onMoving = () => {};
      await remove('B');
      engine.place = () => ok(2 as ShardId);
      await dial('C');
    };
    await clock.advance(1000);
    for (let turn = 0; turn < 4; turn += 1) await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'CA' });
    expect(engine.shards().map(({ legs }) => legs)).toEqual([0, 0, 2]);
  });

  it('is told to try again by who would have it do something on its way', async () => {
    const { run, dial, clock, parley, engine, statusOf } = documentScript(2);
    value(await run('A', `<Pause/>${conference('Room 1234')}`, { media: rtp }));
    await dial('B');
    const refusals: unknown[] = [];
    engine.onMoving = () => {
      refusals.push(refusal(parley.sendDigits(accountSid, callSidOf('A'), '1')));
      void parley.reoffer(accountSid, callSidOf('A'), sdpOffer).then((reply) => refusals.push(refusal(reply)));
    };
    await clock.advance(1000);
    await settled();
    expect(refusals).toEqual(['digits-full', 'engine-full']);
    expect(statusOf('A')).toBe('in-progress');
  });

  it.each([0, 1])('is over when shard %i fails while it goes from one to the other', async (failing) => {
    const { run, dial, clock, engine, statusOf } = documentScript(2);
    value(await run('A', `<Pause/>${conference('Room 1234')}<Pause length="600"/>`));
    await dial('B');
    engine.onMoving = () => engine.fail(failing);
    await clock.advance(1000);
    await settled();
    expect(statusOf('A')).toBe('completed');
    expect(engine.held().legs).toBe(failing === 0 ? 1 : 0);
  });
});

describe('a full command ring', () => {
  const ringFull = { kind: 'engine-full', what: 'command-ring' } as const;

  it('keeps a call from its next room until the engine knows that it left the last', async () => {
    const { run, remove, documents, engine, clock, rooms } = documentScript();
    documents.answer(`${app}/done`, conference('second'));
    value(await run('A', withAction));
    engine.applyRefusal = ringFull;
    await remove('A');
    expect(await rooms()).toEqual({});
    engine.applyRefusal = null;
    await clock.advance(10);
    await settled();
    await clock.advance(10);
    await settled();
    expect(await rooms()).toEqual({ second: 'A' });
    expect(engine.openLegs()).toHaveLength(1);
  });

  it('lets a call leave its next room before the engine heard that it had come', async () => {
    const { run, remove, engine, clock, rooms, statusOf } = documentScript();
    value(await run('A', `<Pause/>${conference('Room 1234')}<Pause length="60"/>`));
    value(await run('B', `<Pause/>${conference('second')}`));
    engine.applyRefusal = ringFull;
    await clock.advance(1000);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'A', second: 'B' });
    await remove('A');
    await remove('B', 'second');
    engine.applyRefusal = null;
    await clock.advance(10);
    await settled();
    expect(['A', 'B'].map(statusOf)).toEqual(['in-progress', 'completed']);
    expect(engine.held()).toEqual({ legs: 1, rooms: 0 });
    const commands = engine.batches.flat().map(({ kind }) => kind);
    expect(commands).toEqual(['open-leg', 'open-leg', 'close-leg']);
  });

  it('delays the end of a leg, and loses none', async () => {
    const { run, remove, engine, clock, parley } = documentScript();
    value(await run('A', `${conference('Room 1234')}<Pause/>`));
    value(await run('B', '<Pause length="600"/>'));
    engine.applyRefusal = ringFull;
    await remove('A');
    value(await parley.hangUp(accountSid, callSidOf('B')));
    await clock.advance(1000);
    await settled();
    engine.applyRefusal = null;
    for (let look = 0; look < 5; look += 1) {
      await clock.advance(10);
      await settled();
    }
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
  });
});

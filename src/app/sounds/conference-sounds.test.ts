/** What is played to those in a conference: CONTRACT §5, §8.2 and §8.5, over doubles of engine and web application. */
import { describe, expect, it } from 'vitest';
import { callSidOf, end, leave, silence, update } from '../../../test/support/callers.js';
import { app, soundScript, waits, waitsFor, waitUrl } from '../../../test/support/sound-script.js';
import { roomPlayersMax, type ShardId } from '../../media/engine-port.js';
import { beepsMax } from './conference-sounds.js';

const shard1 = 1 as ShardId;

const hold = { kind: 'document', target: { url: `${app}/hold`, method: 'GET' } } as const;
const quiet = { beep: 'false' } as const;

describe('who waits', () => {
  it('hears the hold music of the shard, which is one player for all', async () => {
    const { enter, hearing, engine } = soundScript();
    await enter('A', waits);
    await enter('B', { ...waits, wait: silence });
    await enter('C', waits);
    expect(hearing()).toEqual({ A: 'music x∞', B: '', C: 'music x∞' });
    expect(engine.heldSounds().players).toBe(1);
  });

  it('hears the music of the shard that its own leg is on, and beeps of the home of the room', async () => {
    const { enter, hearing, engine, runner } = soundScript();
    await enter('A', waits);
    engine.spansTo = shard1;
    await enter('B', waits);
    expect(hearing()).toEqual({ A: 'music x∞', B: 'music x∞' });
    const taken = () => engine.shards().map(({ legs, players }) => `${legs} legs, ${players} players`);
    expect(taken()).toEqual(['1 legs, 1 players', '1 legs, 1 players']);
    expect([runner.legs().isOn(shard1), runner.legs().shardOf(callSidOf('B'))]).toEqual([true, shard1]);
    await enter('C');
    expect(taken()).toEqual(['1 legs, 2 players', '2 legs, 1 players']);
    expect(hearing()).toEqual({ A: 'room + enter', B: 'room + enter', C: 'room + enter' });
  });

  it('hears no music from the very batch of the start on, in which the beep begins for all', async () => {
    const { enter, hearing, engine, playedOut } = soundScript();
    await enter('A');
    const before = engine.batches.length;
    await enter('B');
    expect(engine.batches.slice(before).map((batch) => batch.map(({ kind }) => kind))).toEqual([
      ['open-leg', 'open-player', 'play-to-room', 'route-leg', 'route-leg'],
    ]);
    expect(hearing()).toEqual({ A: 'room + enter', B: 'room + enter' });
    await playedOut(250);
    expect(hearing()).toEqual({ A: 'room', B: 'room' });
    expect(engine.heldSounds().players).toBe(1);
  });

  it('asks its waitUrl once, when it comes in, with all that is known of call and conference', async () => {
    const { enter, sounds, hearing } = soundScript();
    sounds.answer(waitUrl, { verbs: `<Play loop="3">/a.mp3</Play>` });
    sounds.answer(`${app}/a.mp3`, { kind: 'whole', durationMs: 4000 });
    await enter('A', { ...waitsFor(waitUrl), ...waits });
    expect(sounds.asked).toMatchObject([
      {
        method: 'POST',
        url: waitUrl,
        parameters: {
          AccountSid: expect.any(String),
          ApiVersion: '2010-04-01',
          CallSid: callSidOf('A'),
          CallStatus: 'in-progress',
          Called: '+15550100099',
          Caller: '+15550100001',
          ConferenceSid: expect.any(String),
          Direction: 'inbound',
          FriendlyName: 'Room 1234',
          From: '+15550100001',
          To: '+15550100099',
        },
      },
      { method: 'GET', url: `${app}/a.mp3`, parameters: {} },
    ]);
    expect(hearing()).toEqual({ A: `${app}/a.mp3 x3` });
  });

  it('case 45: never hears what is still being fetched when the conference starts', async () => {
    const { enter, sounds, hearing, engine } = soundScript();
    let arrive = (): void => {};
    const late = new Promise<{ kind: 'whole'; durationMs: number }>((resolve) => {
      arrive = () => resolve({ kind: 'whole', durationMs: 4000 });
    });
    sounds.answer(waitUrl, late);
    await enter('A', { ...waitsFor(waitUrl), ...waits });
    await enter('B', quiet);
    arrive();
    await enter('C', quiet);
    expect(hearing()).toEqual({ A: 'room', B: 'room', C: 'room' });
    expect(sounds.held()).toEqual([]);
    expect(engine.heldSounds().players).toBe(0);
  });

  it('is not to stay when its waitUrl cannot be had, and that is told as what it is', async () => {
    const { enter, runner, sounds, found, told, store } = soundScript();
    sounds.answer(waitUrl, { code: 11_200, rule: 'no answer in time' });
    await enter('A', waits);
    await enter('B', { ...waitsFor(waitUrl), ...waits, continuesAfterDial: true });
    expect(found()).toEqual(['11200 B']);
    expect(told().slice(-2).sort()).toEqual(['document-finding', 'participant-left']);
    const left = store.commits.flatMap(({ events }) => events).find(({ kind }) => kind === 'participant-left');
    expect(left).toMatchObject({
      callSid: callSidOf('B'),
      cause: 'wait-failed',
      reason: 'participant_add_failed',
      callContinues: true,
    });
    expect(runner.leg(callSidOf('B'))).toBeNull();
  });

  it('stays when only a later request fails, or a WaitUrl that it was given meanwhile: silence', async () => {
    const { enter, hearing, sounds, playedOut, submit, found } = soundScript();
    sounds.answer(waitUrl, { verbs: `<Play>/a.mp3</Play>` });
    sounds.answer(`${app}/a.mp3`, { kind: 'whole', durationMs: 4000 });
    await enter('A', { ...waitsFor(waitUrl), ...waits });
    sounds.answer(waitUrl, { code: 11_217, rule: 'the answer was 500' });
    await playedOut();
    expect(hearing()).toEqual({ A: '' });
    await submit(update('A', { wait: { kind: 'document', target: { url: `${app}/gone`, method: 'POST' } } }));
    expect(hearing()).toEqual({ A: '' });
    expect(found()).toEqual(['11217 A', '11217 A']);
  });

  it('case 41: hears nothing with an empty waitUrl', async () => {
    const { enter, hearing, sounds } = soundScript();
    await enter('A', { ...waits, wait: silence });
    expect(hearing()).toEqual({ A: '' });
    expect(sounds.asked).toEqual([]);
  });

  it('hears a new WaitUrl in place of the old one at once', async () => {
    const { enter, hearing, sounds, submit } = soundScript();
    sounds.answer(waitUrl, { kind: 'whole', durationMs: 4000 });
    await enter('A', waits);
    await submit(update('A', waitsFor(waitUrl)));
    expect(hearing()).toEqual({ A: `${waitUrl} x∞` });
    await submit(update('A', { wait: silence }));
    expect(hearing()).toEqual({ A: '' });
    expect(sounds.held()).toEqual(['music']);
  });

  it('is silent while the shard has no player, and hears the music once it has', async () => {
    const { enter, hearing, engine, clock, metrics } = soundScript();
    engine.playerRefusal = { kind: 'engine-full', what: 'players' };
    await enter('A', waits);
    expect(hearing()).toEqual({ A: '' });
    expect(metrics.value('parley_engine_refusals_total', { lack: 'players' })).toBe(1);
    engine.playerRefusal = null;
    await clock.advance(100);
    expect(hearing()).toEqual({ A: 'music x∞' });
  });
});

describe('the end of what is heard while waiting', () => {
  const bothFlavours = ['signalwire', 'twilio'] as const;

  it.each(bothFlavours)('case 42: of a document in the flavour %s', async (flavour) => {
    const { enter, hearing, sounds, playedOut } = soundScript(flavour);
    sounds.answer(waitUrl, { verbs: `<Play>/a.mp3</Play>` });
    sounds.answer(`${app}/a.mp3`, { kind: 'whole', durationMs: 4000 });
    await enter('A', { ...waitsFor(waitUrl), ...waits });
    await playedOut();
    expect(hearing()).toEqual({ A: flavour === 'signalwire' ? `${app}/a.mp3` : '' });
    expect(sounds.asked.filter(({ url }) => url === waitUrl)).toHaveLength(flavour === 'signalwire' ? 2 : 1);
  });

  it.each(bothFlavours)('of direct audio in the flavour %s', async (flavour) => {
    const { enter, hearing, sounds } = soundScript(flavour);
    sounds.answer(waitUrl, { kind: 'whole', durationMs: 4000 });
    await enter('A', { ...waitsFor(waitUrl), ...waits });
    expect(hearing()).toEqual({ A: flavour === 'signalwire' ? `${waitUrl} x∞` : waitUrl });
  });

  it('case 43: of none that redirects to itself, or plays without end', async () => {
    const { enter, hearing, sounds, playedOut } = soundScript('twilio');
    sounds.answer(waitUrl, { verbs: `<Play>/a.mp3</Play><Redirect/>` });
    sounds.answer(`${app}/b`, { verbs: `<Play loop="0">/a.mp3</Play><Play>/never.mp3</Play>` });
    sounds.answer(`${app}/a.mp3`, { kind: 'whole', durationMs: 4000 });
    await enter('A', { ...waitsFor(waitUrl), ...waits });
    for (let round = 0; round < 3; round += 1) {
      expect(hearing()).toEqual({ A: `${app}/a.mp3` });
      await playedOut();
    }
    await enter('B', { ...waitsFor(`${app}/b`), ...waits });
    expect(hearing()).toEqual({ A: `${app}/a.mp3`, B: `${app}/a.mp3 x∞` });
  });

  it('of a stream: it is asked for again, for it plays once', async () => {
    const { enter, hearing, sounds, playedOut } = soundScript();
    sounds.answer(waitUrl, { kind: 'stream', durationMs: null });
    await enter('A', { ...waitsFor(waitUrl), ...waits });
    expect(hearing()).toEqual({ A: waitUrl });
    await playedOut();
    expect(hearing()).toEqual({ A: waitUrl });
    expect(sounds.asked).toHaveLength(2);
    expect(sounds.held()).toEqual([waitUrl]);
  });
});

describe('who is held', () => {
  it('hears its HoldUrl, music, or silence, and its change during the hold', async () => {
    const { enter, submit, hearing, sounds } = soundScript();
    sounds.answer(hold.target.url, { kind: 'whole', durationMs: 4000 });
    for (const name of ['A', 'B', 'C']) await enter(name, quiet);
    await submit(update('B', { hold }));
    expect(sounds.asked).toMatchObject([{ method: 'GET', parameters: { CallSid: callSidOf('B') } }]);
    expect(hearing()).toEqual({ A: 'room', B: `${hold.target.url} x∞`, C: 'room' });
    await submit(update('B', { hold: { kind: 'default-music' } }));
    expect(hearing().B).toBe('music x∞');
    await submit(update('B', { hold: silence }));
    expect(hearing().B).toBe('');
    await submit(update('B', { hold: null }));
    expect(hearing()).toEqual({ A: 'room', B: 'room', C: 'room' });
    expect(sounds.held()).toEqual(['music']);
  });

  it('hears the music when its HoldUrl cannot be had, and stays', async () => {
    const { enter, submit, hearing, found } = soundScript();
    for (const name of ['A', 'B']) await enter(name, quiet);
    await submit(update('B', { hold }));
    expect(hearing()).toEqual({ A: 'room', B: 'music x∞' });
    expect(found()).toEqual(['11217 B']);
  });

  it('hears its wait audio before the start, and its hold from the start on', async () => {
    const { enter, submit, hearing, sounds } = soundScript();
    sounds.answer(hold.target.url, { kind: 'whole', durationMs: 4000 });
    await enter('A', { ...waits, ...quiet });
    await submit(update('A', { hold }));
    expect(hearing()).toEqual({ A: 'music x∞' });
    await enter('B', quiet);
    expect(hearing()).toEqual({ A: `${hold.target.url} x∞`, B: 'room' });
  });
});

describe('beeps', () => {
  it('case 32: a muted newcomer beeps, and nobody on hold hears it', async () => {
    const { enter, submit, hearing, playedOut } = soundScript();
    await enter('A', quiet);
    await enter('B', quiet);
    await submit(update('B', { hold: silence }));
    await enter('C', { muted: true });
    expect(hearing()).toEqual({ A: 'room + enter', B: '', C: 'room' });
    await playedOut(250);
    expect(hearing()).toEqual({ A: 'room', B: '', C: 'room' });
  });

  it('mark a leaver for those who stay', async () => {
    const { enter, submit, hearing } = soundScript();
    for (const name of ['A', 'B']) await enter(name, quiet);
    await enter('C', { beep: 'on-exit' });
    expect(hearing()).toEqual({ A: 'room', B: 'room', C: 'room' });
    await submit(leave('C'));
    expect(hearing()).toEqual({ A: 'room + exit', B: 'room + exit' });
  });

  it('are so many at a time and no more; further ones are counted', async () => {
    const { enter, engine, metrics, submit, sounds } = soundScript();
    await enter('A', quiet);
    for (const name of 'BCDEFGH') await enter(name);
    expect(engine.playing().filter(({ room }) => room !== null)).toHaveLength(beepsMax);
    expect(metrics.value('parley_beeps_left_out_total')).toBe(7 - beepsMax);
    // One announcement to all beside them.
    expect(beepsMax + 1).toBeLessThanOrEqual(roomPlayersMax);
    await submit(end);
    expect(sounds.held()).toEqual(['music']);
    expect(engine.heldSounds().players).toBe(1);
  });

  it('begin with the next batch the engine has room for, or never', async () => {
    const { enter, engine, clock, hearing, runner } = soundScript();
    for (const name of ['A', 'B']) await enter(name, quiet);
    engine.applyRefusal = { kind: 'engine-full', what: 'command-ring' };
    await enter('C');
    engine.applyRefusal = null;
    await clock.advance(20);
    expect(hearing()).toEqual({ A: 'room + enter', B: 'room + enter', C: 'room' });
    engine.applyRefusal = { kind: 'engine-full', what: 'command-ring' };
    await enter('D');
    await runner.submit(end);
    engine.applyRefusal = null;
    await clock.advance(20);
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
    expect(engine.heldSounds().players).toBe(1);
  });
});

describe('announcements', () => {
  const news = `${app}/news`;
  const more = `${app}/more`;
  const known = (...urls: readonly string[]) => {
    const script = soundScript();
    for (const url of [...urls, hold.target.url]) script.sounds.answer(url, { kind: 'whole', durationMs: 4000 });
    return script;
  };

  it('to all are heard over the talk, and over the music of who waits, but by nobody on hold', async () => {
    const { enter, announce, hearing, submit, playedOut, sounds } = known(news);
    await enter('A', { ...waits, ...quiet });
    await announce(news);
    expect(hearing()).toEqual({ A: `music x∞ + ${news}` });
    await enter('B', quiet);
    expect(hearing()).toEqual({ A: `room + ${news}`, B: `room + ${news}` });
    await submit(update('B', { hold }));
    expect(hearing()).toEqual({ A: `room + ${news}`, B: `${hold.target.url} x∞` });
    expect(sounds.asked[0]?.parameters).toEqual({
      AccountSid: expect.any(String),
      ApiVersion: '2010-04-01',
      ConferenceSid: expect.any(String),
      FriendlyName: 'Room 1234',
    });
    await submit(update('B', { hold: null }));
    await playedOut();
    expect(hearing()).toEqual({ A: 'room', B: 'room' });
  });

  it('to one are heard by that one alone, over its hold audio, too', async () => {
    const { enter, announce, hearing, submit } = known(news);
    for (const name of ['A', 'B']) await enter(name, quiet);
    await submit(update('B', { hold }));
    await announce(news, 'B');
    expect(hearing()).toEqual({ A: 'room', B: `${hold.target.url} x∞ + ${news}` });
    await submit(update('B', { hold: null }));
    expect(hearing()).toEqual({ A: 'room', B: `room + ${news}` });
  });

  it('wait in line for the same ears, and not for others', async () => {
    const { enter, announce, hearing, playedOut, told } = known(news, more);
    for (const name of ['A', 'B']) await enter(name, quiet);
    await announce(news);
    await announce(more);
    await announce(more, 'A');
    expect(hearing()).toEqual({ A: `room + ${news} + ${more}`, B: `room + ${news}` });
    await playedOut();
    expect(hearing()).toEqual({ A: `room + ${news}`, B: `room + ${news}` });
    await playedOut();
    expect(hearing()).toEqual({ A: `room + ${more}`, B: `room + ${more}` });
    await playedOut();
    expect(hearing()).toEqual({ A: 'room', B: 'room' });
    expect(told().filter((kind) => kind === 'announcement-ended')).toHaveLength(3);
  });

  it('tell of their end, of what went wrong, and of a leg that left before', async () => {
    const { enter, announce, submit, playedOut, store, sounds, runner } = known(news);
    for (const name of ['A', 'B', 'C']) await enter(name, quiet);
    sounds.answer(more, { verbs: '<Play>/gone.mp3</Play>' });
    await announce(news, 'A');
    await playedOut();
    await announce(more);
    await announce(news, 'C');
    await submit(leave('C'));
    await runner.submit(update('A', { muted: true }));
    const ended = store.commits.flatMap(({ events }) => events).filter(({ kind }) => kind === 'announcement-ended');
    expect(ended).toMatchObject([
      { callSid: callSidOf('A'), url: news, failure: null },
      { callSid: null, url: more, failure: '11217: the answer was 404' },
      { callSid: callSidOf('C'), url: news, failure: 'the participant has left' },
    ]);
  });

  it('to one that is not in, or behind too many, are refused', async () => {
    const { enter, runner } = known(news);
    await enter('A');
    const target = { url: news, method: 'POST' } as const;
    expect(await runner.announce({ callSid: callSidOf('B'), target })).toMatchObject({
      ok: false,
      error: { kind: 'participant-unknown' },
    });
    for (let count = 0; count < 16; count += 1) {
      expect((await runner.announce({ callSid: null, target })).ok).toBe(true);
    }
    expect(await runner.announce({ callSid: null, target })).toMatchObject({ error: { kind: 'announcements-full' } });
    expect((await runner.announce({ callSid: callSidOf('A'), target })).ok).toBe(true);
    await runner.submit(leave('A'));
    expect(await runner.announce({ callSid: null, target })).toMatchObject({ error: { kind: 'conference-completed' } });
  });
});

it('nothing is held once everybody has left', async () => {
  const { enter, submit, announce, engine, sounds, clock } = soundScript();
  for (const url of [waitUrl, hold.target.url, `${app}/news`]) {
    sounds.answer(url, { kind: 'stream', durationMs: null });
  }
  await enter('A', { ...waitsFor(waitUrl), ...waits });
  await enter('B', { ...waitsFor(waitUrl) });
  await submit(update('A', { hold }));
  await announce(`${app}/news`);
  await announce(`${app}/news`, 'A');
  expect(engine.heldSounds().players).toBeGreaterThan(3);
  await submit(end);
  await clock.advance(100);
  expect(sounds.held()).toEqual([]);
  expect(engine.heldSounds().players).toBe(0);
  expect(clock.pending()).toBe(0);
});

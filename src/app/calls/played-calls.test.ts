/** What a call is played before, after and instead of a conference, over doubles of the world. */
import { describe, expect, it } from 'vitest';
import { callSidOf } from '../../../test/support/callers.js';
import { app, conference, documentScript, rtp, settled } from '../../../test/support/document-script.js';
import { accountSid, value } from '../../../test/support/parley-script.js';

const tune = `${app}/tune.mp3`;
const play = (loop = 1): string => `<Play loop="${loop}">${tune}</Play>`;

function playedScript() {
  const script = documentScript();
  const { engine, sounds, clock, parley } = script;
  sounds.answer(tune, { kind: 'whole', durationMs: 4000 });
  /** What plays now, with its loops. */
  const playing = (): readonly string[] =>
    engine.playing().map(({ clip, loops }) => {
      const of = sounds.given.find(({ sound }) => sound.clip === clip)?.of ?? '?';
      return `${of} ${loops}`;
    });
  const playedOut = async (): Promise<void> => {
    await clock.advance(4000);
    const last = engine.playing().at(-1);
    if (last !== undefined) engine.endPlayer(last.player);
    await settled();
  };
  const findings = (): readonly number[] =>
    parley.findings(accountSid, null, 100).entries.map((each) => each.finding.code);
  return { ...script, playing, playedOut, findings };
}

describe('<Play>', () => {
  it('is heard by a call in no conference, and what follows begins when it ends', async () => {
    const { run, playing, playedOut, rooms, sounds, engine } = playedScript();
    const reply = value(await run('A', `${play(2)}${conference('Room 1234', 'waitUrl=""')}`, { media: rtp }));
    expect(reply).toMatchObject({ conferenceSid: null, media: { kind: 'rtp' } });
    await settled();
    expect(playing()).toEqual([`${tune} 2`]);
    expect(engine.openLegs()).toMatchObject([{ sends: { kind: 'nobody' }, hears: 'silence', players: [{}] }]);
    expect(sounds.asked).toEqual([{ method: 'GET', url: tune, parameters: {} }]);
    expect(await rooms()).toEqual({});
    await playedOut();
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
    expect(engine.heldSounds().players).toBe(0);
    expect(sounds.held()).toEqual([]);
  });

  it('is heard behind </Dial>, once the call has left', async () => {
    const { run, playing, playedOut, remove, statusOf } = playedScript();
    await run('A', `${conference('Room 1234', 'waitUrl="" beep="false"')}${play()}`);
    await run('B', conference('Room 1234', 'beep="false"'));
    expect(playing()).toEqual([]);
    await remove('A');
    expect(playing()).toEqual([`${tune} 1`]);
    await playedOut();
    expect(statusOf('A')).toBe('completed');
  });

  it('that cannot be had, or has no player, is passed over with what is wrong', async () => {
    const { run, rooms, findings, sounds, engine } = playedScript();
    sounds.answer(tune, { code: 13_420, rule: 'it is no audio' });
    await run('A', `${play()}${conference('Room 1234')}`);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
    sounds.answer(tune, { kind: 'whole', durationMs: 4000 });
    engine.playerRefusal = { kind: 'engine-full', what: 'players' };
    await run('B', `${play()}${conference('Room 1234')}`);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'AB' });
    expect(findings()).toEqual([13_420, 13_420]);
  });

  it('without end is over when the call hangs up or runs something else', async () => {
    const { run, playing, parley, statusOf, sounds, engine } = playedScript();
    await run('A', play(0));
    await settled();
    expect(playing()).toEqual([`${tune} 0`]);
    value(await parley.redirect(accountSid, callSidOf('A'), { url: `${app}/next`, method: 'POST' }));
    expect(playing()).toEqual([]);
    await settled();
    expect(statusOf('A')).toBe('completed');
    await run('B', play(0));
    await settled();
    value(await parley.hangUp(accountSid, callSidOf('B')));
    await settled();
    expect(sounds.held()).toEqual([]);
    expect([engine.held().legs, engine.heldSounds().players]).toEqual([0, 0]);
  });

  it('of a stream is asked for as often as it is to be heard', async () => {
    const { run, playing, playedOut, sounds, statusOf } = playedScript();
    sounds.answer(tune, { kind: 'stream', durationMs: null });
    await run('A', play(2));
    await settled();
    expect(playing()).toEqual([`${tune} 1`]);
    await playedOut();
    expect(playing()).toEqual([`${tune} 1`]);
    await playedOut();
    expect(sounds.asked).toHaveLength(2);
    expect(statusOf('A')).toBe('completed');
  });

  it('begins and ends when the engine has room to be told, before the call is anywhere else', async () => {
    const { run, playing, engine, clock, rooms, parley } = playedScript();
    await run('A', `${play()}${conference('Room 1234', 'waitUrl=""')}`);
    await settled();
    const [player] = engine.playing();
    engine.applyRefusal = { kind: 'engine-full', what: 'command-ring' };
    if (player !== undefined) engine.endPlayer(player.player);
    await settled();
    expect(await rooms()).toEqual({});
    engine.applyRefusal = null;
    await clock.advance(30);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
    expect(playing()).toEqual([]);
    // Never told, and given back.
    await run('B', '<Pause length="60"/>');
    engine.applyRefusal = { kind: 'engine-full', what: 'command-ring' };
    const start = { url: `${app}/next`, method: 'POST' } as const;
    await run('C', '<Pause length="60"/>').catch(() => {});
    value(await parley.redirect(accountSid, callSidOf('B'), start));
    engine.applyRefusal = null;
    await clock.advance(30);
    expect(engine.heldSounds().players).toBe(0);
  });
});

describe('<Say>', () => {
  it('is heard where a voice is installed', async () => {
    const { run, playing, sounds, playedOut, statusOf } = playedScript();
    sounds.speechMs = () => 1500;
    await run('A', '<Say voice="alice" language="en-GB" loop="2">Good morning</Say>');
    await settled();
    expect(playing()).toEqual(['Good morning 2']);
    await playedOut();
    expect(statusOf('A')).toBe('completed');
  });

  it('is passed over with a warning where none is', async () => {
    const { run, rooms, findings } = playedScript();
    await run('A', `<Say>Good morning</Say>${conference('Room 1234')}`);
    await settled();
    expect(await rooms()).toEqual({ 'Room 1234': 'A' });
    expect(findings()).toEqual([13_420]);
  });
});

describe('a waitUrl that cannot be had', () => {
  it('makes the dial fail: action is told so, or the next verb is run', async () => {
    const { run, asked, documents, sounds, rooms, statusOf } = playedScript();
    sounds.answer(`${app}/wait`, { code: 11_217, rule: 'the answer was 404' });
    documents.answer(`${app}/done`, conference('Elsewhere'));
    await run('A', conference('Room 1234', `waitUrl="${app}/wait"`, `action="${app}/done"`));
    await settled();
    expect(asked()).toEqual([`POST ${app}/done failed 0`]);
    expect(await rooms()).toEqual({ Elsewhere: 'A' });
    await run('B', `${conference('Room 1234', `waitUrl="${app}/wait"`)}<Pause length="9"/>`);
    await settled();
    expect(statusOf('B')).toBe('in-progress');
    expect(await rooms()).toEqual({ Elsewhere: 'A' });
  });
});

import { describe, expect, it } from 'vitest';
import {
  callSidOf,
  conferenceSidOf,
  end,
  leave,
  tellAt,
  tellOfSpeechAt,
  update,
} from '../../../test/support/callers.js';
import type { SlowStore } from '../../../test/support/fake-store.js';
import { oldBytesOf } from '../../../test/support/old-generation.js';
import { commandKinds, join, media, runnerOf } from '../../../test/support/runner-script.js';
import { settled } from '../../../test/support/virtual-clock.js';
import { ok } from '../../base/result.js';
import type { LegMedia } from '../../media/engine-port.js';

const full = { kind: 'engine-full', what: 'legs' } as const;
const ringFull = { kind: 'engine-full', what: 'command-ring' } as const;

describe('ConferenceRunner join', () => {
  it('answers with the conference and the leg, once committed and told to the engine', async () => {
    const { runner, engine, store } = runnerOf();
    const joined = await runner.join(join('A'), media);
    expect(joined).toMatchObject({ ok: true, value: { conferenceSid: conferenceSidOf('conf1') } });
    expect(store.commits).toHaveLength(1);
    expect(commandKinds(engine, 0)).toEqual(['open-room', 'open-leg', 'route-leg']);
  });

  it('changes nothing before the commit is through', async () => {
    const { runner, engine, store, changes } = runnerOf();
    store.isHolding = true;
    const joined = runner.join(join('A'), media);
    await settled();
    expect([runner.state().phase, engine.batches, changes]).toEqual(['absent', [], []]);
    store.letThrough();
    expect((await joined).ok).toBe(true);
    expect(runner.state().phase).toBe('init');
  });

  it('commits events, callbacks and the new state together', async () => {
    const { runner, store } = runnerOf();
    await runner.join(join('A', { roomRequest: { statusCallback: tellAt('https://app.example/status') } }), media);
    const [commit] = store.commits;
    expect(commit?.events.map(({ kind }) => kind)).toEqual(['call-dialed', 'conference-created', 'participant-joined']);
    expect(commit?.state.phase).toBe('init');
    expect(commit?.callbacks.map(({ parameters }) => parameters.get('StatusCallbackEvent'))).toEqual([
      'participant-join',
    ]);
  });

  it('numbers callbacks on through the life of the conference', async () => {
    const { runner, store } = runnerOf();
    await runner.join(join('A', { roomRequest: { statusCallback: tellAt('https://app.example/status') } }), media);
    await runner.join(join('B'), media);
    await runner.submit(end);
    expect(store.callbacks.map(({ parameters }) => Number(parameters.get('SequenceNumber')))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  it('gives nothing to the engine for a join the rules reject', async () => {
    const { runner, engine, store, joins } = runnerOf();
    await joins('A');
    const again = await runner.join(join('A'), media);
    expect(again).toMatchObject({ ok: false, error: { kind: 'already-joined' } });
    expect(engine.held()).toEqual({ legs: 1, rooms: 1 });
    expect(store.commits).toHaveLength(1);
  });

  it('refuses a leg the engine has no place for, and nothing is half done', async () => {
    const { runner, engine, store, changes } = runnerOf();
    engine.legRefusal = full;
    expect(await runner.join(join('A'), media)).toEqual({ ok: false, error: full });
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
    expect([store.commits, changes, runner.state().phase]).toEqual([[], [], 'absent']);
    engine.legRefusal = null;
    expect((await runner.join(join('A'), media)).ok).toBe(true);
  });

  it('gives back leg and room when the commit fails, and stays as it was', async () => {
    const { runner, engine, store } = runnerOf();
    store.isFailing = true;
    expect(await runner.join(join('A'), media)).toEqual({ ok: false, error: { kind: 'store-unavailable' } });
    expect([engine.held(), engine.batches, runner.state().phase]).toEqual([{ legs: 0, rooms: 0 }, [], 'absent']);
    store.isFailing = false;
    expect((await runner.join(join('A'), media)).ok).toBe(true);
  });

  it('applies join, mute and coaching in one batch', async () => {
    const { runner, engine, joins } = runnerOf();
    await joins('A', 'B');
    await runner.join(join('C', { coach: 'A', muted: true }), media);
    expect(commandKinds(engine, 2)).toEqual(['open-leg', 'route-leg']);
    expect(engine.batches[2]?.[1]).toMatchObject({ route: { sends: { kind: 'nobody' }, hears: 'room' } });
  });
});

describe('ConferenceRunner commands', () => {
  it('goes the whole way with each before the next, in the order of asking', async () => {
    const { runner, store } = runnerOf();
    store.isHolding = true;
    const answers = [
      runner.join(join('A'), media),
      runner.submit(update('A', { muted: true })),
      runner.submit(leave('A')),
      runner.submit(leave('A')),
    ];
    await settled();
    expect(store.commits).toHaveLength(0);
    store.letThrough();
    expect((await Promise.all(answers)).map(({ ok }) => ok)).toEqual([true, true, true, false]);
    expect(store.commits.map(({ events }) => events.at(-1)?.kind)).toEqual([
      'participant-joined',
      'participant-muted',
      'conference-ended',
    ]);
  });

  it('commits and tells nothing when nothing changes', async () => {
    const { runner, engine, store, changes, joins } = runnerOf();
    await joins('A');
    expect(await runner.submit(update('A', { muted: false }))).toMatchObject({ ok: true, value: { phase: 'init' } });
    expect([store.commits.length, engine.batches.length, changes.length]).toEqual([1, 1, 1]);
  });

  it('counts what was done and what was rejected', async () => {
    const { runner, metrics, joins } = runnerOf();
    await joins('A');
    await runner.submit(leave('B'));
    expect(metrics.value('parley_commands_total', { command: 'join', outcome: 'done' })).toBe(1);
    expect(metrics.value('parley_commands_total', { command: 'leave', outcome: 'rejected' })).toBe(1);
    expect(metrics.value('parley_command_duration_seconds')).toBe(2);
  });

  it('closes everything at the end and is of no more use', async () => {
    const { runner, engine, joins } = runnerOf();
    await joins('A', 'B');
    await runner.submit(end);
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
    expect(runner.shard()).toBeNull();
    expect(await runner.submit(end)).toMatchObject({ ok: false, error: { kind: 'conference-completed' } });
  });

  it('may end however full the queue is', async () => {
    const { runner, joins } = runnerOf();
    await joins('A');
    await runner.end();
    expect(runner.state().phase).toBe('completed');
  });
});

describe('ConferenceRunner room rate', () => {
  const wide: LegMedia = { transport: 'lane', codec: 'linear16', rateHz: 48_000, jitterMs: 40 };

  it('rises with the second leg that can use it, and falls half a minute after one of them left', async () => {
    const { runner, engine, clock, joins } = runnerOf();
    await joins('A');
    for (const name of ['B', 'C']) await runner.join(join(name), wide);
    expect(engine.roomRates()).toEqual([48_000]);
    await runner.submit(leave('C'));
    await clock.advance(29_990);
    expect(engine.roomRates()).toEqual([48_000]);
    await clock.advance(10);
    expect(engine.roomRates()).toEqual([8000]);
    expect(commandKinds(engine, engine.batches.length - 1)).toEqual(['set-room-rate']);
    await clock.advance(100_000);
    expect(engine.batches.at(-1)).toHaveLength(1);
  });

  it('stays when another comes in the meantime, and asks for nothing after the end', async () => {
    const { runner, engine, clock } = runnerOf();
    for (const name of ['A', 'B']) await runner.join(join(name), wide);
    await runner.submit(leave('A'));
    await clock.advance(20_000);
    await runner.join(join('C'), wide);
    await clock.advance(20_000);
    expect(engine.roomRates()).toEqual([48_000]);
    await runner.submit(leave('C'));
    await runner.submit(end);
    const told = engine.batches.length;
    await clock.advance(60_000);
    expect([engine.batches.length, engine.held()]).toEqual([told, { legs: 0, rooms: 0 }]);
  });
});

describe('ConferenceRunner and a full command ring', () => {
  it('tells the engine later, as the difference there is by then', async () => {
    const { runner, engine, clock, metrics, joins } = runnerOf();
    await joins('A', 'B');
    engine.applyRefusal = ringFull;
    await runner.submit(update('A', { muted: true }));
    await runner.submit(update('B', { muted: true }));
    await clock.advance(50);
    expect(engine.batches).toHaveLength(2);
    engine.applyRefusal = null;
    await clock.advance(20);
    expect(engine.batches[2]?.map((command) => command.kind)).toEqual(['route-leg', 'route-leg']);
    await clock.advance(1000);
    expect(engine.batches).toHaveLength(3);
    expect(metrics.value('parley_engine_batches_postponed_total')).toBeGreaterThan(1);
  });

  it('gives back a leg that came and went meanwhile', async () => {
    const { runner, engine, clock, joins } = runnerOf();
    await joins('A');
    engine.applyRefusal = ringFull;
    await joins('B');
    await runner.submit(leave('B'));
    expect(engine.held().legs).toBe(1);
    engine.applyRefusal = null;
    await clock.advance(20);
    expect(engine.openLegs()).toHaveLength(1);
  });

  it('gives back room and legs of a conference that began and ended meanwhile', async () => {
    const { runner, engine, clock, joins } = runnerOf();
    engine.applyRefusal = ringFull;
    await joins('A');
    await runner.submit(leave('A'));
    engine.applyRefusal = null;
    await clock.advance(100);
    expect([engine.held(), engine.batches]).toEqual([{ legs: 0, rooms: 0 }, []]);
  });

  it('closes at last what it had opened before', async () => {
    const { runner, engine, clock, joins } = runnerOf();
    await joins('A');
    engine.applyRefusal = ringFull;
    await runner.submit(end);
    expect(engine.held()).toEqual({ legs: 1, rooms: 1 });
    engine.applyRefusal = null;
    await clock.advance(100);
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
  });
});

describe('ConferenceRunner deadlines', () => {
  it('takes a leg out at its time limit, and not before', async () => {
    const { runner, clock, joins } = runnerOf();
    await joins('A');
    await runner.join(join('B', { timeLimitSeconds: 60 }), media);
    await clock.advance(59_999);
    expect(runner.leg(callSidOf('B'))).not.toBeNull();
    await clock.advance(1);
    expect(runner.leg(callSidOf('B'))).toBeNull();
    expect(runner.state().phase).toBe('in-progress');
  });

  it('meets the deadlines one after another, also far ones', async () => {
    const { runner, clock } = runnerOf();
    await runner.join(join('A', { timeLimitSeconds: 100_000 }), media);
    await runner.join(join('B', { timeLimitSeconds: 100_001 }), media);
    await clock.advance(100_000_000);
    expect(runner.leg(callSidOf('A'))).toBeNull();
    expect(runner.leg(callSidOf('B'))).not.toBeNull();
    await clock.advance(1000);
    expect(runner.state().phase).toBe('completed');
  });

  it('forgets the deadline of a leg that left by itself', async () => {
    const { runner, clock, store, joins } = runnerOf();
    await joins('A');
    await runner.join(join('B', { timeLimitSeconds: 60 }), media);
    await runner.submit(leave('B'));
    const before = store.commits.length;
    await clock.advance(60_000);
    expect(store.commits).toHaveLength(before);
  });

  it('tries again when the commit fails', async () => {
    const { runner, clock, store, logger } = runnerOf();
    await runner.join(join('A', { timeLimitSeconds: 60 }), media);
    store.isFailing = true;
    await clock.advance(60_000);
    expect(logger.lines).toContainEqual({ level: 'error', event: 'deadline-not-met' });
    expect(runner.state().phase).toBe('init');
    store.isFailing = false;
    await clock.advance(1000);
    expect(runner.state().phase).toBe('completed');
  });
});

describe('ConferenceRunner speech', () => {
  const asks = { roomRequest: { statusCallback: tellOfSpeechAt('https://app.example/status') } };
  const speechOf = ({ callbacks }: { readonly callbacks: SlowStore['callbacks'] }) =>
    callbacks
      .map(({ parameters }) => parameters.get('StatusCallbackEvent'))
      .filter((event) => event?.startsWith('participant-speech') === true);

  it('is committed and told like any other change', async () => {
    const { runner, store, changes } = runnerOf();
    await runner.join(join('A', asks), media);
    await runner.join(join('B'), media);
    runner.noteSpeech(callSidOf('A'), true);
    await settled();
    expect(changes.at(-1)?.events).toMatchObject([{ kind: 'participant-speech-changed', speaking: true }]);
    runner.noteSpeech(callSidOf('A'), false);
    await settled();
    expect(speechOf(store)).toEqual(['participant-speech-start', 'participant-speech-stop']);
  });

  it('costs nothing where nobody asked', async () => {
    const { runner, store, metrics, joins } = runnerOf();
    await joins('A', 'B');
    const before = store.commits.length;
    runner.noteSpeech(callSidOf('A'), true);
    await settled();
    expect(store.commits).toHaveLength(before);
    expect(metrics.value('parley_commands_total', { command: 'note-speech', outcome: 'done' })).toBe(0);
  });

  it('waits as the newest change of each leg while the conference is busy', async () => {
    const { runner, store, metrics } = runnerOf();
    await runner.join(join('A', asks), media);
    await runner.join(join('B'), media);
    store.isHolding = true;
    const muting = runner.submit(update('B', { muted: true }));
    await settled();
    for (const speaking of [true, false, true, false, true]) runner.noteSpeech(callSidOf('A'), speaking);
    runner.noteSpeech(callSidOf('B'), true);
    store.letThrough();
    await muting;
    await settled();
    expect(speechOf(store)).toEqual(['participant-speech-start']);
    expect(metrics.value('parley_speech_changes_merged_total')).toBe(4);
  });

  it('of who has left meanwhile is nothing', async () => {
    const { runner, store, metrics } = runnerOf();
    await runner.join(join('A', asks), media);
    await runner.join(join('B'), media);
    const leaving = runner.submit(leave('A'));
    runner.noteSpeech(callSidOf('A'), true);
    await leaving;
    const ending = runner.submit(end);
    runner.noteSpeech(callSidOf('B'), true);
    await ending;
    await settled();
    expect(speechOf(store)).toEqual([]);
    expect(metrics.value('parley_commands_total', { command: 'note-speech', outcome: 'rejected' })).toBe(0);
  });

  it('is tried again with the next change when the commit fails', async () => {
    const { runner, store, logger } = runnerOf();
    await runner.join(join('A', asks), media);
    await runner.join(join('B'), media);
    store.isFailing = true;
    runner.noteSpeech(callSidOf('A'), true);
    await settled();
    expect(logger.lines).toContainEqual({ level: 'error', event: 'speech-not-noted' });
    store.isFailing = false;
    runner.noteSpeech(callSidOf('A'), true);
    await settled();
    expect(speechOf(store)).toEqual(['participant-speech-start']);
  });
});

describe('ConferenceRunner in a storm', () => {
  it('leaves next to nothing of a command to be marked', async () => {
    const { runner, engine, store, changes, joins } = runnerOf();
    await joins('A', 'B', 'C');
    store.commit = async () => ok(undefined);
    const bytes = await oldBytesOf(async (time) => {
      expect((await runner.submit(update('A', { muted: time % 2 === 0 }))).ok).toBe(true);
      for (const kept of [engine.batches, changes]) kept.length = 0;
    });
    expect(bytes).toBeLessThan(100);
  });
});

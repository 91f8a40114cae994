import { describe, expect, it } from 'vitest';
import { callSidOf, leave, tellAt, update } from '../../../test/support/callers.js';
import { commandKinds, join, media, runnerOf } from '../../../test/support/runner-script.js';
import type { Trace } from '../../base/trace.js';
import type { ConferenceState } from '../../conference/state.js';

describe('ConferenceRunner with many commands at once', () => {
  const crowd = ['B', 'C', 'D', 'E'];

  it('commits joins that waited together, and tells the engine of all of them in one batch', async () => {
    const { runner, engine, store, changes } = runnerOf();
    const subscribed = join('A', { roomRequest: { statusCallback: tellAt('https://app.example/status') } });
    const joined = await Promise.all([
      runner.join(subscribed, media),
      ...crowd.map((name) => runner.join(join(name), media)),
    ]);
    expect(joined.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
    // The first makes the conference and the second starts it: those are not shared.
    expect(store.commits.map(({ events }) => events.length)).toEqual([3, 3, 6]);
    expect(commandKinds(engine, 2)?.filter((kind) => kind === 'open-leg')).toHaveLength(3);
    expect(changes.map(({ after }) => 'participants' in after && after.participants.size)).toEqual([1, 2, 5]);
    expect(store.callbacks.map(({ parameters }) => Number(parameters.get('SequenceNumber')))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  it('decides each on what those before it made', async () => {
    const { runner, store } = runnerOf();
    await runner.join(join('A', { roomRequest: { maxParticipants: 3 } }), media);
    const joined = await Promise.all(crowd.map((name) => runner.join(join(name), media)));
    expect(joined.map((each) => (each.ok ? 'in' : each.error.kind))).toEqual([
      'in',
      'in',
      'conference-full',
      'conference-full',
    ]);
    // The first makes it, the second starts it, and the third shares its commit with nobody that came in.
    expect(store.commits).toHaveLength(3);
  });

  it('keeps to each event the trace of the command that it came of', async () => {
    const { runner, store, joins } = runnerOf();
    await joins('A', 'B');
    const traceOf = (digit: string): Trace => ({ traceId: digit.repeat(32), isSampled: true });
    await Promise.all(['1', '2'].map((digit) => runner.join(join(`C${digit}`), media, null, traceOf(digit))));
    const shared = store.commits.at(-1);
    expect(shared?.events.map((event) => [event.kind, shared.traces?.get(event)?.traceId.at(0)])).toEqual([
      ['call-dialed', '1'],
      ['participant-joined', '1'],
      ['call-dialed', '2'],
      ['participant-joined', '2'],
    ]);
  });

  it('does none of them when they cannot be written', async () => {
    const { runner, engine, store, joins } = runnerOf();
    await joins('A');
    store.isFailing = true;
    const joined = await Promise.all(crowd.map((name) => runner.join(join(name), media)));
    expect(joined).toEqual(crowd.map(() => ({ ok: false, error: { kind: 'store-unavailable' } })));
    expect(engine.held()).toEqual({ legs: 1, rooms: 1 });
    store.isFailing = false;
    expect((await runner.join(join('B'), media)).ok).toBe(true);
  });

  it('answers for nothing that was decided on what could not be written', async () => {
    const { runner, store, joins } = runnerOf();
    await joins('A', 'B');
    store.isFailing = true;
    // The first changes nothing as it is, and the last nothing once the second has come to pass.
    const [idle, muted, again] = await Promise.all([
      runner.submit(update('A', { muted: false })),
      runner.submit(update('A', { muted: true })),
      runner.submit(update('A', { muted: true })),
    ]);
    const unwritten = { ok: false, error: { kind: 'store-unavailable' } };
    expect([idle?.ok, muted, again]).toEqual([true, unwritten, unwritten]);
  });

  it('lets those leave together that hang up together, and ends with the last', async () => {
    const { runner, engine, store, joins } = runnerOf();
    await joins('A', ...crowd);
    const before = store.commits.length;
    const left = await Promise.all(['A', ...crowd].map((name) => runner.submit(leave(name))));
    expect(left.map((each) => each.ok && each.value.phase)).toEqual([
      'in-progress',
      'in-progress',
      'in-progress',
      'in-progress',
      'completed',
    ]);
    // The last ends it, in a commit of its own.
    expect(store.commits).toHaveLength(before + 2);
    expect(engine.held()).toEqual({ legs: 0, rooms: 0 });
  });

  it('keeps changes of one call in order, each answered with what it made', async () => {
    const { runner, store, joins } = runnerOf();
    await joins('A', 'B');
    const before = store.commits.length;
    const changed = await Promise.all([true, false, true].map((muted) => runner.submit(update('A', { muted }))));
    const mutedOf = ({ value }: { readonly value: ConferenceState }) =>
      'participants' in value && value.participants.get(callSidOf('A'))?.muted;
    expect(changed.map((each) => each.ok && mutedOf(each))).toEqual([true, false, true]);
    const [shared] = store.commits.slice(before);
    expect(shared?.events.map(({ kind }) => kind)).toEqual(Array(3).fill('participant-muted'));
    expect(store.commits).toHaveLength(before + 1);
  });

  it('lets a call leave once', async () => {
    const { runner, joins } = runnerOf();
    await joins('A', 'B');
    const left = await Promise.all([1, 2].map(() => runner.submit(leave('A'))));
    expect(left.map(({ ok }) => ok)).toEqual([true, false]);
  });
});

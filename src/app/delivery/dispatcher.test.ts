import { describe, expect, it } from 'vitest';
import { broken, callbackOf, dispatching, ok } from '../../../test/support/dispatching.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import type { WebhookOutcome } from '../../callbacks/webhook.js';
import type { DispatcherLimits } from './dispatcher.js';

describe('createDispatcher', () => {
  it('sends what waits at the start and what comes later, and nothing before', async () => {
    const { underWay, start, append } = dispatching();
    await append(callbackOf('a1'));
    expect(underWay()).toEqual([]);
    await start();
    expect(underWay()).toEqual(['a1']);
    await append(callbackOf('b1'));
    expect(underWay()).toEqual(['a1', 'b1']);
  });

  it('keeps the order within a conference while others go on', async () => {
    const { outbox, underWay, answer, start, append } = dispatching();
    await start();
    await append(callbackOf('a1'), callbackOf('a2'), callbackOf('b1'), callbackOf('b2'));
    expect(underWay()).toEqual(['a1', 'b1']);
    await answer('b1', ok);
    await answer('b2', ok);
    expect(underWay()).toEqual(['a1']);
    await answer('a1', ok);
    expect(underWay()).toEqual(['a2']);
    expect(outbox.finished).toEqual(['b1 delivered', 'b2 delivered', 'a1 delivered']);
  });

  it('tries as often as it may with growing waits, then goes on with the next', async () => {
    const { outbox, underWay, answer, clock, reports, start, append } = dispatching();
    await start();
    await append(callbackOf('a1', 'https://h.test/#rc=2'), callbackOf('a2'));
    await answer('a1', broken);
    await clock.advance(999);
    expect(underWay()).toEqual([]);
    await clock.advance(1);
    await answer('a1', { kind: 'failed', reason: 'timeout', tookMs: 5000 });
    await clock.advance(1999);
    expect(underWay()).toEqual([]);
    await clock.advance(1);
    await answer('a1', broken);
    expect(outbox.finished).toEqual(['a1 given up after 3: 500']);
    expect(underWay()).toEqual(['a2']);
    expect(reports.map(({ attempts, verdict }) => `${attempts} ${verdict.kind}`)).toEqual([
      '1 retry',
      '2 retry',
      '3 give-up',
    ]);
  });

  it('delivers after failures, and counts tries anew for the next', async () => {
    const { answer, clock, reports, start, append } = dispatching();
    await start();
    await append(callbackOf('a1'), callbackOf('a2'));
    await answer('a1', broken);
    await clock.advance(1000);
    await answer('a1', ok);
    await answer('a2', ok);
    expect(reports.map(({ callback, attempts, verdict }) => `${callback.id} ${attempts} ${verdict.kind}`)).toEqual([
      'a1 1 retry',
      'a1 2 delivered',
      'a2 1 delivered',
    ]);
  });

  it('takes the number of tries from the URL', async () => {
    const { outbox, answer, start, append } = dispatching();
    await start();
    await append(callbackOf('a1', 'https://h.test/#rc=0'), callbackOf('b1', 'not a URL#rc=0'));
    await answer('a1', broken);
    await answer('b1', broken);
    expect(outbox.finished).toEqual(['a1 given up after 1: 500']);
  });

  it('gives a slow receiver its share and no more', async () => {
    const { underWay, answer, start, append } = dispatching({ inFlightMax: 4, perReceiver: { first: 2, most: 2 } });
    await start();
    await append(...['a1', 'b1', 'c1', 'd1'].map((id) => callbackOf(id, `https://slow.test/${id}`)));
    await append(...['e1', 'f1', 'g1'].map((id) => callbackOf(id, 'https://fast.test/')));
    expect(underWay()).toEqual(['a1', 'b1', 'e1', 'f1']);
    await answer('e1', ok);
    expect(underWay()).toEqual(['a1', 'b1', 'f1', 'g1']);
    await answer('b1', ok);
    expect(underWay()).toEqual(['a1', 'f1', 'g1', 'c1']);
  });

  it('serves receivers in turn when all of them wait', async () => {
    const { underWay, answer, start, append } = dispatching({ inFlightMax: 1 });
    await start();
    const callbacks = ['a1', 'b1', 'c1'].map((id) => callbackOf(id, 'https://one.test/'));
    await append(callbackOf('z1', 'https://zero.test/'), ...callbacks, callbackOf('d1', 'https://two.test/'));
    const served: string[] = [];
    while (underWay().length > 0) {
      expect(underWay()).toHaveLength(1);
      const [id = ''] = underWay();
      served.push(id);
      await answer(id, ok);
    }
    expect(served).toEqual(['z1', 'a1', 'd1', 'b1', 'c1']);
  });

  it('takes no more out of the outbox than it may, and takes the rest when there is room', async () => {
    const { underWay, answer, start, append } = dispatching({ takenMax: 2 });
    await start();
    await append(callbackOf('a1'), callbackOf('b1'), callbackOf('c1'));
    expect(underWay()).toEqual(['a1', 'b1']);
    await answer('a1', ok);
    expect(underWay()).toEqual(['b1', 'c1']);
  });
});

describe('createDispatcher and a receiver that cannot be reached', () => {
  const gone: WebhookOutcome = { kind: 'failed', reason: 'connect', tookMs: 2000 };
  const letters = [...'abcdefgh'];

  it('leaves it alone after five failures, sees whether it is back, then sends all of it', async () => {
    const { dispatcher, start, append, answer, underWay, clock } = dispatching({ perReceiver: { first: 5, most: 5 } });
    await start();
    await append(...letters.map((letter) => callbackOf(`${letter}1`)), callbackOf('x1', 'https://other.test/'));
    for (const letter of letters) await answer(`${letter}1`, gone);
    expect([underWay(), dispatcher.receivers().unreachable]).toEqual([['x1'], 1]);
    await clock.advance(999);
    expect(underWay()).toEqual(['x1']);
    await clock.advance(1);
    expect(underWay()).toHaveLength(2);
    const [, probe = ''] = underWay();
    await answer(probe, broken);
    expect(dispatcher.receivers().unreachable).toBe(0);
    expect(underWay()).toHaveLength(6);
  });

  it('uses up no tries of those it does not send', async () => {
    const { dispatcher, start, append, answer, underWay, clock, reports } = dispatching({
      perReceiver: { first: 2, most: 2 },
    });
    await start();
    const url = 'https://h.test/#rc=0';
    await append(...[...letters, 'i', 'j'].map((letter) => callbackOf(`${letter}1`, url)));
    for (const letter of 'abcdef') await answer(`${letter}1`, gone);
    expect(underWay()).toEqual([]);
    await clock.advance(1000);
    const [probe = ''] = underWay();
    await answer(probe, gone);
    expect(dispatcher.receivers().unreachable).toBe(1);
    expect(reports.every(({ attempts }) => attempts === 1)).toBe(true);
    await clock.advance(1999);
    expect(underWay()).toEqual([]);
    await clock.advance(1);
    expect(underWay()).toHaveLength(1);
  });

  it('does not keep others out of what may be taken', async () => {
    const { start, append, answer, underWay } = dispatching({ takenMax: 8, perReceiver: { first: 8, most: 8 } });
    await start();
    await append(...letters.map((letter) => callbackOf(`${letter}1`)));
    for (const letter of 'abcde') await answer(`${letter}1`, gone);
    await append(...[...'pqrst'].map((letter) => callbackOf(`${letter}1`, 'https://other.test/')));
    expect(underWay()).toEqual(expect.arrayContaining(['p1', 'q1', 'r1', 's1', 't1']));
  });

  it('gives up at the horizon', async () => {
    const { start, append, answer, outbox, clock, underWay } = dispatching();
    await start();
    await append(callbackOf('a1'));
    for (let attempt = 0; underWay().length > 0 && attempt < 100; attempt += 1) {
      await answer('a1', broken);
      await clock.advance(300_000);
    }
    expect(outbox.finished).toEqual([expect.stringMatching(/^a1 given up after \d+: 500$/)]);
    expect(clock.monotonic()).toBeGreaterThan(3_000_000);
  });
});

describe('createDispatcher and many slow receivers', () => {
  const slow: WebhookOutcome = { kind: 'answered', status: 200, tookMs: 4000 };
  const places = { inFlightMax: 8, inFlightUnprovenMax: 5, perReceiver: { first: 2, most: 4 }, receiversMax: 1000 };
  const crowd = Array.from({ length: 40 }, (_, index) => String.fromCharCode(0x4e00 + index));
  const slowUrl = (letter: string, index: number): string => `https://slow-${index}.test/${letter}`;

  async function crowded(limits: Partial<DispatcherLimits> = {}) {
    const all = dispatching({ ...places, ...limits });
    await all.start();
    await all.append(callbackOf('a1', 'https://quick.test/'));
    await all.answer('a1', ok);
    await all.append(...crowd.map((letter, index) => callbackOf(`${letter}1`, slowUrl(letter, index))));
    return all;
  }

  it('keeps places for those who answer quickly', async () => {
    const { underWay, append, answer, dispatcher } = await crowded();
    expect(underWay()).toHaveLength(5);
    await append(...[...'bcdef'].map((letter) => callbackOf(`${letter}1`, 'https://quick.test/')));
    expect(underWay().slice(5)).toEqual(['b1', 'c1']);
    await answer('b1', ok);
    await answer('c1', ok);
    expect(underWay().slice(5)).toEqual(['d1', 'e1', 'f1']);
    const [first = ''] = underWay();
    await answer(first, slow);
    expect(underWay()).toHaveLength(8);
    expect(dispatcher.receivers()).toMatchObject({ quick: 1, unreachable: 0 });
  });

  it('serves every one of them in the end', async () => {
    const { underWay, answer, outbox } = await crowded();
    for (let turn = 0; underWay().length > 0 && turn < 100; turn += 1) await answer(underWay()[0] ?? '', slow);
    expect(outbox.finished).toHaveLength(41);
  });

  it('lets them fill no more of what may be taken than they can have', async () => {
    const { underWay, append } = await crowded({ takenMax: 12, takenPerTurnMax: 6 });
    await append(callbackOf('b1', 'https://quick.test/'));
    expect(underWay()).toContain('b1');
  });

  it('makes a slow one that becomes quick one of the quick', async () => {
    const { dispatcher, underWay, answer } = await crowded();
    const [first = ''] = underWay();
    await answer(first, { ...slow, tookMs: 20 });
    expect(dispatcher.receivers().quick).toBe(2);
  });

  it('sends no more in one turn than it may, and goes on in the next', async () => {
    const { start, append, underWay, clock } = dispatching({ sentPerTurnMax: 2 });
    await start();
    await append(...[...'abcde'].map((letter) => callbackOf(`${letter}1`)));
    expect(underWay()).toEqual(['a1', 'b1']);
    await clock.advance(0);
    expect(underWay()).toEqual(['a1', 'b1', 'c1', 'd1', 'e1']);
  });
});

describe('Dispatcher.stop', () => {
  it('resolves at once when there is nothing left', async () => {
    const { dispatcher, clock, start } = dispatching();
    await start();
    expect(await dispatcher.stop(1000)).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('goes on until nothing is due, and leaves what waits for its next try', async () => {
    const { dispatcher, answer, clock, start, append } = dispatching();
    await start();
    await append(callbackOf('a1'), callbackOf('a2'), callbackOf('b1'));
    const stopped = dispatcher.stop(10_000);
    await answer('a1', ok);
    await answer('b1', broken);
    await answer('a2', ok);
    expect(await stopped).toBe(1);
    expect(clock.now()).toBe(new VirtualClock().now());
  });

  it('ends at the deadline, says what is left, and sends and settles nothing more', async () => {
    const { outbox, dispatcher, answer, underWay, clock, reports, start, append } = dispatching();
    await start();
    await append(callbackOf('a1'), callbackOf('a2'), callbackOf('b1'));
    const stopped = dispatcher.stop(500);
    await answer('b1', ok);
    await clock.advance(500);
    expect(await stopped).toBe(2);
    await answer('a1', ok);
    await append(callbackOf('c1'));
    expect(underWay()).toEqual([]);
    expect(outbox.finished).toEqual(['b1 delivered']);
    expect(reports).toHaveLength(1);
  });
});

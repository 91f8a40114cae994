import { describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf } from '../../test/support/callers.js';
import { settled, VirtualClock } from '../../test/support/virtual-clock.js';
import type { EpochMs } from '../base/brands.js';
import type { Random } from '../base/ports.js';
import type { Callback, WebhookOutcome } from '../callbacks/webhook.js';
import { createDispatcher, type DeliveryReport, type DispatcherLimits } from './dispatcher.js';
import type { Outbox, QueuedCallback } from './ports.js';

const ok: WebhookOutcome = { kind: 'answered', status: 204, tookMs: 3 };
const broken: WebhookOutcome = { kind: 'answered', status: 500, tookMs: 3 };
const noJitter: Random = { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 };

/** `a1` is the first callback of conference a. */
const callbackOf = (id: string, url = 'https://h.test/'): Callback => ({
  id,
  accountSid: accountSidOf('acc'),
  conferenceSid: conferenceSidOf(id.slice(0, 1)),
  target: { url, method: 'POST' },
  parameters: new Map(),
});

/** One line for each conference, in the plainest way. */
class LinesOutbox implements Outbox {
  readonly finished: string[] = [];
  readonly #clock: VirtualClock;
  #queued: { callback: Callback; attempts: number; isFree: boolean }[] = [];
  #listener = (): void => {};

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  append(...callbacks: readonly Callback[]): void {
    this.#queued.push(...callbacks.map((callback) => ({ callback, attempts: 0, isFree: true })));
    this.#listener();
  }

  take(limit: number): readonly QueuedCallback[] {
    const isFirst = (entry: { callback: Callback }) =>
      this.#queued.find(({ callback }) => callback.conferenceSid === entry.callback.conferenceSid) === entry;
    const taken = this.#queued.filter((entry) => entry.isFree && isFirst(entry)).slice(0, limit);
    return taken.map((entry) => {
      entry.isFree = false;
      return { callback: entry.callback, attempts: entry.attempts };
    });
  }

  finish(id: string, outcome: 'delivered' | 'dropped'): void {
    this.finished.push(`${id} ${outcome}`);
    this.#queued = this.#queued.filter(({ callback }) => callback.id !== id);
    this.#listener();
  }

  retry(id: string, atMs: EpochMs): void {
    this.#clock.after(atMs - this.#clock.now(), () => {
      const entry = this.#queued.find(({ callback }) => callback.id === id);
      if (entry === undefined) return;
      entry.attempts += 1;
      entry.isFree = true;
      this.#listener();
    });
  }

  onAvailable(listener: () => void): void {
    this.#listener = listener;
  }

  depth(): number {
    return this.#queued.length;
  }
}

function dispatching(limits: Partial<DispatcherLimits> = {}) {
  const clock = new VirtualClock();
  const outbox = new LinesOutbox(clock);
  const reports: DeliveryReport[] = [];
  const underWay = new Map<string, (outcome: WebhookOutcome) => void>();
  const dispatcher = createDispatcher({
    outbox,
    webhooks: { send: ({ id }) => new Promise((resolve) => void underWay.set(id, resolve)) },
    clock,
    random: noJitter,
    observer: (report) => reports.push(report),
    limits: { inFlightMax: 100, inFlightPerReceiverMax: 100, takenMax: 1000, ...limits },
  });
  /** What the receiver of `id` answers. */
  const answer = async (id: string, outcome: WebhookOutcome): Promise<void> => {
    const resolve = underWay.get(id);
    if (resolve === undefined) throw new Error(`${id} is not under way`);
    underWay.delete(id);
    resolve(outcome);
    await settled();
  };
  return { clock, outbox, reports, dispatcher, answer, underWay: () => [...underWay.keys()] };
}

describe('createDispatcher', () => {
  it('sends what waits at the start and what comes later, and nothing before', async () => {
    const { outbox, dispatcher, underWay } = dispatching();
    outbox.append(callbackOf('a1'));
    expect(underWay()).toEqual([]);
    dispatcher.start();
    expect(underWay()).toEqual(['a1']);
    outbox.append(callbackOf('b1'));
    expect(underWay()).toEqual(['a1', 'b1']);
  });

  it('keeps the order within a conference while others go on', async () => {
    const { outbox, dispatcher, underWay, answer } = dispatching();
    dispatcher.start();
    outbox.append(callbackOf('a1'), callbackOf('a2'), callbackOf('b1'), callbackOf('b2'));
    expect(underWay()).toEqual(['a1', 'b1']);
    await answer('b1', ok);
    await answer('b2', ok);
    expect(underWay()).toEqual(['a1']);
    await answer('a1', ok);
    expect(underWay()).toEqual(['a2']);
    expect(outbox.finished).toEqual(['b1 delivered', 'b2 delivered', 'a1 delivered']);
  });

  it('tries three times with growing waits, then goes on with the next', async () => {
    const { outbox, dispatcher, underWay, answer, clock, reports } = dispatching();
    dispatcher.start();
    outbox.append(callbackOf('a1'), callbackOf('a2'));
    await answer('a1', broken);
    await clock.advance(999);
    expect(underWay()).toEqual([]);
    await clock.advance(1);
    await answer('a1', { kind: 'failed', reason: 'timeout', tookMs: 5000 });
    await clock.advance(1999);
    expect(underWay()).toEqual([]);
    await clock.advance(1);
    await answer('a1', broken);
    expect(outbox.finished).toEqual(['a1 dropped']);
    expect(underWay()).toEqual(['a2']);
    expect(reports.map(({ attempts, verdict }) => `${attempts} ${verdict.kind}`)).toEqual([
      '1 retry',
      '2 retry',
      '3 give-up',
    ]);
  });

  it('delivers after failures, and counts tries anew for the next', async () => {
    const { outbox, dispatcher, answer, clock, reports } = dispatching();
    dispatcher.start();
    outbox.append(callbackOf('a1'), callbackOf('a2'));
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
    const { outbox, dispatcher, answer } = dispatching();
    dispatcher.start();
    outbox.append(callbackOf('a1', 'https://h.test/#rc=0'), callbackOf('b1', 'not a URL#rc=0'));
    await answer('a1', broken);
    await answer('b1', broken);
    expect(outbox.finished).toEqual(['a1 dropped']);
  });

  it('gives a slow receiver its share and no more', async () => {
    const { outbox, dispatcher, underWay, answer } = dispatching({ inFlightMax: 4, inFlightPerReceiverMax: 2 });
    dispatcher.start();
    outbox.append(...['a1', 'b1', 'c1', 'd1'].map((id) => callbackOf(id, `https://slow.test/${id}`)));
    outbox.append(...['e1', 'f1', 'g1'].map((id) => callbackOf(id, 'https://fast.test/')));
    expect(underWay()).toEqual(['a1', 'b1', 'e1', 'f1']);
    await answer('e1', ok);
    expect(underWay()).toEqual(['a1', 'b1', 'f1', 'g1']);
    await answer('b1', ok);
    expect(underWay()).toEqual(['a1', 'f1', 'g1', 'c1']);
  });

  it('serves receivers in turn when all of them wait', async () => {
    const { outbox, dispatcher, underWay, answer } = dispatching({ inFlightMax: 1 });
    dispatcher.start();
    const callbacks = ['a1', 'b1', 'c1'].map((id) => callbackOf(id, 'https://one.test/'));
    outbox.append(callbackOf('z1', 'https://zero.test/'), ...callbacks, callbackOf('d1', 'https://two.test/'));
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
    const { outbox, dispatcher, underWay, answer } = dispatching({ takenMax: 2 });
    dispatcher.start();
    outbox.append(callbackOf('a1'), callbackOf('b1'), callbackOf('c1'));
    expect(underWay()).toEqual(['a1', 'b1']);
    await answer('a1', ok);
    expect(underWay()).toEqual(['b1', 'c1']);
  });
});

describe('Dispatcher.stop', () => {
  it('resolves at once when there is nothing left', async () => {
    const { dispatcher, clock } = dispatching();
    dispatcher.start();
    expect(await dispatcher.stop(1000)).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('goes on until everything is delivered, tries that are due later included', async () => {
    const { outbox, dispatcher, answer, clock } = dispatching();
    dispatcher.start();
    outbox.append(callbackOf('a1'), callbackOf('a2'));
    const stopped = dispatcher.stop(10_000);
    await answer('a1', broken);
    await clock.advance(1000);
    await answer('a1', ok);
    await answer('a2', ok);
    expect(await stopped).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('ends at the deadline, says what is left, and sends and settles nothing more', async () => {
    const { outbox, dispatcher, answer, underWay, clock, reports } = dispatching();
    dispatcher.start();
    outbox.append(callbackOf('a1'), callbackOf('a2'), callbackOf('b1'));
    const stopped = dispatcher.stop(500);
    await answer('b1', ok);
    await clock.advance(500);
    expect(await stopped).toBe(2);
    await answer('a1', ok);
    outbox.append(callbackOf('c1'));
    expect(underWay()).toEqual([]);
    expect(outbox.finished).toEqual(['b1 delivered']);
    expect(reports).toHaveLength(1);
  });
});

/**
 * A daemon and all it stands on, in virtual time: a disk that fails or loses what was not synced, receivers that answer
 * late, badly or not at all, and crashes between any two steps. One seed is one story, the same each time.
 */
import { type Database, openDatabase } from '../../src/adapters/store/database.js';
import { SqliteStore, type StoreThread } from '../../src/adapters/store/sqlite-store.js';
import { StoreCore } from '../../src/adapters/store/store-core.js';
import type { BatchReply, StoreRequest } from '../../src/adapters/store/store-protocol.js';
import { createDispatcher, type Dispatcher, dispatcherLimits } from '../../src/app/delivery/dispatcher.js';
import { createParley, type Parley } from '../../src/app/parley.js';
import type { Webhooks } from '../../src/app/ports.js';
import { recover } from '../../src/app/recovery.js';
import { flavours } from '../../src/base/flavour.js';
import type { Clock, Random } from '../../src/base/ports.js';
import type { Callback, WebhookOutcome } from '../../src/callbacks/webhook.js';
import { seededChance } from '../support/chance.js';
import { FakeDocuments } from '../support/fake-documents.js';
import { FakeEngine } from '../support/fake-engine.js';
import { recordingsOf } from '../support/fake-recordings.js';
import { soundsOf } from '../support/fake-sounds.js';
import { recordingLogger, recordingMetrics } from '../support/silent.js';
import { storeBounds } from '../support/store-thread.js';
import type { Told } from '../support/told.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** One life of the daemon. After its end nothing of it moves anything. */
export type Life = { readonly parley: Parley; readonly store: SqliteStore; readonly dispatcher: Dispatcher };

export class World {
  readonly clock = new VirtualClock();
  readonly chance: () => number;
  readonly told: Told[] = [];
  /** Shares of what goes wrong. */
  badAnswers = 0.3;
  badDisk = 0.05;
  crashes = 0;
  readonly #disk = openDatabase(':memory:');
  readonly #random: Random;
  /** Crashes the life that is; what it had under way on the disk is done or not, but never answered. */
  #cut = (): void => {};

  constructor(seed: number) {
    this.chance = seededChance(seed);
    const { chance } = this;
    this.#random = { bytes: (count) => Uint8Array.from({ length: count }, () => chance() * 256), fraction: chance };
  }

  /** Null when the disk was not to be had: as a daemon that does not come up. */
  async live(): Promise<Life | null> {
    let isDead = false;
    const clock: Clock = {
      now: () => this.clock.now(),
      monotonic: () => this.clock.monotonic(),
      after: (delayMs, action) => this.clock.after(delayMs, () => (isDead ? undefined : action())),
    };
    const thread = this.#thread(() => isDead);
    this.#cut = () => {
      isDead = true;
      this.crashes += 1;
      thread.die();
    };
    const [logger, metrics, random] = [recordingLogger(), recordingMetrics(), this.#random];
    const store = new SqliteStore({ thread, clock, logger, observer: () => {} });
    const flavourOf = () => flavours.signalwire;
    const engine = new FakeEngine();
    const { desk: recordings } = recordingsOf({ engine, store, clock, random, metrics, logger });
    const recovered = recover({ store, clock, random, metrics, logger, flavourOf, recordings }).then(
      () => true,
      () => false,
    );
    const isUp = await this.#settle(recovered);
    if (!isUp) {
      this.#cut();
      return null;
    }
    const webhooks: Webhooks = { send: (callback) => this.#send(callback, () => isDead) };
    const parts = { outbox: store.outbox, webhooks, clock, random, limits: dispatcherLimits };
    const dispatcher = createDispatcher({ ...parts, horizonMsOf: () => 86_400_000, observer: () => {} });
    dispatcher.start();
    const parley = createParley({
      clock,
      engine,
      store,
      desk: store.outbox,
      metrics,
      logger,
      random,
      flavourOf,
      conferencesMax: 100,
      media: { advertisedHost: '192.0.2.1', jitterMs: 40, security: { suites: [], opportunistic: 'plain' } },
      mediaTimeout: { afterMs: null, policy: 'none' },
      tickLoadMax: 0.6,
      documents: new FakeDocuments(),
      sounds: soundsOf(engine),
      recordings,
    });
    return { parley, store, dispatcher };
  }

  crash(): void {
    this.#cut();
  }

  /** Lets time pass until it is so, an hour at most. */
  async #settle<T>(promise: Promise<T>): Promise<T | null> {
    let reached: { readonly value: T } | null = null;
    void promise.then((value) => {
      reached = { value };
    });
    for (let step = 0; reached === null && step < 3600; step += 1) await this.clock.advance(1000);
    return (reached as { readonly value: T } | null)?.value ?? null;
  }

  /** The thread of the store: a transaction takes its time, and begins when the one before has ended. */
  #thread(isDead: () => boolean): StoreThread & { die(): void } {
    const { chance } = this;
    const disk = flaky(this.#disk, () => chance() < this.badDisk);
    const core = new StoreCore(disk, storeBounds);
    let waiting: StoreRequest[] = [];
    let isBusy = false;
    let onReply = (_reply: BatchReply): void => {};
    const work = (): void => {
      if (isBusy || waiting.length === 0) return;
      isBusy = true;
      this.clock.after(chance() < 0.05 ? 800 * chance() : 5 * chance(), () => {
        if (isDead()) return;
        const reply = core.execute(waiting.splice(0));
        this.clock.after(chance(), () => {
          if (isDead()) return;
          isBusy = false;
          onReply(reply);
          work();
        });
      });
    };
    return {
      send(requests) {
        if (isDead()) return;
        waiting.push(...requests);
        work();
      },
      onReply(listener) {
        onReply = listener;
      },
      onFailure: () => {},
      close: async () => {},
      die() {
        // Written just before the end, or never: nobody was told.
        if (chance() < 0.5) core.execute(waiting);
        waiting = [];
      },
    };
  }

  #send(callback: Callback, isDead: () => boolean): Promise<WebhookOutcome> {
    const { chance } = this;
    return new Promise((resolve) => {
      const isBad = chance() < this.badAnswers;
      const tookMs = chance() < 0.1 ? 4000 : 20 * chance();
      this.clock.after(tookMs / 2, () => {
        // The packets are under way, whatever becomes of who sent them.
        if (isBad && chance() < 0.5) return resolve({ kind: 'failed', reason: 'connect', tookMs });
        this.told.push(toldBy(callback, !isBad));
        this.clock.after(tookMs / 2, () => {
          if (isDead()) return;
          if (!isBad) resolve({ kind: 'answered', status: 204, tookMs });
          else if (chance() < 0.5) resolve({ kind: 'answered', status: 500, tookMs });
          else resolve({ kind: 'failed', reason: 'timeout', tookMs });
        });
      });
    });
  }
}

/** The same database over which a transaction can fail at its beginning and at its end. */
function flaky(database: Database, fails: () => boolean): Database {
  return {
    prepare: (text) => database.prepare(text),
    exec(text) {
      if ((text === 'COMMIT' || text === 'BEGIN IMMEDIATE') && fails()) throw new Error('database or disk is full');
      database.exec(text);
    },
    close: () => {},
    get isTransaction() {
      return database.isTransaction;
    },
  };
}

function toldBy({ id, conferenceSid, parameters }: Callback, isTaken: boolean): Told {
  return {
    key: id,
    conferenceSid,
    sequenceNumber: Number(parameters.get('SequenceNumber')),
    event: parameters.get('StatusCallbackEvent') ?? '',
    callSid: parameters.get('CallSid') ?? '',
    body: new URLSearchParams([...parameters]).toString(),
    isTaken,
  };
}

/** The part of the composition root that keeps what must not be lost: on the disk, or in memory alone. */
import { MemoryOutbox } from './adapters/store/memory-outbox.js';
import { MemoryStore } from './adapters/store/memory-store.js';
import { openStore } from './adapters/store/open-store.js';
import { systemClock as clock } from './adapters/system/clock.js';
import type { Metrics } from './app/metrics.js';
import type { CallbackDesk, Outbox, Store } from './app/ports.js';
import type { Logger } from './base/ports.js';
import type { Config } from './config/config.js';

/** Kept for each account. */
const deadLettersPerAccountMax = 100_000;
/** Of those who have left a conference, the newest of each that are kept. */
const leftParticipantsMax = 10_000;

const [dayMs, hourMs] = [86_400_000, 3_600_000];

export type StoreInUse = {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly desk: CallbackDesk;
  /** Of the oldest callback, seconds. */
  readonly age: () => number;
  readonly close: () => Promise<void>;
};

export async function createStore(config: Config, metrics: Metrics, logger: Logger): Promise<StoreInUse> {
  const { dataDir: folder, callbacksPerAccountMax } = config;
  if (folder === 'memory') {
    const onOverflow = (): void => metrics.count('parley_callbacks_overflow_total', {});
    const outbox = new MemoryOutbox({ clock, callbacksPerAccountMax, onOverflow });
    return { store: new MemoryStore(outbox), outbox, desk: outbox, age: () => 0, close: async () => {} };
  }
  let oldestAtMs: number | null = null;
  const store = await openStore({
    folder,
    bounds: {
      journalEntriesMax: config.historyEventsMax,
      completedConferencesMax: config.historyConferencesMax,
      leftParticipantsMax,
      historyMs: config.historyDays * dayMs,
      callbacksPerAccountMax,
      deadLettersPerAccountMax,
    },
    clock,
    logger,
    checkMs: config.storeCheckHours === 0 ? undefined : config.storeCheckHours * hourMs,
    observer: (depth, requests) => {
      oldestAtMs = depth.oldestAtMs;
      metrics.observe('parley_store_batch_requests', {}, requests);
      metrics.set('parley_callbacks_dead', {}, depth.dead);
      for (let lost = 0; lost < depth.overflowed; lost += 1) metrics.count('parley_callbacks_overflow_total', {});
    },
    onAnswered: (operation, tookMs) =>
      metrics.observe('parley_store_request_duration_seconds', { operation }, tookMs / 1000),
  });
  const age = (): number => (oldestAtMs === null ? 0 : Math.max(0, clock.now() - oldestAtMs) / 1000);
  return { store, outbox: store.outbox, desk: store.outbox, age, close: () => store.close() };
}

/** What is brought up to date before a scrape: figures that somebody has, and nobody sets as they change. */
import type { Dispatcher } from './app/delivery/dispatcher.js';
import { receiverKinds } from './app/delivery/receivers.js';
import type { Metrics } from './app/metrics.js';
import type { Parley } from './app/parley.js';
import type { Store } from './app/ports.js';

export type ScrapedParts = {
  readonly parley: Pick<Parley, 'measure'>;
  readonly dispatcher: Pick<Dispatcher, 'receivers'>;
  readonly outbox: { depth(): number };
  /** Of the oldest callback, seconds. */
  readonly callbackAge: () => number;
  readonly store: Pick<Store, 'health'>;
  readonly measure: readonly (() => void)[];
  readonly metrics: Metrics;
};

export const beforeScrape = (parts: ScrapedParts) => (): void => {
  const { parley, dispatcher, outbox, store, metrics } = parts;
  parley.measure();
  for (const measure of parts.measure) measure();
  metrics.set('parley_callbacks_queued', {}, outbox.depth());
  metrics.set('parley_callbacks_oldest_age_seconds', {}, parts.callbackAge());
  const receivers = dispatcher.receivers();
  for (const receiver of receiverKinds) metrics.set('parley_callback_receivers', { receiver }, receivers[receiver]);
  metrics.set('parley_store_healthy', {}, store.health().ok ? 1 : 0);
};

/**
 * How late the event loop is, as prom-client measures it, and read when the answer to a scrape is away: the figures are
 * those of the scrape before. They come from a histogram of 460 kB that is walked five times and wiped, which would be
 * a good part of what a scrape takes.
 */
import type { Registry } from 'prom-client';
import { assert } from '../../base/assert.js';

/** Between two looks at the event loop, which each wake it up; the lag that is shown has them in it. */
export const loopLookMs = 100;

/** Who reads them all. */
const reader = 'nodejs_eventloop_lag_seconds';

/** REQUIRES: the registry has the default metrics. */
export function postponeLoopLag(registry: Registry): void {
  const metric = registry.getSingleMetric(reader) as { collect?: () => void } | undefined;
  const collect = metric?.collect?.bind(metric);
  assert(metric !== undefined && collect !== undefined, `prom-client reads the lag with ${reader}`);
  // What answers a scrape is written before the loop turns.
  metric.collect = () => void setImmediate(collect);
}

import { setImmediate as loopTurned } from 'node:timers/promises';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { postponeLoopLag } from './loop-lag.js';

it('shows how late the event loop was, as it was read behind the scrape before', async () => {
  const registry = new Registry();
  let reads = 0;
  new Gauge({
    ...{ name: 'nodejs_eventloop_lag_seconds', help: 'How often it was read.', registers: [registry] },
    collect() {
      reads += 1;
      this.set(reads);
    },
  });
  postponeLoopLag(registry);
  for (const shown of [0, 1, 2]) {
    expect(await registry.metrics()).toMatch(new RegExp(`^nodejs_eventloop_lag_seconds ${shown}$`, 'm'));
    await loopTurned();
    expect(reads).toBe(shown + 1);
  }
});

it('finds what prom-client reads it with', () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  expect(() => postponeLoopLag(registry)).not.toThrow();
});

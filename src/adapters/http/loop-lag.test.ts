import { setImmediate as loopTurned } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { postponeLoopLag } from './loop-lag.js';

it('shows how late the event loop was, as of the scrape before', async () => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  postponeLoopLag(registry);
  const shown = async (figure: string): Promise<number> =>
    Number(new RegExp(`^nodejs_eventloop_lag_${figure}_seconds (\\S+)$`, 'm').exec(await registry.metrics())?.[1]);
  expect([await shown('p99'), await shown('max')]).toEqual([0, 0]);
  await expect
    .poll(async () => {
      const blockedUntilMs = performance.now() + 40;
      while (performance.now() < blockedUntilMs);
      await loopTurned();
      return await shown('max');
    })
    .toBeGreaterThan(0.04);
});

import { closeSync, openSync } from 'node:fs';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { registerOpenFiles } from './open-files.js';

it.each([
  ['now, where the system tells', undefined],
  ['as of the scrape before, where they are listed', true],
])('shows how many descriptors are open: %s', async (_, areListed) => {
  const registry = new Registry();
  registerOpenFiles(registry, areListed);
  const shown = async (): Promise<number> => Number(/^process_open_fds (\d+)$/m.exec(await registry.metrics())?.[1]);
  await expect.poll(shown).toBeGreaterThan(2);
  const before = await shown();
  const opened = Array.from({ length: 200 }, () => openSync('/dev/null', 'r'));
  await expect.poll(shown).toBeGreaterThan(before + 150);
  for (const descriptor of opened) closeSync(descriptor);
  await expect.poll(shown).toBeLessThan(before + 50);
});

/**
 * How many descriptors the process has open. Linux tells it since 6.2; before that they must be listed, which takes
 * milliseconds when 2,000 RTP legs have 4,000: so that is done by another thread, and a scrape shows what was there at
 * the one before.
 */
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';

const name = 'process_open_fds';
const folder = '/proc/self/fd';

/** 0: the system does not tell. */
const told = (): number => statSync(folder, { throwIfNoEntry: false })?.size ?? 0;

/** In place of the metric of that name that prom-client makes. `areListed`: as on a system that does not tell. */
export function registerOpenFiles(registry: Registry, areListed = told() === 0): void {
  registry.removeSingleMetric(name);
  const help = `Number of open file descriptors${areListed ? ', as of the scrape before' : ''}.`;
  const count = areListed ? listed() : told;
  new Gauge({
    ...{ name, help, registers: [registry] },
    collect() {
      this.set(count());
    },
  });
}

/** As of the time before that it was asked. */
function listed(): () => number {
  let count = 0;
  let isReading = false;
  const read = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    // The one that the reading itself opens is left out. Systems without this folder show 0.
    count = await readdir(folder).then(
      ({ length }) => length - 1,
      () => 0,
    );
    isReading = false;
  };
  void read();
  return () => {
    void read();
    return count;
  };
}

/**
 * How many descriptors the process has open. 2,000 RTP legs have 4,000, and listing them takes milliseconds: so that is
 * done by another thread, and a scrape shows what was there at the one before.
 */
import { readdir } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';

const name = 'process_open_fds';

/** In place of the metric of that name that prom-client makes. */
export function registerOpenFiles(registry: Registry): void {
  registry.removeSingleMetric(name);
  let count = 0;
  let isReading = false;
  const read = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    // The one that the reading itself opens is left out. Systems without this folder show 0.
    count = await readdir('/proc/self/fd').then(
      ({ length }) => length - 1,
      () => 0,
    );
    isReading = false;
  };
  void read();
  new Gauge({
    ...{ name, help: 'Number of open file descriptors, as of the scrape before.', registers: [registry] },
    collect() {
      this.set(count);
      void read();
    },
  });
}

/** The whole daemon in this process, on ports of the kernel's choice. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config/config.js';
import { type Daemon, startDaemon } from '../../src/main.js';
import { freePorts } from '../support/serving.js';
import { recordingLogger } from '../support/silent.js';

function configOf(environment: Readonly<Record<string, string>> = {}): Config {
  const config = parseConfig({
    environment: { ...freePorts, ...environment },
    file: null,
  });
  return config.ok ? config.value : expect.fail(config.error.join('\n'));
}

const daemons: Daemon[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
});
async function started(environment: Readonly<Record<string, string>> = {}): Promise<Daemon> {
  const daemon = await startDaemon(configOf(environment), recordingLogger());
  daemons.push(daemon);
  return daemon;
}
const statusOf = async (daemon: Daemon, path: string): Promise<number> =>
  (await fetch(`http://${daemon.addresses.http}${path}`)).status;

describe('startDaemon', () => {
  it('listens where it says, lives and is ready', async () => {
    const daemon = await started();
    expect(daemon.addresses.grpc).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect(await statusOf(daemon, '/livez')).toBe(200);
    expect(await statusOf(daemon, '/readyz')).toBe(200);
    const metrics = async (): Promise<string> => (await fetch(`http://${daemon.addresses.http}/metrics`)).text();
    await expect.poll(metrics).toMatch(/^parley_shard_ticks_total\{shard="0"\} [1-9]/m);
  });

  it('runs twice in one process', async () => {
    const daemons = await Promise.all([started(), started()]);
    expect(await Promise.all(daemons.map((daemon) => statusOf(daemon, '/livez')))).toEqual([200, 200]);
  });

  it('stops within two seconds and gives up its ports', async () => {
    const daemon = await startDaemon(configOf(), recordingLogger());
    const before = performance.now();
    await daemon.stop();
    expect(performance.now() - before).toBeLessThan(2000);
    await expect(statusOf(daemon, '/livez')).rejects.toThrow();
  });

  it('does not come up on a port that is taken, and leaves nothing running', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const logger = recordingLogger();
    const taken = configOf({ PARLEY_HTTP_LISTEN: `127.0.0.1:${port}` });
    await expect(startDaemon(taken, logger)).rejects.toThrow('EADDRINUSE');
    expect(logger.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    holder.close();
  });
});

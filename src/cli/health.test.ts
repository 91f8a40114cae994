import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecuredServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestAuthority } from '../../test/support/certificates.js';
import { unsoughtTcpPort } from '../../test/support/unsought-port.js';
import { health } from './health.js';

/** Alive, and draining. */
const draining: RequestListener = ({ url }, response) => {
  if (url === '/livez') response.end('{"live":true}');
  else response.writeHead(503).end('{"ready":false}');
};

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'parley-health-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function asked(environment: Readonly<Record<string, string>>, { ready = false, configFile = '' } = {}) {
  const said = { out: [] as string[], wrong: [] as string[] };
  const isWell = await health(
    { environment, configFile: configFile === '' ? undefined : configFile },
    { ready, write: (line) => said.out.push(line), complain: (line) => said.wrong.push(line) },
  );
  return { isWell, ...said };
}

describe('health', () => {
  it('is well while the daemon is alive, though it takes nothing new', async () => {
    const port = await listening(createServer(draining));
    const environment = { PARLEY_HTTP_LISTEN: `127.0.0.1:${port}` };
    expect(await asked(environment)).toEqual({ isWell: true, out: ['{"live":true}'], wrong: [] });
    expect(await asked(environment, { ready: true })).toEqual({ isWell: false, out: [], wrong: ['{"ready":false}'] });
  });

  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['::', '[::]'],
  ])('finds a daemon that listens on all of %s', async (host, written) => {
    const port = await listening(createServer(draining), host);
    const accounts = [{ sid: 'b3877c40-da60-4998-90ad-b792e98472af', name: 'a', tokens: ['0123456789abcdef'] }];
    const path = join(folder(), 'parley.yaml');
    const keyed = accounts.map((account) => ({ ...account, signingKeys: ['signing-key-of-a-test'] }));
    writeFileSync(path, JSON.stringify({ httpListen: `${written}:${port}`, accounts: keyed }), { mode: 0o600 });
    expect(await asked({}, { configFile: path })).toMatchObject({ isWell: true });
    expect(await asked({ PARLEY_CONFIG: path })).toMatchObject({ isWell: true });
  });

  it('asks over TLS where the daemon speaks it', async () => {
    const { cert, key } = new TestAuthority(folder()).issue('http', { subject: '/CN=parley.example.com' });
    const secured = createSecuredServer({ cert: readFileSync(cert), key: readFileSync(key) }, draining);
    const environment = {
      PARLEY_HTTP_LISTEN: `127.0.0.1:${await listening(secured)}`,
      PARLEY_HTTP_TLS_CERT_FILE: cert,
      PARLEY_HTTP_TLS_KEY_FILE: key,
    };
    expect(await asked(environment)).toMatchObject({ isWell: true });
  });

  it('says where nobody answers', async () => {
    const port = await unsoughtTcpPort();
    const { isWell, wrong } = await asked({ PARLEY_HTTP_LISTEN: `127.0.0.1:${port}` });
    expect(isWell).toBe(false);
    expect(wrong).toEqual([expect.stringContaining(`http://127.0.0.1:${port}/livez: connect ECONNREFUSED`)]);
  });

  it('does not wait for a daemon that hangs', { timeout: 10_000 }, async () => {
    const port = await listening(createServer(() => {}));
    const { isWell, wrong } = await asked({ PARLEY_HTTP_LISTEN: `127.0.0.1:${port}` });
    expect(isWell).toBe(false);
    expect(wrong).toEqual([expect.stringContaining('no answer within 3000 ms')]);
  });

  it('tells what is wrong with the configuration', async () => {
    expect(await asked({ PARLEY_HTTP_LISTEN: '7301' })).toMatchObject({
      isWell: false,
      wrong: [expect.stringContaining('PARLEY_HTTP_LISTEN: must be host:port')],
    });
    expect(await asked({ PARLEY_CONFIG: '/nowhere.yaml' })).toMatchObject({
      isWell: false,
      wrong: [expect.stringContaining('/nowhere.yaml cannot be read')],
    });
  });
});

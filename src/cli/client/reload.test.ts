import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { TestAuthority } from '../../../test/support/certificates.js';
import { serveFake } from '../../../test/support/grpc/served.js';
import { TestIdentity } from '../../../test/support/tls.js';
import type { Operations } from '../../adapters/grpc/admin-handlers.js';
import { err, ok } from '../../base/result.js';
import { reload } from './reload.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-reload-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.unstubAllEnvs());
const authority = new TestAuthority(folder);
const [server, operator] = [authority.issue('server'), authority.issue('operator')];

async function reloading(reloaded: Awaited<ReturnType<Operations['reload']>>) {
  const tls = new TestIdentity(server, authority.file);
  const served = await serveFake({ tls, operations: { isOperator: () => true, reload: async () => reloaded } });
  const lines = { out: [] as string[], wrong: [] as string[] };
  const run = () =>
    reload(
      { address: `localhost:${served.server.port}` },
      (line) => lines.out.push(line),
      (line) => lines.wrong.push(line),
    );
  return { lines, run };
}

describe('parley config reload', () => {
  it('tells what has changed, over TLS and with a certificate of its own', async () => {
    vi.stubEnv('PARLEY_TLS_CA_FILE', authority.file);
    vi.stubEnv('PARLEY_TLS_CERT_FILE', operator.cert);
    vi.stubEnv('PARLEY_TLS_KEY_FILE', operator.key);
    const { lines, run } = await reloading(ok({ applied: ['accounts'], needRestart: ['shards'], warnings: ['odd'] }));
    expect(await run()).toBe(true);
    expect(lines).toEqual({ out: ['changed: accounts', 'need a restart: shards'], wrong: ['warning: odd'] });
  });

  it('fails with everything that is wrong', async () => {
    vi.stubEnv('PARLEY_TLS_CA_FILE', authority.file);
    vi.stubEnv('PARLEY_TLS_CERT_FILE', operator.cert);
    vi.stubEnv('PARLEY_TLS_KEY_FILE', operator.key);
    const { lines, run } = await reloading(err(['parley.yaml:1:1: shards: must be']));
    expect(await run()).toBe(false);
    expect(lines).toEqual({ out: [], wrong: ['parley.yaml:1:1: shards: must be'] });
  });

  it('fails where the daemon speaks TLS and the command does not', async () => {
    const { run } = await reloading(ok({ applied: [], needRestart: [], warnings: [] }));
    expect(await run()).toBe(false);
  });
});

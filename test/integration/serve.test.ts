/** `parley serve` as a process: what it says, and how it goes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'parley-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

const freePorts = {
  PARLEY_GRPC_LISTEN: '127.0.0.1:0',
  PARLEY_HTTP_LISTEN: '127.0.0.1:0',
  PARLEY_REST_LISTEN: '127.0.0.1:0',
  PARLEY_RTP_PORTS: '0',
  PARLEY_DATA_DIR: 'memory',
  PARLEY_SHARDS: '1',
  PARLEY_REALTIME_PRIORITY: '0',
  PARLEY_LEGS_PER_SHARD: '8',
  PARLEY_LANES_PER_SHARD: '4',
};

function serving(environment: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const child = spawn(process.execPath, [program, 'serve', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...environment },
  });
  const said = { out: '', log: '' };
  child.stdout.on('data', (data) => {
    said.out += data;
  });
  child.stderr.on('data', (data) => {
    said.log += data;
  });
  const listening = (async () => {
    while (!said.out.includes('\n')) await once(child.stdout, 'data');
    return JSON.parse(said.out);
  })();
  const status = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { child, said, listening, status };
}

describe('parley serve', () => {
  it('says one line when it listens, and ends well when told to', async () => {
    const { child, said, listening, status } = serving(freePorts);
    const line = await listening;
    expect(line).toEqual({
      event: 'listening',
      grpc: expect.stringMatching(/^127\.0\.0\.1:[1-9]/),
      http: expect.stringMatching(/^127\.0\.0\.1:[1-9]/),
      rest: expect.stringMatching(/^127\.0\.0\.1:[1-9]/),
    });
    expect((await fetch(`http://${line.http}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await status).toBe(0);
    expect(said.out.trim().split('\n')).toHaveLength(1);
    expect(said.log).toContain('"event":"stopped"');
  });

  it('is gone at once when told twice', async () => {
    const { child, listening, status } = serving(freePorts);
    await listening;
    // Two, because one that is pending is not sent twice.
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await status).toMatch(/^SIG(TERM|INT)$/);
  });

  it('takes settings from flags and a file and warns of misspelt ones', async () => {
    const file = join(folder, 'parley.yaml');
    writeFileSync(file, 'httpListen: 127.0.0.1:1\nlogLevel: warn\n');
    const environment = { ...freePorts, PARLEY_SHARD: '2' };
    const { child, said, listening, status } = serving(environment, ['--config', file, '--http-listen', '127.0.0.1:0']);
    await listening;
    child.kill('SIGINT');
    expect(await status).toBe(0);
    expect(said.log).toContain('"variable":"PARLEY_SHARD"');
    expect(said.log).not.toContain('"event":"stopped"');
  });

  it.each([
    ['a wrong setting', { ...freePorts, PARLEY_SHARDS: 'x' }, /PARLEY_SHARDS: must be a whole number/],
    [
      'a missing file',
      { ...freePorts, PARLEY_CONFIG: join(folder, 'missing.json') },
      /PARLEY_CONFIG: .*missing\.json cannot be read: ENOENT/,
    ],
  ])('refuses %s with status 2', async (_what, environment, complaint) => {
    const { said, status } = serving(environment);
    expect(await status).toBe(2);
    expect(said.log).toMatch(complaint);
    expect(said.out).toBe('');
  });
});

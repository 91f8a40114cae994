/** The package as npm makes it: installed into an empty folder, loaded there, and what a bot is checked against. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'parley-package-'));
afterAll(() => rmSync(folder, { recursive: true }));

const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

it('has the packages of the daemon, in its versions', () => {
  const [own, daemon] = ['clients/typescript/package.json', 'package.json'].map(
    (path) => JSON.parse(readFileSync(path, 'utf8')) as { version: string; dependencies: Record<string, string> },
  );
  expect(own?.version).toBe(daemon?.version);
  expect(daemon?.dependencies).toMatchObject(own?.dependencies ?? {});
});

it('installs into an empty folder, loads, and has the types of a bot', async () => {
  const packing = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: 'clients/typescript' });
  const [{ filename, files }] = JSON.parse(packing.stdout.slice(packing.stdout.indexOf('[')));
  const names: readonly string[] = files.map(({ path }: { path: string }) => path);
  expect(names).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/client/index.d.ts']));
  expect(names.filter((name) => !/^(LICENSE|README\.md|package\.json|dist\/.*\.(js|d\.ts))$/.test(name))).toEqual([]);

  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await run('npm', ['install', ...quietly, filename], { cwd: folder });
  const program = `
    import { Parley, ParleyError } from '@parley/client';
    import { AdminService } from '@parley/client/proto/admin_service';
    const failure = await Parley.connect({ address: '127.0.0.1:1', deadlineMs: 100 }).catch((error) => error);
    console.log(failure instanceof ParleyError, failure.status, AdminService.method.getDrain.name);
  `;
  const loaded = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
  expect(loaded.stdout).toBe('true UNAVAILABLE GetDrain\n');

  copyFileSync('examples/bot/bot.ts', join(folder, 'bot.ts'));
  const compilerOptions = {
    ...{ target: 'ES2022', module: 'NodeNext', strict: true, noEmit: true, exactOptionalPropertyTypes: true },
    ...{ types: ['node'], typeRoots: [resolve('node_modules/@types')], skipLibCheck: false },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder]);
  // Ten lines, without those that are empty or say what they are.
  const lines = readFileSync('examples/bot/bot.ts', 'utf8').split('\n');
  expect(lines.filter((line) => line !== '' && !line.startsWith('/**')).length).toBeLessThanOrEqual(10);
}, 180_000);

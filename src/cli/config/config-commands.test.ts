import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/config.js';
import { check } from './check.js';
import { print } from './print.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-config-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));
function written(text: string): string {
  const file = join(folder, 'parley.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
function told() {
  const lines = { out: [] as string[], wrong: [] as string[] };
  const output = {
    write: (line: string): void => void lines.out.push(line),
    complain: (line: string): void => void lines.wrong.push(line),
  };
  return { lines, output };
}

const secretive = `jitterMs: 80
accounts:
  - sid: b3877c40-da60-4998-90ad-b792e98472af
    name: acme
    tokens: [a-very-secret-token, { file: token }]
    signingKeys: [a-very-secret-key]
    originateUrl: https://user:a-very-secret@p@ssword@calls.test/originate?key=secret
tracingEndpoint: http://127.0.0.1:4318
tracingHeaders: authorization=a-very-secret-header
`;

describe('parley config print', () => {
  it('shows what holds and where each setting was said, and no secret', () => {
    const configFile = written(secretive);
    writeFileSync(join(folder, 'token'), 'another-very-secret-token', { mode: 0o600 });
    const { lines, output } = told();
    const environment = { PARLEY_SHARDS: '2', PARLEY_SHARD: '3' };
    expect(print({ environment, configFile, flags: { talkersMax: '4' } }, output)).toBe(true);
    expect(lines.out).toEqual(
      expect.arrayContaining([
        `jitterMs: 80 # ${configFile}:1:1`,
        'shards: "2" # PARLEY_SHARDS',
        'talkersMax: "4" # --talkers-max',
        'grpcListen: 127.0.0.1:7300 # default',
        'mediaAdvertise: 127.0.0.1 # default',
        '# musicFile: the music that the project composed # default',
        `accounts: # ${configFile}:2:1`,
      ]),
    );
    expect(lines.wrong).toEqual(['warning: PARLEY_SHARD is no setting; is PARLEY_SHARDS meant?']);
    const text = lines.out.join('\n');
    expect(text).not.toContain('secret');
    expect(text).toContain('file: token');
    expect(text).toContain('https://***@calls.test/originate?***');
    expect(text).not.toContain('ssword');
    // What is struck out is no token and no header any more, and all else is as it was.
    const again = parseConfig({ environment: {}, file: { name: 'printed', text } });
    expect(again).toMatchObject({ ok: false });
    expect(again.ok ? [] : again.error.every((problem) => /accounts\.0\.tokens|tracingHeaders/.test(problem))).toBe(
      true,
    );
  });

  it('says what is wrong instead', () => {
    const { lines, output } = told();
    expect(print({ environment: { PARLEY_SHARDS: 'x' } }, output)).toBe(false);
    expect(lines).toEqual({ out: [], wrong: ['PARLEY_SHARDS: must be a whole number from 1 to 64'] });
  });
});

const wrong = `restTlsCertFile: /nowhere/rest.pem
restTlsKeyFile: /nowhere/rest.key
s3AccessKeyFile: /nowhere/access
s3SecretKeyFile: /nowhere/secret
`;

describe('parley config check', () => {
  it('says that a file is good, or everything that is wrong with it', async () => {
    const good = told();
    const file = written('jitterMs: 80\n');
    expect(await check({ file }, good.output)).toBe(true);
    expect(good.lines).toEqual({ out: [`${file}: good`], wrong: [] });
    const bad = told();
    expect(await check({ file: written(`${wrong}jitterMs: 800\nshards: 0\n`) }, bad.output)).toBe(false);
    expect(bad.lines).toEqual({
      out: [],
      wrong: [
        `${file}:1:1: restTlsCertFile: /nowhere/rest.pem cannot be read: ENOENT`,
        `${file}:2:1: restTlsKeyFile: /nowhere/rest.key cannot be read: ENOENT`,
        `${file}:3:1: s3AccessKeyFile: /nowhere/access cannot be read: ENOENT`,
        `${file}:4:1: s3SecretKeyFile: /nowhere/secret cannot be read: ENOENT`,
        `${file}:5:1: jitterMs: must be a whole number from 0 to 200`,
        `${file}:6:1: shards: must be a whole number from 1 to 64`,
      ],
    });
  });

  it('leaves out the files that it names where that is asked for', async () => {
    const { lines, output } = told();
    expect(await check({ file: written(wrong), leavesFilesOut: true }, output)).toBe(true);
    expect(lines.wrong).toEqual([]);
  });

  it('says when there is none', async () => {
    const { lines, output } = told();
    expect(await check({ file: join(folder, 'missing.yaml') }, output)).toBe(false);
    expect(lines.wrong).toEqual([`${join(folder, 'missing.yaml')} cannot be read: ENOENT`]);
  });
});

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig, readConfig } from './config.js';
import { configSource } from './config-file.js';
import { problemText } from './problem.js';
import { settingTexts } from './setting-texts.js';
import { defaultOf, isSettingName, settingNames } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
  return join(folder, name);
};
function read(configFile: string, environment = {}) {
  const source = configSource({ environment, configFile });
  return source.ok ? readConfig(source.value) : expect.fail(source.error);
}
const problemsOf = (text: string): readonly string[] => {
  const config = parseConfig({ environment: {}, file: { name: 'parley.yaml', text } });
  return config.ok ? [] : config.error;
};

const accountYaml = `accounts:
  - sid: b3877c40-da60-4998-90ad-b792e98472af
    name: acme
    tokens:
      - { file: token }
    signingKeys: [{ file: key }]
`;

describe('a configuration file', () => {
  it('is named with line and column of each thing that is wrong in it, all at once', () => {
    const text = `# comment
jitterMs: 999
talkerMax: 3
shards:
webhookAllow: [10.0.0.0/8, nowhere]
accounts:
  - sid: acme
    name: acme
    tokens: [short]
    flavour: signalwir
    tokns: []
`;
    expect(problemsOf(text)).toEqual([
      'parley.yaml:2:1: jitterMs: must be a whole number from 0 to 200',
      'parley.yaml:3:1: talkerMax: there is no such setting; is talkersMax meant?',
      'parley.yaml:4:1: shards: must have a value, or be left out',
      'parley.yaml:5:1: webhookAllow: must be address ranges like 10.0.0.0/8, separated by commas',
      'parley.yaml:7:5: accounts.0.sid: must be a UUID, or AC and 32 hexadecimal digits',
      'parley.yaml:7:5: accounts.0.signingKeys: must be there',
      'parley.yaml:9:14: accounts.0.tokens.0: must have at least 16 characters',
      'parley.yaml:10:5: accounts.0.flavour: must be signalwire, twilio; is signalwire meant?',
      'parley.yaml:11:5: accounts.0.tokns: there is no such key of an account; is tokens meant?',
    ]);
  });

  it.each([
    ['jitterMs: 60\njitterMs: 70\n', 'parley.yaml:2:1: Map keys must be unique'],
    ['shards: [1\n', /^parley\.yaml:\d+:\d+: Flow sequence/],
    ['- shards\n', 'parley.yaml:1:1: the file must hold settings, each as name: value'],
    ['shards: *nowhere\n', /^parley\.yaml:1:\d+: .*nowhere/],
    ['shards: 1\n---\nshards: 2\n', /^parley\.yaml:2:1: /],
  ])('that breaks the rules of YAML is refused with its place: %j', (text, problem) => {
    const [first] = problemsOf(text);
    if (typeof problem === 'string') expect(first).toBe(problem);
    else expect(first).toMatch(problem);
  });

  it('may be empty, and may say things once for several accounts', () => {
    expect(problemsOf('# nothing\n')).toEqual([]);
    const first = accountYaml
      .replace('[{ file: key }]', '&keys [a-key]')
      .replace('{ file: token }', 'a-long-token-of-a');
    const anchored = `${first}
  - sid: 11111111-da60-4998-90ad-b792e98472af
    name: other
    tokens: [a-long-token-of-another]
    signingKeys: *keys
`;
    expect(problemsOf(anchored)).toEqual([]);
  });

  it('names secrets in files beside it', () => {
    written('token', 'a-long-secret-token\n');
    written('key', 'the-key');
    const config = read(written('parley.yaml', accountYaml));
    expect(config).toMatchObject({
      ok: true,
      value: { config: { accounts: [{ tokens: ['a-long-secret-token'], signingKeys: ['the-key'] }] }, warnings: [] },
    });
  });

  it('is told where the file of a secret is missing, and warned of one that everybody may read', () => {
    rmSync(join(folder, 'token'), { force: true });
    written('key', 'the-key', 0o644);
    const file = written('parley.yaml', accountYaml);
    const missing = read(file);
    const problems = missing.ok ? [] : missing.error.map(problemText);
    expect(problems).toEqual([`${file}:5:9: accounts.0.tokens.0: ${join(folder, 'token')} cannot be read: ENOENT`]);
    written('token', 'a-long-secret-token\n');
    expect(read(file)).toMatchObject({
      value: { warnings: ['everybody on this machine may read the secrets in key: chmod o-r'] },
    });
  });

  it('is warned of when it tells secrets itself and everybody may read it', () => {
    const text = accountYaml.replace('{ file: key }', 'a-key').replace('{ file: token }', 'a-long-secret-token');
    const open = written('open.yaml', text, 0o644);
    expect(read(open)).toMatchObject({ value: { warnings: [expect.stringContaining(open)] } });
    expect(read(written('closed.yaml', text, 0o640))).toMatchObject({ value: { warnings: [] } });
  });

  it('stands below the environment, and that below flags', () => {
    const config = readConfig({
      environment: { PARLEY_JITTER_MS: '70', PARLEY_SHARDS: '2' },
      file: { name: 'parley.yaml', text: 'jitterMs: 80\nshards: 4\nnoiseGate: true\n' },
      flags: { shards: '3' },
    });
    const { config: found, layers } = config.ok ? config.value : expect.fail('wrong');
    expect(found).toMatchObject({ jitterMs: 70, shards: 3, noiseGate: true, talkersMax: 6 });
    expect(['jitterMs', 'shards', 'noiseGate', 'talkersMax'].map((name) => layers.originOf([name]).kind)).toEqual([
      'environment',
      'flag',
      'file',
      'default',
    ]);
  });

  it.each([
    [{ shards: 'many' }, {}, '--shards: must be a whole number from 1 to 64'],
    [{ grpcListen: '0.0.0.0:7300' }, {}, /^--grpc-listen: 0\.0\.0\.0 can be reached from other machines/],
    [{}, { PARLEY_ACCOUNTS: '[{"sid":{"file":"/nowhere/sid"}}]' }, /^PARLEY_ACCOUNTS\.0\.sid: .*ENOENT/],
  ])('is not blamed for flags %j and variables %j', (flags, environment, problem) => {
    const config = parseConfig({ environment, flags, file: { name: 'parley.yaml', text: 'shards: 2\n' } });
    const [first] = config.ok ? [] : config.error;
    if (typeof problem === 'string') expect(first).toBe(problem);
    else expect(first).toMatch(problem);
  });
});

describe('parley.example.yaml', () => {
  const sample = readFileSync(new URL('../../parley.example.yaml', import.meta.url), 'utf8');

  it('is good as it stands', () => {
    expect(problemsOf(sample)).toEqual([]);
  });

  it('has every setting as the schema takes it, and every default as it is', () => {
    const [settings = '', accounts = ''] = sample.split('#accounts:');
    const uncommented = `${settings.replace(/^#(?=\S)/gm, '')}accounts:${accounts.replace(/^#/gm, '')}`
      .replace('{ file: secrets/acme-token }', 'a-token-of-16-or-more')
      .replace('{ file: secrets/acme-signing-key }', 'a-key');
    const file = { name: 'parley.example.yaml', text: uncommented };
    const all = readConfig({ environment: {}, file });
    const { values } = all.ok ? all.value.layers : expect.fail(all.error.map(problemText).join('\n'));
    expect(Object.keys(values)).toEqual(settingNames);
    for (const name of settingNames.filter(isSettingName)) {
      if (!('sample' in settingTexts[name]) && name !== 'accounts') expect(String(values[name])).toBe(defaultOf(name));
    }
  });
});

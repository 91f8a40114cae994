import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accountSidOf } from '../../test/support/callers.js';
import { recordingLogger, recordingMetrics } from '../../test/support/silent.js';
import { err, ok, type Result } from '../base/result.js';
import { parseConfig, type ReadConfig, readWhatIsRight } from './config.js';
import { readConfigFiles } from './config-files.js';
import { LiveConfig, type LiveConfigParts } from './live-config.js';
import { problemText } from './problem.js';

const account = (name: string, token: string, more = ''): string => `
  - sid: ${accountSidOf(name)}
    name: ${name}
    tokens: [${token}]
    signingKeys: [${name}-key]
${more}`;

function read(text: string): Result<ReadConfig, readonly string[]> {
  const config = readWhatIsRight({ environment: {}, file: { name: 'parley.yaml', text } });
  return config.ok ? config : err(config.error.map(problemText));
}

async function opened(text: string, prepareTls: LiveConfigParts['prepareTls'] = async () => ok(() => {})) {
  const first = parseConfig({ environment: {}, file: { name: 'parley.yaml', text } });
  const file = { text };
  const [metrics, logger] = [recordingMetrics(), recordingLogger()];
  const parts = { read: () => read(file.text), prepareTls, metrics, logger };
  const config = first.ok ? first.value : expect.fail(first.error.join());
  const files = await readConfigFiles(config);
  const live = new LiveConfig(config, files.ok ? files.value : expect.fail('files are not right'), parts);
  let changes = 0;
  live.onAccounts(() => {
    changes += 1;
  });
  return { live, file, metrics, logger, changes: () => changes };
}

const a = accountSidOf('a');

describe('a configuration that is read anew', () => {
  it('changes accounts and live settings at once, and names what needs a restart', async () => {
    const { live, file, metrics, changes } = await opened(`shards: 1
apiRequestsPerSecond: 5
accounts:${account('a', 'a-token-of-account-a')}`);
    file.text = `shards: 2
apiRequestsPerSecond: 6
accounts:${account('a', 'next-token-of-account-a', '    apiRequestsPerSecond: 7')}`;
    expect(await live.reload()).toEqual(
      ok({ applied: ['apiRequestsPerSecond', 'accounts'], needRestart: ['shards'], warnings: [] }),
    );
    expect(live.settings()).toMatchObject({ shards: 1, apiRequestsPerSecond: 6 });
    const accounts = live.accounts();
    expect(accounts.opened('a-token-of-account-a')).toBeNull();
    expect(accounts.opened('next-token-of-account-a')).toBe(a);
    expect(live.limitsOf(a).requests).toEqual({ perSecond: 7, burst: 14 });
    expect(changes()).toBe(1);
    expect(metrics.value('parley_config_reloads_total', { outcome: 'applied' })).toBe(1);
    // What waits for a restart is named as long as it does.
    expect(await live.reload()).toEqual(ok({ applied: [], needRestart: ['shards'], warnings: [] }));
  });

  it('has the limits of each account, its own above those of all, and changes them', async () => {
    const text = (own: string) => `conferencesPerAccountMax: 5
callbacksPerSecond: 10
accounts:${account('a', 'a-token-of-account-a', own)}`;
    const { live, file } = await opened(text('    conferencesMax: 0\n    recordingsMax: 3'));
    const callbacks = { perSecond: 10, burst: 20 };
    expect(live.limitsOf(a)).toMatchObject({ conferencesMax: null, recordingsMax: 3, callsMax: null, callbacks });
    expect(live.limitsOf(accountSidOf('b'))).toMatchObject({ conferencesMax: 5, recordingsMax: null, callbacks });
    file.text = text('    participantsMax: 2');
    await live.reload();
    expect(live.limitsOf(a)).toMatchObject({ conferencesMax: 5, recordingsMax: null, callsMax: 2 });
  });

  it('changes nothing when anything is wrong with it, and says all of that with its lines', async () => {
    const { live, file, metrics, logger, changes } = await opened(`accounts:${account('a', 'a-token-of-account-a')}`);
    file.text = `jitterMs: 999
accounts:${account('a', 'short')}${account('b', 'a-token-of-account-b')}`;
    expect(await live.reload()).toEqual(
      err([
        'parley.yaml:1:1: jitterMs: must be a whole number from 0 to 200',
        'parley.yaml:5:14: accounts.0.tokens.0: must have at least 16 characters',
      ]),
    );
    expect(live.accounts().opened('a-token-of-account-a')).toBe(a);
    expect(live.accounts().opened('a-token-of-account-b')).toBeNull();
    expect(changes()).toBe(0);
    expect(metrics.value('parley_config_reloads_total', { outcome: 'refused' })).toBe(1);
    expect(logger.lines).toEqual([{ level: 'error', event: 'config-not-reloaded' }]);
  });

  it('takes the keys of recordings anew', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-keys-'));
    try {
      const keyFile = join(folder, 'keys');
      const line = (name: string): string => `${name} ${randomBytes(32).toString('base64')}\n`;
      const older = line('older');
      writeFileSync(keyFile, older);
      const { live } = await opened(
        `accounts:${account('a', 'a-token-of-account-a', `    recordingKeyFile: ${keyFile}`)}`,
      );
      const names = () => live.recordingKeysOf(a)?.map(({ name }) => name);
      expect([names(), live.recordingKeysOf(accountSidOf('b'))]).toEqual([['older'], null]);
      writeFileSync(keyFile, `${line('newer')}${older}`);
      expect((await live.reload()).ok).toBe(true);
      expect(names()).toEqual(['newer', 'older']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('changes nothing when files cannot be used, and says that with what else is wrong, by its lines', async () => {
    const { live, file } = await opened(`accounts:${account('a', 'a-token-of-account-a')}`, async () =>
      err([{ path: ['restTlsCertFile'], rule: 'it has expired' }]),
    );
    const more = '    webhookCaFile: /nowhere/ca.pem\n    recordingKeyFile: /nowhere/keys';
    file.text = `accounts:${account('a', 'next-token-of-account-a', more)}
jitterMs: 999
restTlsCertFile: rest.pem
restTlsKeyFile: rest.key
webhookCaFile: /nowhere/all.pem
`;
    const reloaded = await live.reload();
    expect(reloaded.ok ? [] : reloaded.error).toEqual([
      expect.stringMatching(/^parley\.yaml:6:5: accounts\.0\.webhookCaFile: \/nowhere\/ca\.pem must .*ENOENT/),
      expect.stringMatching(/^parley\.yaml:7:5: accounts\.0\.recordingKeyFile: \/nowhere\/keys must .*ENOENT/),
      'parley.yaml:8:1: jitterMs: must be a whole number from 0 to 200',
      'parley.yaml:9:1: restTlsCertFile: it has expired',
      expect.stringMatching(/^parley\.yaml:11:1: webhookCaFile: \/nowhere\/all\.pem must .*ENOENT/),
    ]);
    expect(live.accounts().opened('next-token-of-account-a')).toBeNull();
  });

  it('takes certificates together with the rest', async () => {
    const taken: string[] = [];
    const { live, file } = await opened('apiRequestsPerSecond: 5', async () =>
      ok(() => taken.push(`at ${live.settings().apiRequestsPerSecond}`)),
    );
    file.text = 'jitterMs: 999';
    await live.reload();
    expect(taken).toEqual([]);
    file.text = 'apiRequestsPerSecond: 6';
    await live.reload();
    expect(taken).toEqual(['at 6']);
  });

  it('is read once for each who asks, one after the other', async () => {
    const { live, file } = await opened('apiRequestsPerSecond: 5');
    file.text = 'apiRequestsPerSecond: 6';
    const both = await Promise.all([live.reload(), live.reload()]);
    expect(both).toMatchObject([{ value: { applied: ['apiRequestsPerSecond'] } }, { value: { applied: [] } }]);
  });
});

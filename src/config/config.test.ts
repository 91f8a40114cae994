import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.js';
import { developmentAccount } from './account.js';
import { type Config, type ConfigSource, parseConfig, unknownVariables, unknownVariableText } from './config.js';

const account = {
  sid: 'ACb3877c40da604998 90adb792e98472af'.replace(' ', ''),
  name: 'acme',
  tokens: ['a-long-secret-token'],
  signingKeys: ['key-1', 'key-0'],
};
const accounts = JSON.stringify([account]);
const s3 = { PARLEY_RECORDING_STORAGE: 's3', PARLEY_S3_BUCKET: 'recordings' };

const fileOf = (settings: object) => ({ name: 'parley.json', text: JSON.stringify(settings) });

function configOf({ environment = {}, file = null, ...rest }: Partial<ConfigSource> = {}): Config {
  const config = parseConfig({ environment, file, ...rest });
  return config.ok ? config.value : expect.fail(config.error.join('\n'));
}
const problemsOf = ({ environment = {}, file = null }: Partial<ConfigSource>): readonly string[] => {
  const config = parseConfig({ environment, file });
  return config.ok ? [] : config.error;
};

describe('parseConfig', () => {
  it('has a default for everything: one machine, one account that everybody knows', () => {
    expect(configOf()).toMatchObject({
      grpcListen: { host: '127.0.0.1', port: 7300 },
      httpListen: { host: '127.0.0.1', port: 7301 },
      restListen: { host: '127.0.0.1', port: 7302 },
      apiRequestsPerSecond: 2000,
      mediaBind: '127.0.0.1',
      mediaAdvertise: '127.0.0.1',
      rtpPorts: { first: 20_000, last: 29_999 },
      jitterMs: 60,
      realtimePriority: 20,
      accounts: [developmentAccount],
      webhookAllow: [
        { network: '127.0.0.0', prefix: 8 },
        { network: '::1', prefix: 128 },
      ],
    });
    expect(configOf().shards).toBeGreaterThanOrEqual(1);
  });

  it.each<[string, string, Partial<Config>]>([
    ['PARLEY_GRPC_LISTEN', '[::1]:0', { grpcListen: { host: '::1', port: 0 } }],
    ['PARLEY_HTTP_LISTEN', 'localhost:8080', { httpListen: { host: 'localhost', port: 8080 } }],
    ['PARLEY_REST_LISTEN', '[::1]:443', { restListen: { host: '::1', port: 443 } }],
    ['PARLEY_API_REQUESTS_PER_SECOND', '0', { apiRequestsPerSecond: 0 }],
    ['PARLEY_MEDIA_BIND', '192.0.2.1', { mediaBind: '192.0.2.1', mediaAdvertise: '192.0.2.1' }],
    ['PARLEY_MEDIA_ADVERTISE', '2001:db8::1', { mediaAdvertise: '2001:db8::1', mediaBind: '127.0.0.1' }],
    ['PARLEY_RTP_PORTS', '0', { rtpPorts: { first: 0, last: 0 } }],
    ['PARLEY_RTP_PORTS', '30000-30099', { rtpPorts: { first: 30_000, last: 30_099 } }],
    ['PARLEY_JITTER_MS', '40', { jitterMs: 40 }],
    ['PARLEY_RELATCH_MS', '0', { relatchMs: 0 }],
    ['PARLEY_MEDIA_TIMEOUT_SECONDS', '60', { mediaTimeoutSeconds: 60 }],
    ['PARLEY_MEDIA_TIMEOUT_POLICY', 'hold', { mediaTimeoutPolicy: 'hold' }],
    ['PARLEY_SHARDS', '3', { shards: 3 }],
    ['PARLEY_REALTIME_PRIORITY', '0', { realtimePriority: 0 }],
    ['PARLEY_LEGS_PER_SHARD', '100', { legsPerShard: 100 }],
    ['PARLEY_ROOMS_PER_SHARD', '50', { roomsPerShard: 50 }],
    ['PARLEY_LANES_PER_SHARD', '10', { lanesPerShard: 10 }],
    ['PARLEY_TICK_LOAD_MAX', '0.75', { tickLoadMax: 0.75 }],
    [
      'PARLEY_WEBHOOK_ALLOW',
      '10.0.0.0/8, fd00::/8',
      {
        webhookAllow: [
          { network: '10.0.0.0', prefix: 8 },
          { network: 'fd00::', prefix: 8 },
        ],
      },
    ],
    ['PARLEY_WEBHOOK_ALLOW', '', { webhookAllow: [] }],
    ['PARLEY_WEBHOOK_PORTS', '443', { webhookPorts: [{ first: 443, last: 443 }] }],
    ['PARLEY_WEBHOOK_CA_FILE', '/etc/ca.pem', { webhookCaFile: '/etc/ca.pem' }],
    ['PARLEY_STORE_CHECK_HOURS', '24', { storeCheckHours: 24 }],
    ['PARLEY_HISTORY_CONFERENCES_MAX', '10', { historyConferencesMax: 10 }],
    ['PARLEY_HISTORY_EVENTS_MAX', '10', { historyEventsMax: 10 }],
    ['PARLEY_DRAIN_SECONDS', '0', { drainSeconds: 0 }],
    ['PARLEY_SHUTDOWN_SECONDS', '5', { shutdownSeconds: 5 }],
    ['PARLEY_LOG_LEVEL', 'debug', { logLevel: 'debug' }],
  ])('takes %s=%s', (variable, text, expected) => {
    expect(configOf({ environment: { [variable]: text } })).toMatchObject(expected);
  });

  it('takes accounts, and then lets webhooks reach the public internet only', () => {
    const config = configOf({ environment: { PARLEY_ACCOUNTS: accounts } });
    expect(config.accounts).toEqual([
      { ...account, sid: 'b3877c40-da60-4998-90ad-b792e98472af', flavour: 'signalwire' },
    ]);
    expect(config.webhookAllow).toEqual([]);
  });

  it('takes the same settings from a file, below the environment', () => {
    const file = fileOf({ jitterMs: 80, shards: '2', accounts: [account] });
    const config = configOf({ environment: { PARLEY_SHARDS: '4' }, file });
    expect(config).toMatchObject({ jitterMs: 80, shards: 4, accounts: [{ name: 'acme' }] });
  });

  it.each([
    ['PARLEY_GRPC_LISTEN', '7300', 'must be host:port'],
    ['PARLEY_GRPC_LISTEN', '::1:7300', 'must be host:port'],
    ['PARLEY_HTTP_LISTEN', 'host:70000', 'must be host:port'],
    ['PARLEY_API_REQUESTS_PER_SECOND', '-1', 'from 0 to 1000000'],
    ['PARLEY_MEDIA_BIND', 'localhost', 'IPv4 or IPv6 address'],
    ['PARLEY_MEDIA_ADVERTISE', 'example.org', 'IPv4 or IPv6 address'],
    ['PARLEY_RTP_PORTS', '20001-20010', 'first-last'],
    ['PARLEY_RTP_PORTS', '100-200', 'first-last'],
    ['PARLEY_RTP_PORTS', '30000-20000', 'first-last'],
    ['PARLEY_JITTER_MS', '201', 'from 0 to 200'],
    ['PARLEY_JITTER_MS', '-1', 'from 0 to 200'],
    ['PARLEY_SHARDS', '0', 'from 1 to 64'],
    ['PARLEY_SHARDS', '1.5', 'whole number'],
    ['PARLEY_SHARDS', '', 'whole number'],
    ['PARLEY_REALTIME_PRIORITY', '100', 'from 0 to 99'],
    ['PARLEY_LEGS_PER_SHARD', '9000', 'from 2 to 8192'],
    ['PARLEY_TICK_LOAD_MAX', '1.1', 'from 0.05 to 1'],
    ['PARLEY_TICK_LOAD_MAX', '', 'from 0.05 to 1'],
    ['PARLEY_WEBHOOK_ALLOW', '10.0.0.0', 'address ranges'],
    ['PARLEY_WEBHOOK_PORTS', '0-80', 'ports and ranges'],
    ['PARLEY_LOG_LEVEL', 'loud', ''],
    ['PARLEY_TRACING_ENDPOINT', 'collector:4318', 'http:// or https:// URL'],
    ['PARLEY_TRACING_ENDPOINT', 'https://user:secret@collector', 'without credentials'],
    ['PARLEY_TRACING_HEADERS', 'authorization: Bearer abc', 'must be name=value'],
    ['PARLEY_TRACING_HEADERS', 'a=b', 'is of no use without tracingEndpoint'],
    ['PARLEY_TRACING_SAMPLE_RATIO', '10', 'from 0 to 1'],
    ['PARLEY_TRACING_SERVICE_NAME', '', ''],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317', 'http:// or https:// URL'],
    ['PARLEY_ACCOUNTS', 'acme', 'JSON list of accounts'],
    ['PARLEY_ACCOUNTS', '[]', ''],
  ])('refuses %s=%s by its name', (variable, text, rule) => {
    const problems = problemsOf({ environment: { [variable]: text } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${variable}: .*${rule}`));
  });

  it.each([
    [{ ...account, sid: 'acme' }, 'PARLEY_ACCOUNTS.0.sid: must be a UUID'],
    [{ ...account, tokens: ['short'] }, 'PARLEY_ACCOUNTS.0.tokens.0: '],
    [{ ...account, signingKeys: [] }, 'PARLEY_ACCOUNTS.0.signingKeys'],
    [{ ...account, flavour: 'vanilla' }, 'PARLEY_ACCOUNTS.0.flavour: '],
    [{ ...account, webhookHosts: ['http://a.test'] }, 'PARLEY_ACCOUNTS.0.webhookHosts.0: must be a host'],
    [{ ...account, originateUrl: 'nowhere' }, 'PARLEY_ACCOUNTS.0.originateUrl: must be an absolute'],
    [{ ...account, webhookCaFile: '' }, 'PARLEY_ACCOUNTS.0.webhookCaFile: '],
    [{ ...account, callbackHorizonHours: -1 }, 'PARLEY_ACCOUNTS.0.callbackHorizonHours: '],
    [{ ...account, apiRequestsPerSecond: 0.5 }, 'PARLEY_ACCOUNTS.0.apiRequestsPerSecond: '],
    [{ ...account, surprise: 1 }, 'PARLEY_ACCOUNTS.0.surprise: '],
  ])('refuses the account %j', (wrong, problem) => {
    const [first] = problemsOf({ environment: { PARLEY_ACCOUNTS: JSON.stringify([wrong]) } });
    expect(first?.startsWith(problem), first).toBe(true);
  });

  it.each([
    ['PARLEY_REST_TLS_CERT_FILE', 'restTlsKeyFile'],
    ['PARLEY_REST_TLS_KEY_FILE', 'restTlsCertFile'],
  ])('wants more than %s for TLS', (variable, other) => {
    expect(problemsOf({ environment: { [variable]: '/etc/parley.pem' } })).toEqual([
      `${variable}: is of no use without ${other}`,
    ]);
  });

  it('gives each listener an address of its own', () => {
    expect(problemsOf({ environment: { PARLEY_REST_LISTEN: '127.0.0.1:7300' } })).toEqual([
      'PARLEY_REST_LISTEN: 127.0.0.1:7300 is where grpcListen listens, too',
    ]);
  });

  it('opens accounts by certificates where clients show some', () => {
    const grpcTls = { PARLEY_GRPC_TLS_CERT_FILE: '/c', PARLEY_GRPC_TLS_KEY_FILE: '/k' };
    const subject = (text: string, sid = account.sid) => ({ ...account, sid, tokens: [], certificateSubjects: [text] });
    const problems = (environment: Readonly<Record<string, string>>, ...list: readonly object[]) =>
      problemsOf({ environment: { ...grpcTls, ...environment, PARLEY_ACCOUNTS: JSON.stringify(list) } });
    const withAuthorities = { PARLEY_GRPC_TLS_CLIENT_CA_FILE: '/ca', PARLEY_GRPC_LISTEN: '0.0.0.0:1' };
    expect(problems(withAuthorities, subject('CN=platform, O=Acme\\, Inc.'))).toEqual([]);
    expect(problems({}, subject('CN=platform'))).toEqual([
      'PARLEY_ACCOUNTS.0.certificateSubjects: is of no use without grpcTlsClientCaFile',
    ]);
    expect(problems(withAuthorities, subject('platform'))[0]).toMatch(/certificateSubjects\.0: must be names/);
    const other = subject('CN=platform', '11111111-da60-4998-90ad-b792e98472af');
    expect(problems(withAuthorities, subject('CN=platform'), other)).toEqual([
      'PARLEY_ACCOUNTS.1.certificateSubjects.0: no certificate may open two accounts',
    ]);
    expect(problemsOf({ environment: { PARLEY_GRPC_TLS_CLIENT_CA_FILE: '/ca' } })).toEqual([
      'PARLEY_GRPC_TLS_CLIENT_CA_FILE: is of no use without grpcTlsCertFile',
    ]);
  });

  it('says everything that is wrong at once, and where it was written', () => {
    const file = fileOf({ jitterMs: 999, colour: 'red' });
    const problems = problemsOf({ environment: { PARLEY_SHARDS: 'many', PARLEY_LOG_LEVEL: 'loud' }, file });
    expect(problems.map((problem) => problem.split(': ')[0]).sort()).toEqual([
      'PARLEY_LOG_LEVEL',
      'PARLEY_SHARDS',
      'parley.json:1:17',
      'parley.json:1:2',
    ]);
  });

  it('says also what does not fit together while something else is wrong', () => {
    const problems = problemsOf({ environment: { PARLEY_SHARDS: 'many', PARLEY_GRPC_LISTEN: '0.0.0.0:7300' } });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['PARLEY_SHARDS', 'PARLEY_GRPC_LISTEN']);
  });

  it.each(['{', '[]', 'null', '7'])('refuses a file that holds %s', (text) => {
    expect(problemsOf({ file: { name: 'parley.json', text } })[0]).toMatch(/^parley\.json:1:\d: /);
  });

  it.each(['PARLEY_GRPC_LISTEN', 'PARLEY_HTTP_LISTEN', 'PARLEY_REST_LISTEN'])(
    'opens %s beyond loopback to accounts with tokens only',
    (variable) => {
      const [problem] = problemsOf({ environment: { [variable]: '0.0.0.0:7300' } });
      expect(problem).toMatch(new RegExp(`^${variable}: 0.0.0.0 can be reached from other machines.*tokens`));
      configOf({ environment: { [variable]: '0.0.0.0:7300', PARLEY_ACCOUNTS: accounts } });
      configOf({ environment: { [variable]: '127.1.2.3:7300' } });
    },
  );

  it('asks for the address to advertise when every address is bound', () => {
    expect(problemsOf({ environment: { PARLEY_MEDIA_BIND: '0.0.0.0' } })[0]).toMatch(/^mediaAdvertise: /);
    configOf({ environment: { PARLEY_MEDIA_BIND: '::', PARLEY_MEDIA_ADVERTISE: '2001:db8::1' } });
  });

  it.each<readonly [Readonly<Record<string, string>>, string]>([
    [{ PARLEY_RECORDING_STORAGE: 's3' }, 's3Bucket: must name the bucket when recordingStorage is s3'],
    [{ PARLEY_RECORDING_STORAGE: 'floppy' }, 'PARLEY_RECORDING_STORAGE: '],
    [{ PARLEY_S3_BUCKET: 'b' }, 'PARLEY_S3_BUCKET: must be the name of a bucket'],
    [{ PARLEY_S3_BUCKET: 'a/b/c' }, 'PARLEY_S3_BUCKET: must be the name of a bucket'],
    [{ PARLEY_S3_ENDPOINT: 'store.example' }, 'PARLEY_S3_ENDPOINT: must be an http:// or https:// URL'],
    [{ PARLEY_S3_ENDPOINT: 'https://key:secret@store.example' }, 'PARLEY_S3_ENDPOINT: must be an http:// or'],
    [{ PARLEY_S3_REGION: 'eu west' }, 'PARLEY_S3_REGION: must be the name of a region'],
    [{ PARLEY_S3_PREFIX: '/a//b' }, 'PARLEY_S3_PREFIX: must be names of letters'],
    [{ PARLEY_S3_PART_MEGABYTES: '4' }, 'PARLEY_S3_PART_MEGABYTES: must be a whole number from 5 to 512'],
    [{ PARLEY_S3_ENCRYPTION: 'rot13' }, 'PARLEY_S3_ENCRYPTION: '],
    [{ ...s3, PARLEY_S3_KMS_KEY_ID: 'k' }, 'PARLEY_S3_KMS_KEY_ID: is of no use unless s3Encryption is sse-kms'],
    [{ PARLEY_S3_ACCESS_KEY_FILE: '/k' }, 'PARLEY_S3_ACCESS_KEY_FILE: is of no use without s3SecretKeyFile'],
  ])('says what is wrong with a store of objects that is set by %j', (environment, problem) => {
    const problems = problemsOf({ environment });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('reads where a store of objects is', () => {
    const environment = {
      PARLEY_RECORDING_STORAGE: 's3',
      PARLEY_S3_BUCKET: 'calls.example',
      PARLEY_S3_ENDPOINT: 'http://10.0.0.1:9000/s3/',
      PARLEY_S3_PREFIX: 'parley/site-1/',
      PARLEY_S3_ENCRYPTION: 'sse-kms',
      PARLEY_S3_KMS_KEY_ID: 'arn:aws:kms:eu-central-1:1:key/1',
    };
    expect(configOf({ environment })).toMatchObject({
      ...{ s3Bucket: 'calls.example', s3Endpoint: 'http://10.0.0.1:9000/s3', s3Prefix: 'parley/site-1/' },
      ...{ s3PathStyle: false, s3PartMegabytes: 8, recordingCompletedOnce: 'stored' },
    });
  });

  it('takes from others what every traced program does, where nothing else is said', () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://10.0.0.1:4318/', OTEL_SERVICE_NAME: 'mixer' };
    const traced = { tracingEndpoint: 'http://10.0.0.1:4318', tracingServiceName: 'mixer', tracingSampleRatio: 1 };
    expect(configOf({ environment })).toMatchObject(traced);
    const said = { PARLEY_TRACING_ENDPOINT: 'http://10.0.0.2:4318' };
    expect(configOf({ environment: { ...environment, ...said } }).tracingEndpoint).toBe('http://10.0.0.2:4318');
    const file = fileOf({ tracingServiceName: 'of the file' });
    expect(configOf({ environment, file }).tracingServiceName).toBe('of the file');
  });

  it('reads the headers of a collector, also from a file of their own', () => {
    const environment = { PARLEY_TRACING_ENDPOINT: 'http://10.0.0.1:4318' };
    const file = fileOf({ tracingHeaders: { file: 'headers' } });
    const readSecret = () => ok({ text: 'Authorization = Bearer a=b\nx-tenant=acme', isOpen: false });
    expect(configOf({ environment, file, readSecret }).tracingHeaders).toEqual({
      ...{ authorization: 'Bearer a=b', 'x-tenant': 'acme' },
    });
  });

  it('tells accounts apart by sid and token', () => {
    const other = { ...account, sid: '11111111-da60-4998-90ad-b792e98472af', tokens: ['another-secret-token'] };
    const problems = (...list: readonly object[]) =>
      problemsOf({ environment: { PARLEY_ACCOUNTS: JSON.stringify(list) } });
    expect(problems(account, other)).toEqual([]);
    expect(problems(account, { ...other, tokens: account.tokens })[0]).toContain('no token may open two accounts');
    expect(problems(account, { ...other, sid: account.sid })[0]).toContain('one sid');
    expect(problems(account, { ...other, tokens: [] })[0]).toContain('each needs tokens');
  });
});

describe('unknownVariables', () => {
  it('says what may be meant', () => {
    expect(unknownVariableText('PARLEY_SHARD')).toBe('PARLEY_SHARD is no setting; is PARLEY_SHARDS meant?');
    expect(unknownVariableText('PARLEY_COLOUR')).toBe('PARLEY_COLOUR is no setting');
  });

  it('names what looks like a setting and is none', () => {
    const environment = { PARLEY_SHARD: '2', PARLEY_SHARDS: '2', PARLEY_CONFIG: '/etc/parley.json', HOME: '/root' };
    expect(unknownVariables(environment)).toEqual(['PARLEY_SHARD']);
  });
});

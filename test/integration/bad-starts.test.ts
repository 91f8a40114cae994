/** What a daemon cannot start with, and what it says then: a status, and a line that names the setting. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/store/database.js';
import { TestAuthority } from '../support/certificates.js';
import { fullDisk } from '../support/disk.js';
import { freePorts, serving } from '../support/serving.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-bad-starts-'));
const authority = new TestAuthority(folder);
const [good, other, expired, early] = [
  authority.issue('good'),
  authority.issue('other'),
  authority.issue('expired', { validDays: [-9, -2] }),
  authority.issue('early', { validDays: [2, 9] }),
];
const disk = fullDisk();
const heldFolder = join(folder, 'held');
mkdirSync(heldFolder);
const held = openDatabase(join(heldFolder, 'parley.db'));
const holder = createServer();
let taken = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  taken = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  disk.goBad();
});
afterAll(() => {
  holder.close();
  held.close();
  disk.remove();
  rmSync(folder, { recursive: true });
});

const tls = (face: 'GRPC' | 'HTTP' | 'REST', cert: string, key: string) => ({
  [`PARLEY_${face}_TLS_CERT_FILE`]: cert,
  [`PARLEY_${face}_TLS_KEY_FILE`]: key,
});
const missing = join(folder, 'missing.pem');
const configured = (text: string): string => {
  const file = join(folder, 'parley.yaml');
  writeFileSync(file, text);
  return file;
};
const unreadable = (file: string): string => {
  const path = join(folder, 'unreadable.key');
  copyFileSync(file, path);
  chmodSync(path, 0);
  return path;
};
const readOnlyFolder = (): string => {
  const path = join(folder, 'read-only');
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o555);
  return path;
};

type Row = {
  readonly environment?: () => Readonly<Record<string, string>>;
  readonly args?: () => readonly string[];
  readonly wrapper?: readonly string[];
  readonly status: number;
  readonly says: readonly RegExp[];
};

/** Whoever is root may write anywhere, unless that is taken away. */
const withoutOverride = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];

const rows: Readonly<Record<string, Row>> = {
  'a configuration with mistakes, all of them at once': {
    args: () => ['--config', configured('jitterMs: 999\nshard: 2\n'), '--talkers-max', '65'],
    environment: () => ({ PARLEY_LOG_LEVEL: 'loud' }),
    status: 2,
    says: [
      /parley\.yaml:1:1: jitterMs: must be a whole number from 0 to 200/,
      /parley\.yaml:2:1: shard: there is no such setting; is shards meant\?/,
      /--talkers-max: must be a whole number from 1 to 64/,
      /PARLEY_LOG_LEVEL: must be debug, info, warn, error/,
    ],
  },
  'a configuration file that is not there': {
    args: () => ['--config', missing],
    status: 2,
    says: [/missing\.pem cannot be read: ENOENT/],
  },
  'listeners that others reach, and an account without tokens': {
    environment: () => ({
      PARLEY_GRPC_LISTEN: '0.0.0.0:0',
      PARLEY_HTTP_LISTEN: '[::]:0',
      PARLEY_REST_LISTEN: '0.0.0.0:0',
    }),
    status: 2,
    says: [/PARLEY_GRPC_LISTEN: 0\.0\.0\.0 can be reached/, /PARLEY_HTTP_LISTEN: :: can/, /PARLEY_REST_LISTEN: 0\.0/],
  },
  'a secret that cannot be read': {
    environment: () => ({ PARLEY_ACCOUNTS: JSON.stringify([{ tokens: [{ file: missing }] }]) }),
    status: 2,
    says: [
      /PARLEY_ACCOUNTS\.0\.tokens\.0: .*missing\.pem cannot be read: ENOENT/,
      /PARLEY_ACCOUNTS\.0\.sid: must be there/,
    ],
  },
  'certificates that have expired, are not valid yet, or do not fit their key': {
    environment: () => ({
      ...tls('GRPC', expired.cert, expired.key),
      ...tls('HTTP', early.cert, early.key),
      ...tls('REST', good.cert, other.key),
    }),
    status: 2,
    says: [
      /PARLEY_GRPC_TLS_CERT_FILE: .*expired\.pem holds a certificate of CN=expired that expired at/,
      /PARLEY_HTTP_TLS_CERT_FILE: .*early\.pem holds a certificate of CN=early that is not valid before/,
      /PARLEY_REST_TLS_KEY_FILE: .*other\.key does not fit the certificate in .*good\.pem/,
    ],
  },
  'a certificate that cannot be read': {
    environment: () => tls('REST', missing, good.key),
    status: 2,
    says: [/PARLEY_REST_TLS_CERT_FILE: .*missing\.pem cannot be read: ENOENT/],
  },
  'a key that may not be read': {
    environment: () => tls('GRPC', good.cert, unreadable(good.key)),
    wrapper: process.getuid?.() === 0 ? withoutOverride : [],
    status: 2,
    says: [/PARLEY_GRPC_TLS_KEY_FILE: .*unreadable\.key cannot be read: EACCES/],
  },
  'a folder of recordings that may not be written to': {
    environment: () => ({ PARLEY_RECORDINGS_DIR: join(readOnlyFolder(), 'recordings') }),
    wrapper: process.getuid?.() === 0 ? withoutOverride : [],
    status: 1,
    says: [/"why":"recordings cannot be written to .*recordings \(recordingsDir\): EACCES: permission denied/],
  },
  'a port that only the privileged may have': {
    environment: () => ({ PARLEY_REST_LISTEN: '127.0.0.1:1' }),
    wrapper: process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-net_bind_service'] : [],
    status: 1,
    says: [/restListen: cannot listen on 127\.0\.0\.1:1: .*CAP_NET_BIND_SERVICE \(EACCES\)/],
  },
  'authorities of an account that are none': {
    environment: () => ({
      PARLEY_ACCOUNTS: JSON.stringify([
        {
          sid: 'b3877c40-da60-4998-90ad-b792e98472af',
          name: 'acme',
          tokens: ['a-token-of-16-or-more'],
          signingKeys: ['key'],
          webhookCaFile: good.key,
        },
      ]),
    }),
    status: 2,
    says: [/PARLEY_ACCOUNTS\.0\.webhookCaFile: .*good\.key must hold PEM certificates/],
  },
  'a configuration with mistakes that names files with mistakes, all of them at once': {
    args: () => [
      '--config',
      configured(`restTlsKeyFile: ${good.key}
jitterMs: 999
webhookCaFile: ${missing}
restTlsCertFile: ${expired.cert}
`),
    ],
    status: 2,
    says: [
      /parley\.yaml:1:1: restTlsKeyFile: .*good\.key does not fit the certificate in .*expired\.pem/,
      /parley\.yaml:2:1: jitterMs: must be/,
      /parley\.yaml:3:1: webhookCaFile: .*missing\.pem must hold PEM certificates: ENOENT/,
      /parley\.yaml:4:1: restTlsCertFile: .*expired\.pem holds a certificate of CN=expired that expired at/,
    ],
  },
  'a gRPC port that is taken': {
    environment: () => ({ PARLEY_GRPC_LISTEN: taken }),
    status: 1,
    says: [/grpcListen: cannot listen on 127\.0\.0\.1:\d+: another program listens there \(EADDRINUSE\)/],
  },
  'a port of metrics that is taken': {
    environment: () => ({ PARLEY_HTTP_LISTEN: taken }),
    status: 1,
    says: [/httpListen: cannot listen on 127\.0\.0\.1:\d+: another program listens there \(EADDRINUSE\)/],
  },
  'a REST port that is taken': {
    environment: () => ({ PARLEY_REST_LISTEN: taken }),
    status: 1,
    says: [/restListen: cannot listen on 127\.0\.0\.1:\d+: another program listens there \(EADDRINUSE\)/],
  },
  'an address of another machine': {
    environment: () => ({
      PARLEY_GRPC_LISTEN: '192.0.2.1:0',
      PARLEY_ACCOUNTS: JSON.stringify([
        {
          sid: 'b3877c40-da60-4998-90ad-b792e98472af',
          name: 'acme',
          tokens: ['a-token-of-16-or-more'],
          signingKeys: ['key'],
        },
      ]),
    }),
    status: 1,
    says: [/grpcListen: cannot listen on 192\.0\.2\.1:0: this machine has no such address/],
  },
  'an address of another machine for RTP': {
    environment: () => ({ PARLEY_MEDIA_BIND: '192.0.2.1' }),
    status: 1,
    says: [/"why":"mediaBind: RTP cannot be received on 192\.0\.2\.1: this machine has no such address/],
  },
  'a disk that is full': {
    environment: () => disk.environment,
    status: 1,
    says: [/"why":"the store .* cannot be opened: .*full/],
  },
  'a data folder that another daemon has': {
    environment: () => ({ PARLEY_DATA_DIR: heldFolder }),
    status: 1,
    says: [/"why":"the store .* cannot be opened: another process has it open, and each daemon needs a dataDir of its/],
  },
  'a data folder that may not be written to': {
    environment: () => ({ PARLEY_DATA_DIR: join(readOnlyFolder(), 'data') }),
    wrapper: process.getuid?.() === 0 ? withoutOverride : [],
    status: 1,
    says: [/"why":"the store .* cannot be opened: EACCES: permission denied/],
  },
};

describe('parley serve does not start with', () => {
  it.each(Object.entries(rows))('%s', async (_what, { environment, args, wrapper, status, says }) => {
    const { said, status: ended } = serving({ ...freePorts, ...environment?.() }, args?.() ?? [], wrapper);
    expect(await ended, said.log).toBe(status);
    expect(said.out).toBe('');
    for (const pattern of says) expect(said.log).toMatch(pattern);
  });
});

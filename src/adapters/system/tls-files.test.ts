import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../../../test/support/certificates.js';
import { type ReadTls, readTls, type TlsFault } from './tls-files.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));
const authority = new TestAuthority(folder);
const good = authority.issue('good');
const other = authority.issue('other');
const expired = authority.issue('expired', { subject: '/O=Acme/CN=old', validDays: [-9, -2] });
const early = authority.issue('early', { validDays: [2, 9] });
const notPem = join(folder, 'not.pem');
writeFileSync(notPem, 'nothing\n');
const brokenCert = join(folder, 'broken.pem');
writeFileSync(brokenCert, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
const missing = join(folder, 'missing.pem');

const read = (cert: string, key: string, clientCa: string | null = null) =>
  readTls(
    {
      cert: { setting: 'certFile', path: cert },
      key: { setting: 'keyFile', path: key },
      clientCa: clientCa === null ? null : { setting: 'caFile', path: clientCa },
    },
    Date.now(),
  );

const textsOf = (faults: readonly TlsFault[]): readonly string[] =>
  faults.map(({ setting, rule }) => `${setting}: ${rule}`);

describe('readTls', () => {
  it('takes a certificate and its key, and knows when it ends', async () => {
    const result = await read(good.cert, good.key, authority.file);
    const tls: ReadTls = result.ok ? result.value : expect.fail(textsOf(result.error).join());
    expect(tls.cert).toBe(readFileSync(good.cert, 'utf8'));
    expect(tls.clientAuthorities).toBe(readFileSync(authority.file, 'utf8'));
    expect(Math.abs(tls.expiresAtMs - Date.now() - 86_400_000)).toBeLessThan(60_000);
  });

  it('knows when an authority of clients ends before it', async () => {
    const { cert: brief } = authority.issue('brief', { validDays: [-1, 0.5] });
    const result = await read(good.cert, good.key, brief);
    const { expiresAtMs } = result.ok ? result.value : expect.fail(textsOf(result.error).join());
    expect(Math.abs(expiresAtMs - Date.now() - 43_200_000)).toBeLessThan(60_000);
  });

  it.each<[string, string, string, string | null, readonly (string | RegExp)[]]>([
    [
      'files that are not there',
      missing,
      missing,
      missing,
      [
        `certFile: ${missing} cannot be read: ENOENT`,
        `keyFile: ${missing} cannot be read: ENOENT`,
        `caFile: ${missing} cannot be read: ENOENT`,
      ],
    ],
    [
      'what is no certificate and no key',
      notPem,
      notPem,
      notPem,
      [
        `certFile: ${notPem} must hold PEM certificates`,
        `caFile: ${notPem} must hold PEM certificates`,
        `keyFile: ${notPem} must hold a PEM private key without a password`,
      ],
    ],
    [
      'a certificate that is broken',
      brokenCert,
      good.key,
      null,
      [`certFile: ${brokenCert} must hold PEM certificates`],
    ],
    [
      'a key of another certificate',
      good.cert,
      other.key,
      null,
      [`keyFile: ${other.key} does not fit the certificate in ${good.cert}`],
    ],
    [
      'a certificate that has expired',
      expired.cert,
      expired.key,
      null,
      [/^certFile: .*expired\.pem holds a certificate of O=Acme, CN=old that expired at 20\d\d-\d\d-\d\dT[\d:]+Z$/],
    ],
    ['a certificate whose time is to come', early.cert, early.key, null, [/early\.pem .* is not valid before 20\d\d-/]],
    ['an authority that has expired', good.cert, good.key, expired.cert, [/^caFile: .*expired at/]],
  ])('says all that is wrong with %s', async (_what, cert, key, clientCa, problems) => {
    const result = await read(cert, key, clientCa);
    const found = result.ok ? [] : textsOf(result.error);
    expect(found).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) {
      if (typeof problem === 'string') expect(found[index]).toBe(problem);
      else expect(found[index]).toMatch(problem);
    }
  });
});

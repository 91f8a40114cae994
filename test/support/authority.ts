/** An authority of one's own and a server's certificate from it, made by OpenSSL for one test. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Certified = { readonly authorityFile: string; readonly key: string; readonly cert: string };

const openssl = (folder: string, ...given: readonly string[]): void => {
  execFileSync('openssl', given, { cwd: folder, stdio: 'pipe' });
};

/** `names` as in a certificate's subjectAltName: `DNS:localhost`. The files go into `folder`. */
export function certifiedFor(names: string, folder: string): Certified {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Authority of a test'];
  openssl(folder, 'req', '-x509', ...newKey, ...authority);
  openssl(folder, 'req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=receiver');
  writeFileSync(join(folder, 'server.ext'), `subjectAltName=${names}\n`);
  const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
  const request = ['-in', 'server.csr', '-out', 'server.pem', '-days', '2', '-extfile', 'server.ext'];
  openssl(folder, 'x509', '-req', ...issuer, ...request);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { authorityFile: join(folder, 'ca.pem'), key: read('server.key'), cert: read('server.pem') };
}

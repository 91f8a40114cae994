/** Certificates with any dates and names, made by OpenSSL for one test. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Issued = { readonly cert: string; readonly key: string };

export type Wanted = {
  /** Distinguished name. Left out: `/CN=` and the name of the files. */
  readonly subject?: string;
  /** Days from now; both may be in the past. Left out: from yesterday until tomorrow. */
  readonly validDays?: readonly [from: number, until: number];
};

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

const config = `[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
default_md = sha256
rand_serial = yes
unique_subject = no
policy = anything
x509_extensions = server
[anything]
organizationName = optional
commonName = supplied
[server]
subjectAltName = DNS:localhost,IP:127.0.0.1
`;

/** An authority in a folder of its own, which it fills with what it issues. */
export class TestAuthority {
  readonly folder: string;
  readonly file: string;

  constructor(folder: string) {
    this.folder = folder;
    this.file = join(folder, 'ca.pem');
    writeFileSync(join(folder, 'ca.cnf'), config);
    writeFileSync(join(folder, 'index.txt'), '');
    this.#openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '3', '-subj', '/CN=ca');
  }

  /** Files `NAME.pem` and `NAME.key`, good for localhost and 127.0.0.1; a second time others in their place. */
  issue(name: string, { subject = `/CN=${name}`, validDays = [-1, 1] }: Wanted = {}): Issued {
    const [cert, key] = [join(this.folder, `${name}.pem`), join(this.folder, `${name}.key`)];
    this.#openssl('req', ...newKey, '-keyout', key, '-out', `${name}.csr`, '-subj', subject);
    const [from, until] = validDays.map(dateInDays);
    const dates = ['-startdate', from ?? '', '-enddate', until ?? ''];
    const authority = ['-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
    this.#openssl('ca', '-batch', '-notext', ...authority, ...dates, '-in', `${name}.csr`, '-out', cert);
    if (!existsSync(cert)) throw new Error(`${cert} was not issued`);
    return { cert, key };
  }

  #openssl(...given: readonly string[]): void {
    execFileSync('openssl', given, { cwd: this.folder, stdio: 'pipe' });
  }
}

const dayMs = 86_400_000;

/** As OpenSSL writes it: YYYYMMDDHHMMSSZ. */
const dateInDays = (days: number): string =>
  new Date(Date.now() + days * dayMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');

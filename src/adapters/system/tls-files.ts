/** Reads the files of a listener's certificate, and says in words what keeps them from being used. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { TlsPem } from '../../app/tls.js';
import { err, ok, type Result } from '../../base/result.js';
import { codeOf, messageOf } from '../../base/thrown.js';

/** A file, and the setting that names it. */
export type NamedFile = { readonly setting: string; readonly path: string };

/** What is wrong with one of them; the rule names the file. */
export type TlsFault = { readonly setting: string; readonly rule: string };

export type TlsFiles = {
  readonly cert: NamedFile;
  readonly key: NamedFile;
  /** Null: clients show no certificate. */
  readonly clientCa: NamedFile | null;
};

export type ReadTls = TlsPem & {
  /** When the first of these certificates ends, ms since 1970: then the files could not be read anew. */
  readonly expiresAtMs: number;
};

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** `nowMs`: since 1970. */
export async function readTls(files: TlsFiles, nowMs: number): Promise<Result<ReadTls, readonly TlsFault[]>> {
  const faults: TlsFault[] = [];
  const refuse = ({ setting, path }: NamedFile, rule: string): null => {
    faults.push({ setting, rule: `${path} ${rule}` });
    return null;
  };
  // One after the other, so that what is wrong is told in this order.
  const cert = await readText(files.cert, refuse);
  const key = await readText(files.key, refuse);
  const clientAuthorities = files.clientCa === null ? null : await readText(files.clientCa, refuse);
  const own = cert === null ? null : certificatesOf(cert, files.cert, refuse);
  for (const each of own ?? []) refuseUnlessValid(each, files.cert, { nowMs, refuse });
  const ofClients: X509Certificate[] = [];
  if (files.clientCa !== null && clientAuthorities !== null) {
    ofClients.push(...(certificatesOf(clientAuthorities, files.clientCa, refuse) ?? []));
    for (const each of ofClients) refuseUnlessValid(each, files.clientCa, { nowMs, refuse });
  }
  const [leaf] = own ?? [];
  if (key !== null) {
    const privateKey = keyOf(key);
    if (privateKey === null) refuse(files.key, 'must hold a PEM private key without a password');
    else if (leaf !== undefined && !leaf.checkPrivateKey(privateKey)) {
      refuse(files.key, `does not fit the certificate in ${files.cert.path}`);
    }
  }
  if (faults.length > 0 || cert === null || key === null || own === null) return err(faults);
  try {
    createSecureContext({ cert, key, ...(clientAuthorities === null ? {} : { ca: clientAuthorities }) });
  } catch (error) {
    refuse(files.cert, `cannot be used: ${messageOf(error)}`);
    return err(faults);
  }
  const expiresAtMs = Math.min(...[...own, ...ofClients].map(({ validTo }) => Date.parse(validTo)));
  return ok({ cert, key, clientAuthorities, expiresAtMs });
}

export const isSame = (one: TlsPem, other: TlsPem): boolean =>
  one.cert === other.cert && one.key === other.key && one.clientAuthorities === other.clientAuthorities;

/** The files are what is in use. */
export async function holds({ cert, key, clientCa }: TlsFiles, pem: TlsPem): Promise<boolean> {
  const read = async (file: NamedFile | null) => (file === null ? null : readText(file, () => null));
  const texts = await Promise.all([read(cert), read(key), read(clientCa)]);
  return texts[0] === pem.cert && texts[1] === pem.key && texts[2] === pem.clientAuthorities;
}

type Refuse = (file: NamedFile, rule: string) => null;

const readText = async (file: NamedFile, refuse: Refuse): Promise<string | null> =>
  readFile(file.path, 'utf8').catch((error: unknown) => refuse(file, `cannot be read: ${codeOf(error)}`));

/** Null when there is none, or one that cannot be read. */
function certificatesOf(pem: string, file: NamedFile, refuse: Refuse): readonly X509Certificate[] | null {
  const found = pem.match(certificates) ?? [];
  try {
    if (found.length > 0) return found.map((each) => new X509Certificate(each));
  } catch {
    // As one that is not there.
  }
  return refuse(file, 'must hold PEM certificates');
}

function refuseUnlessValid(
  { subject, validFrom, validTo }: X509Certificate,
  file: NamedFile,
  { nowMs, refuse }: { readonly nowMs: number; readonly refuse: Refuse },
): void {
  const whose = `holds a certificate of ${subject.replaceAll('\n', ', ')} that`;
  if (Date.parse(validTo) < nowMs) refuse(file, `${whose} expired at ${dateOf(validTo)}`);
  if (Date.parse(validFrom) > nowMs) refuse(file, `${whose} is not valid before ${dateOf(validFrom)}`);
}

const dateOf = (text: string): string => new Date(text).toISOString().replace('.000', '');

function keyOf(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

/** Certificates of authorities that are not among the public ones: those of a company's own network. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM file. Rejects, naming the file and the `setting` that names it, when it cannot be read, or
 * one in it, or there is none.
 */
export async function readAuthorities(file: string, setting: string): Promise<string> {
  try {
    const found = (await readFile(file, 'utf8')).match(certificate) ?? [];
    if (found.length === 0) throw new Error('there is no certificate in it');
    return found.map((pem) => new X509Certificate(pem).toString()).join('');
  } catch (error) {
    throw new Error(`${setting}: ${file} must hold PEM certificates`, { cause: error });
  }
}

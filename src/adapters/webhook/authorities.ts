/** Certificates of authorities that are not among the public ones: those of a company's own network. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { err, ok, type Result } from '../../base/result.js';
import { messageOf } from '../../base/thrown.js';

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM file, which has one at least. The error names the file. */
export async function readAuthorities(file: string): Promise<Result<string, string>> {
  try {
    const found = (await readFile(file, 'utf8')).match(certificate) ?? [];
    if (found.length === 0) throw new Error('there is none in it');
    return ok(found.map((pem) => new X509Certificate(pem).toString()).join(''));
  } catch (error) {
    const why = messageOf(error);
    return err(`${file} must hold PEM certificates: ${why}`);
  }
}

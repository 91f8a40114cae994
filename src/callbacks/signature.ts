/**
 * Webhook signatures (CONTRACT §6.1): what is hashed and how the digest is written. The hash itself is given, so that
 * this stays free of the platform's cryptography.
 */
import type { Parameters } from './webhook.js';

/** HMAC with a fixed hash (SHA-1 unless said otherwise); the key is taken as UTF-8. */
export type Hmac = (key: string, message: Uint8Array) => Uint8Array;

export type SignedForm = {
  readonly key: string;
  /** As `signedForm` of url.ts gives it: no fragment, no credentials, the whole query. */
  readonly url: string;
  /** Fields of a form body; empty for GET, whose parameters are in the URL already. */
  readonly fields: Parameters;
};

export type SignedJson = { readonly key: string; readonly url: string; readonly body: string };

/**
 * For form-encoded POST and for GET: base64 of the HMAC-SHA1 over the URL and each field's name and decoded value, in
 * the byte order of the names.
 */
export function signForm(hmacSha1: Hmac, { key, url, fields }: SignedForm): string {
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  const message = url + sorted.map(([name, value]) => name + value).join('');
  return btoa(String.fromCharCode(...hmacSha1(key, utf8(message))));
}

/** For JSON bodies: lower-case hex of the HMAC (SHA-1, or SHA-256 for the second header) over the URL and raw body. */
export function signJson(hmac: Hmac, { key, url, body }: SignedJson): string {
  return Array.from(hmac(key, utf8(url + body)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * URLs of webhooks, taken apart without being rewritten: what is signed must be what was typed (CONTRACT §6.1 rule 2,
 * §16.6), so nothing here resolves dots, drops ports or re-encodes what is already encoded.
 */

export type WebhookUrl = {
  readonly scheme: 'http' | 'https';
  /** Percent-decoded; null when the URL names nobody. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** In lower case, with the port if one was typed. */
  readonly host: string;
  /** Path and query as they go over the wire; begins with `/`. */
  readonly path: string;
  /** What follows the first `#`: overrides, never sent and never signed. */
  readonly fragment: string;
};

const urlPattern = /^(https?):\/\/([^/?#\\]*)((?:[/?][^#]*)?)(?:#(.*))?$/is;
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/;
const notOnTheWire = /[^\x21-\x7e]/gu;
const escapes = /(?:%[0-9a-f]{2})+/gi;
const portMax = 65_535;

/** Null when `text` is not an absolute http or https URL with an ASCII host. */
export function parseWebhookUrl(text: string): WebhookUrl | null {
  const [, scheme = '', authority = '', path = '', fragment = ''] = urlPattern.exec(text.trim()) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1).toLowerCase();
  const hostMatch = hostPattern.exec(host);
  if (hostMatch === null || Number(hostMatch[1] ?? portMax) > portMax) return null;
  return {
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    credentials: at < 0 ? null : credentialsOf(authority.slice(0, at)),
    host,
    path: `${path.startsWith('/') ? '' : '/'}${path.replace(notOnTheWire, percentEncode)}`,
    fragment,
  };
}

/** Without credentials and fragment: the form in which a URL is signed. */
export const signedForm = (url: WebhookUrl): string => `${originOf(url)}${url.path}`;

/** Who receives: requests to one origin share its speed and its failures. */
export const originOf = (url: WebhookUrl): string => `${url.scheme}://${url.host}`;

/** The same place with more in its query. */
export function withQuery(url: WebhookUrl, query: string): WebhookUrl {
  if (query === '') return url;
  const separator = !url.path.includes('?') ? '?' : /[?&]$/.test(url.path) ? '' : '&';
  return { ...url, path: `${url.path}${separator}${query}` };
}

function credentialsOf(text: string): WebhookUrl['credentials'] {
  const colon = text.indexOf(':');
  const [user, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return { user: percentDecode(user), password: percentDecode(password) };
}

/** A character that may not appear in a request line; lone surrogates become U+FFFD, so this is total. */
const percentEncode = (character: string): string =>
  Array.from(
    new TextEncoder().encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

/** Broken escapes stay as they are, broken UTF-8 becomes U+FFFD. */
const percentDecode = (text: string): string =>
  text.replace(escapes, (run) =>
    new TextDecoder().decode(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
  );

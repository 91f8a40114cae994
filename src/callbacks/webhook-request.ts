/** A callback as the HTTP request to make, before it is signed: which URL, which body (CONTRACT §3.2, §6.1). */
import { assertNever } from '../base/assert.js';
import type { HttpMethod, WebTarget } from '../conference/state.js';
import { parseWebhookUrl, type WebhookUrl, withQuery } from './url.js';
import type { Parameters } from './webhook.js';

export type WebhookRequest = {
  readonly method: HttpMethod;
  /** For GET with the parameters in its query. */
  readonly url: WebhookUrl;
  /** Those that travel in the body, and so are signed by name and value; none for GET. */
  readonly fields: Parameters;
};

/** Null when the target's URL is not one a request can be made to. */
export function webhookRequest(target: WebTarget, parameters: Parameters): WebhookRequest | null {
  const url = parseWebhookUrl(target.url);
  if (url === null) return null;
  switch (target.method) {
    case 'GET':
      return { method: 'GET', url: withQuery(url, queryEncoded(parameters)), fields: new Map() };
    case 'POST':
      return { method: 'POST', url, fields: parameters };
    default:
      return assertNever(target.method);
  }
}

/**
 * As `formEncoded`, question marks as they are, which a query may have (RFC 3986 §3.4): both vendors' middleware turns
 * each `%3F` of a URL into `?` before it checks the signature, and would refuse what was signed with the former.
 */
const queryEncoded = (parameters: Parameters): string => formEncoded(parameters).replaceAll('%3F', '?');

/** `application/x-www-form-urlencoded`, UTF-8. */
export const formEncoded = (parameters: Parameters): string => new URLSearchParams([...parameters]).toString();

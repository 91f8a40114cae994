/** Where an answer sends a webhook on to (CONTRACT §6.2, RFC 9110 §15.4). */
import { originOf, parseWebhookUrl, signedForm } from './url.js';
import type { WebhookRequest } from './webhook-request.js';

/** Redirects followed for one callback; one more is code 11215. */
export const redirectsMax = 3;

export type Redirect =
  /** No redirect, or one that names no place to go. */
  | { readonly kind: 'none' }
  | { readonly kind: 'follow'; readonly request: WebhookRequest }
  /** From https to http, or to what is not a web address. */
  | { readonly kind: 'refused' };

const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * The request is repeated whole, so that no callback loses its parameters on the way, except after 303, which asks for
 * a plain GET. Credentials go along only within an origin.
 */
export function redirected(request: WebhookRequest, status: number, location: string | null): Redirect {
  if (!redirectStatuses.includes(status) || location === null) return { kind: 'none' };
  const base = signedForm(request.url);
  if (!URL.canParse(location, base)) return { kind: 'refused' };
  const url = parseWebhookUrl(new URL(location, base).href);
  if (url === null || (request.url.scheme === 'https' && url.scheme === 'http')) return { kind: 'refused' };
  const isSameOrigin = originOf(url) === originOf(request.url);
  const credentials = url.credentials ?? (isSameOrigin ? request.url.credentials : null);
  const target = { ...url, credentials };
  return {
    kind: 'follow',
    request: status === 303 ? { method: 'GET', url: target, fields: new Map() } : { ...request, url: target },
  };
}

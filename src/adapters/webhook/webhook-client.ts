/** Sends callbacks over HTTP: signed, within limits, following a few redirects (CONTRACT §6). */
import { createHmac } from 'node:crypto';
import type { lookup } from 'node:dns';
import { Agent } from 'undici';
import type { Webhooks } from '../../app/ports.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { parseOverrides } from '../../callbacks/overrides.js';
import { redirected, redirectsMax } from '../../callbacks/redirect.js';
import { type Hmac, signForm } from '../../callbacks/signature.js';
import { originOf, signedForm } from '../../callbacks/url.js';
import type { Callback, WebhookOutcome } from '../../callbacks/webhook.js';
import { formEncoded, type WebhookRequest, webhookRequest } from '../../callbacks/webhook-request.js';
import { createConnector } from './connector.js';
import type { EgressPolicy, WebRules } from './egress.js';
import { type ExchangeRequest, exchange } from './exchange.js';

/** What SignalWire waits (CONTRACT §6.2); the fragment of a URL may say otherwise. */
const connectTimeoutMsDefault = 2000;
const readTimeoutMsDefault = 5000;
const totalTimeoutMsDefault = 15_000;
/** The most a fragment may ask for. */
const connectTimeoutMsMax = 10_000;

/** An idle connection is given up before usual servers close it, so that no request meets a closing socket. */
const keepAliveMs = 4000;

/** What receivers answer to a signature they cannot verify. */
export const signatureRefusals: readonly number[] = [401, 403];

const responseHeaderBytesMax = 16 * 1024;

/** With the parameters of a GET: what usual servers take in a request line. */
export const requestUrlBytesMax = 8192;

export type WebhookClientParts = {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  /** Left out: every host and port. */
  readonly rules?: WebRules;
  /** PEM certificates of authorities trusted beside the public ones. */
  readonly authorities?: string | null;
  /** Further ones that an account trusts; null: none. Looked at with each request, for they may change. */
  readonly authoritiesOf?: (accountSid: AccountSid) => string | null;
  readonly resolve?: typeof lookup;
  /** The first signs; where a receiver refuses its signature the next is tried. Empty: nothing is sent. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
};

export interface WebhookClient extends Webhooks {
  /**
   * For other requests of the account under the same policy. Accounts that trust further authorities share no
   * connection with others.
   */
  readonly agentOf: (accountSid: AccountSid) => Agent;
  /** Gives up what is under way and closes all connections. */
  close(): Promise<void>;
}

type Timeouts = Pick<ExchangeRequest, 'connectTimeoutMs' | 'readTimeoutMs' | 'totalTimeoutMs'>;

const hmacSha1: Hmac = (key, message) => createHmac('sha1', key).update(message).digest();

export function createWebhookClient(parts: WebhookClientParts): WebhookClient {
  const { clock, egress, rules = () => null, authorities = null, authoritiesOf, resolve, signingKeysOf } = parts;
  const agentTrusting = (trusted: string | null): Agent =>
    new Agent({
      connect: createConnector({
        ...{ isAllowed: egress, timeoutMs: connectTimeoutMsMax, authorities: trusted },
        ...(resolve === undefined ? {} : { resolve }),
      }),
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      maxHeaderSize: responseHeaderBytesMax,
      pipelining: 1,
    });
  const shared = agentTrusting(authorities);
  /** Accounts come from the configuration, so their number is bounded. */
  const owned = new Map<AccountSid, { readonly own: string; readonly agent: Agent }>();
  const agentOf = (accountSid: AccountSid): Agent => {
    const own = authoritiesOf?.(accountSid) ?? null;
    const known = owned.get(accountSid);
    if (known !== undefined && known.own === own) return known.agent;
    if (known !== undefined) {
      owned.delete(accountSid);
      // Lets what is under way finish.
      known.agent.close().catch(() => {});
    }
    if (own === null) return shared;
    const agent = agentTrusting(`${authorities ?? ''}${own}`);
    owned.set(accountSid, { own, agent });
    return agent;
  };

  /**
   * During a rotation some receivers know the new key and some the old one. What a validator says of a signature it
   * cannot verify is 403 (401 here and there), so the callback is then signed anew, within the same try.
   */
  async function deliver(callback: Callback, elapsedMs: () => number): Promise<Unmeasured> {
    let outcome: Unmeasured = { kind: 'failed', reason: 'refused-by-policy' };
    for (const key of signingKeysOf(callback.accountSid)) {
      outcome = await deliverSigned(callback, key, elapsedMs);
      if (outcome.kind !== 'answered' || !signatureRefusals.includes(outcome.status)) return outcome;
    }
    return outcome;
  }

  async function deliverSigned(callback: Callback, key: string, elapsedMs: () => number): Promise<Unmeasured> {
    let request = webhookRequest(callback.target, callback.parameters);
    if (request === null) return { kind: 'failed', reason: 'protocol' };
    const timeouts = timeoutsOf(request);
    for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
      const broken = ruleBroken(request, rules(callback.accountSid, request.url));
      if (broken !== null) return { kind: 'failed', reason: 'refused-by-policy', rule: broken };
      const totalTimeoutMs = Math.max(0, timeouts.totalTimeoutMs - elapsedMs());
      const result = await exchange(agentOf(callback.accountSid), clock, {
        ...timeouts,
        totalTimeoutMs,
        ...signedRequest(request, key, callback),
      });
      if (result.kind === 'failed') return result;
      const redirect = redirected(request, result.status, result.location);
      if (redirect.kind === 'none') return { kind: 'answered', status: result.status };
      if (redirect.kind === 'refused') {
        return {
          kind: 'failed',
          reason: 'refused-by-policy',
          rule: 'a redirect to no http or https URL, or away from https',
        };
      }
      request = redirect.request;
    }
    return { kind: 'failed', reason: 'too-many-redirects' };
  }

  return {
    agentOf,
    async send(callback) {
      const startedAtMs = clock.monotonic();
      const elapsedMs = (): number => clock.monotonic() - startedAtMs;
      const result = await deliver(callback, elapsedMs);
      return { ...result, tookMs: elapsedMs() };
    },
    async close() {
      await Promise.all([shared, ...[...owned.values()].map(({ agent }) => agent)].map((agent) => agent.destroy()));
    },
  };
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'tookMs'> : never;
type Unmeasured = WithoutTime<WebhookOutcome>;

/** In words; null when the request may be made. `ofUrl`: what the rules say of its URL. */
export function ruleBroken({ url }: WebhookRequest, ofUrl: string | null): string | null {
  const bytes = signedForm(url).length;
  return bytes > requestUrlBytesMax ? `the URL has ${bytes} bytes, more than ${requestUrlBytesMax}` : ofUrl;
}

export function timeoutsOf({ url }: WebhookRequest): Timeouts {
  const overrides = parseOverrides(url.fragment);
  return {
    connectTimeoutMs: overrides.connectTimeoutMs ?? connectTimeoutMsDefault,
    readTimeoutMs: overrides.readTimeoutMs ?? readTimeoutMsDefault,
    totalTimeoutMs: overrides.totalTimeoutMs ?? totalTimeoutMsDefault,
  };
}

/** Signed anew for each URL on the way; both spellings of the header, so that every SDK finds its own. */
export function signedRequest(
  { method, url, fields }: WebhookRequest,
  key: string,
  /** `id`: of what may come twice. */
  { id, traceparent }: { readonly id?: string; readonly traceparent?: string | undefined },
): Pick<ExchangeRequest, 'origin' | 'path' | 'method' | 'headers' | 'body'> {
  const signature = signForm(hmacSha1, { key, url: signedForm(url), fields });
  const { credentials } = url;
  return {
    origin: originOf(url),
    path: url.path,
    method,
    headers: {
      accept: '*/*',
      'user-agent': 'parley',
      ...(id === undefined ? {} : { 'idempotency-key': id }),
      ...(traceparent === undefined ? {} : { traceparent }),
      'x-signalwire-signature': signature,
      'x-twilio-signature': signature,
      ...(credentials === null ? {} : { authorization: basic(credentials) }),
      ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } : {}),
    },
    body: method === 'POST' ? formEncoded(fields) : null,
  };
}

/** RFC 7617, in UTF-8. */
const basic = ({ user, password }: NonNullable<WebhookRequest['url']['credentials']>): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

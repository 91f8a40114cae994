/** A request for a document or audio: signed with each key until one is not refused, after redirects (CONTRACT §6). */
import type { DocumentRequest } from '../../app/ports.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock, Random } from '../../base/ports.js';
import { traceparentOf } from '../../base/trace.js';
import { parseOverrides } from '../../callbacks/overrides.js';
import { redirected, redirectsMax } from '../../callbacks/redirect.js';
import { documentRetryMs } from '../../callbacks/retry-policy.js';
import { signedForm } from '../../callbacks/url.js';
import type { WebhookOutcome } from '../../callbacks/webhook.js';
import { type WebhookRequest, webhookRequest } from '../../callbacks/webhook-request.js';
import type { WebRules } from './egress.js';
import { type ExchangeRequest, type FailureReason, responseBytesMax } from './exchange.js';
import { ruleBroken, signatureRefusals, signedRequest, timeoutsOf } from './webhook-client.js';

export type FollowParts<Answer> = {
  readonly clock: Clock;
  /** Of the header that says which trace the request is of. */
  readonly random: Random;
  /** What every URL asked for keeps to, redirects included. Left out: nothing but the limit of its length. */
  readonly rules?: WebRules | undefined;
  /** The first signs; where a receiver refuses its signature the next is tried. Empty: nothing is sent. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
  readonly exchange: (request: ExchangeRequest, accountSid: AccountSid) => Promise<Answer | ExchangeFailure>;
  /** Of an answer that is not the last. */
  readonly discard: (answer: Answer) => void;
};

export type ExchangeFailure = { readonly kind: 'failed'; readonly reason: FailureReason };
type Answered = { readonly kind: 'answered'; readonly status: number; readonly location: string | null };

export type Followed<Answer> =
  /** `url`: where it came from in the end. `leftMs`: of the time for all of it. */
  { readonly kind: 'answered'; readonly answer: Answer; readonly url: string; readonly leftMs: number } | FollowFailure;

type FollowFailure = {
  readonly kind: 'failed';
  readonly reason: FailureReason;
  readonly code: number;
  readonly rule: string;
};

/** By the error dictionary (CONTRACT §11). */
export const failures: Readonly<Record<FailureReason, readonly [code: number, rule: string]>> = {
  connect: [11_200, 'no connection'],
  timeout: [11_200, 'no answer in time'],
  dns: [11_210, 'the host is not known by name'],
  tls: [11_220, 'the TLS handshake failed'],
  protocol: [11_251, 'the answer is not HTTP'],
  'too-many-redirects': [11_215, `more than ${redirectsMax} redirects`],
  'response-too-large': [11_750, `the answer has more than ${responseBytesMax} bytes`],
  'refused-by-policy': [11_200, 'the address is one that Parley does not go to'],
};

const failedFor = (reason: FailureReason): FollowFailure => {
  const [code, rule] = failures[reason];
  return { kind: 'failed', reason, code, rule };
};

/** Nothing was sent. */
const refused = (code: number, rule: string): FollowFailure => ({
  ...{ kind: 'failed', reason: 'refused-by-policy', code, rule },
});

type Asked = {
  readonly accountSid: AccountSid;
  readonly request: WebhookRequest;
  readonly traceparent: string | undefined;
  readonly leftMs: () => number;
};

/** Never rejects. The time is for all of it: redirects, further keys, and further tries where the URL asks for some. */
export async function followed<Answer extends Answered>(
  { accountSid, target, parameters, trace }: DocumentRequest,
  parts: FollowParts<Answer>,
): Promise<Followed<Answer>> {
  const { clock, random, discard } = parts;
  const request = webhookRequest(target, parameters);
  if (request === null) return refused(11_100, 'not an http or https URL');
  const traceparent = trace === undefined ? undefined : traceparentOf(trace, random);
  const endsAtMs = clock.monotonic() + timeoutsOf(request).totalTimeoutMs;
  const leftMs = (): number => Math.max(0, endsAtMs - clock.monotonic());
  const overrides = parseOverrides(request.url.fragment);
  for (let attempts = 1; ; attempts += 1) {
    const result = await withKeys({ accountSid, request, traceparent, leftMs }, parts);
    const waitMs = documentRetryMs(attempts, outcomeOf(result), overrides);
    if (waitMs === null || waitMs >= leftMs()) return result;
    if (result.kind === 'answered') discard(result.answer);
    await new Promise<void>((resolve) => clock.after(waitMs, resolve));
  }
}

const outcomeOf = (result: Followed<Answered>): WebhookOutcome =>
  result.kind === 'failed'
    ? { kind: 'failed', reason: result.reason, tookMs: 0 }
    : { kind: 'answered', status: result.answer.status, tookMs: 0 };

async function withKeys<Answer extends Answered>(asked: Asked, parts: FollowParts<Answer>): Promise<Followed<Answer>> {
  let result: Followed<Answer> = refused(11_200, 'the account has no key to sign with');
  for (const key of parts.signingKeysOf(asked.accountSid)) {
    if (result.kind === 'answered') parts.discard(result.answer);
    result = await withRedirects(key, asked, parts);
    if (result.kind === 'failed' || !signatureRefusals.includes(result.answer.status)) break;
  }
  return result;
}

async function withRedirects<Answer extends Answered>(
  key: string,
  { accountSid, request: asked, traceparent, leftMs }: Asked,
  { exchange, discard, rules }: FollowParts<Answer>,
): Promise<Followed<Answer>> {
  let request = asked;
  const timeouts = timeoutsOf(request);
  for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
    const broken = ruleBroken(request, rules?.(accountSid, request.url) ?? null);
    if (broken !== null) return refused(11_200, broken);
    const limits = { ...timeouts, totalTimeoutMs: leftMs() };
    const answer = await exchange({ ...limits, ...signedRequest(request, key, { traceparent }) }, accountSid);
    if (answer.kind === 'failed') return failedFor(answer.reason);
    const redirect = redirected(request, answer.status, answer.location);
    if (redirect.kind === 'none') return { kind: 'answered', answer, url: signedForm(request.url), leftMs: leftMs() };
    discard(answer);
    if (redirect.kind === 'refused') return failedFor('refused-by-policy');
    request = redirect.request;
  }
  return failedFor('too-many-redirects');
}

/** Asks for documents over HTTP: signed, once, within limits, following a few redirects (CONTRACT §6.2, §11). */
import type { Dispatcher } from 'undici';
import type { DocumentAnswer, DocumentRequest, Documents } from '../../app/ports.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { redirected, redirectsMax } from '../../callbacks/redirect.js';
import { signedForm } from '../../callbacks/url.js';
import { type WebhookRequest, webhookRequest } from '../../callbacks/webhook-request.js';
import { type ExchangeResult, exchange, type FailureReason, responseBytesMax } from './exchange.js';
import { signatureRefusals, signedRequest, timeoutsOf } from './webhook-client.js';

export type DocumentClientParts = {
  readonly agent: Pick<Dispatcher, 'dispatch'>;
  readonly clock: Clock;
  /** The first signs; where a receiver refuses its signature the next is tried. Empty: nothing is sent. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
};

type Answered = Extract<ExchangeResult, { readonly kind: 'answered' }>;

/** `status` of what was answered in the end; null when nothing was. */
type Try = { readonly answer: DocumentAnswer; readonly status: number | null };

const failed = (code: number, rule: string): DocumentAnswer => ({ kind: 'failed', code, rule });
const failedTry = (reason: FailureReason): Try => ({ answer: failed(...failures[reason]), status: null });

export function createDocumentClient({ agent, clock, signingKeysOf }: DocumentClientParts): Documents {
  /** `leftMs`: of the time for all of it, redirects and further keys included. */
  async function fetchSigned(asked: WebhookRequest, key: string, leftMs: () => number): Promise<Try> {
    let request = asked;
    const timeouts = timeoutsOf(request);
    for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
      const limits = { ...timeouts, totalTimeoutMs: Math.max(0, leftMs()) };
      const signed = signedRequest(request, key, null);
      const result = await exchange(agent, clock, { ...limits, ...signed, wantsContent: true });
      if (result.kind === 'failed') return failedTry(result.reason);
      const redirect = redirected(request, result.status, result.location);
      if (redirect.kind === 'none') return { answer: judged(result, signedForm(request.url)), status: result.status };
      if (redirect.kind === 'refused') return failedTry('refused-by-policy');
      request = redirect.request;
    }
    return failedTry('too-many-redirects');
  }

  return {
    async fetch({ accountSid, target, parameters }: DocumentRequest) {
      const request = webhookRequest(target, parameters);
      if (request === null) return failed(11_100, 'not an http or https URL');
      const endsAtMs = clock.monotonic() + timeoutsOf(request).totalTimeoutMs;
      let answer = failed(11_200, 'the account has no key to sign with');
      for (const key of signingKeysOf(accountSid)) {
        const made = await fetchSigned(request, key, () => endsAtMs - clock.monotonic());
        answer = made.answer;
        if (made.status === null || !signatureRefusals.includes(made.status)) break;
      }
      return answer;
    },
  };
}

const failures: Readonly<Record<FailureReason, readonly [code: number, rule: string]>> = {
  connect: [11_200, 'no connection'],
  timeout: [11_200, 'no answer in time'],
  dns: [11_210, 'the host is not known by name'],
  tls: [11_220, 'the TLS handshake failed'],
  protocol: [11_251, 'the answer is not HTTP'],
  'too-many-redirects': [11_215, `more than ${redirectsMax} redirects`],
  'response-too-large': [11_750, `the answer has more than ${responseBytesMax} bytes`],
  'refused-by-policy': [11_200, 'the address is one that Parley does not go to'],
};

const xmlTypes = /^(?:text|application)\/(?:[\w.+-]+\+)?xml\s*(?:;|$)/i;

function judged({ status, content }: Answered, url: string): DocumentAnswer {
  if (status < 200 || status > 299) return failed(11_217, `the answer was ${status}`);
  const { type, bytes } = content ?? { type: null, bytes: new Uint8Array() };
  if (type === null || !xmlTypes.test(type)) return failed(12_300, 'the answer is not called XML by its Content-Type');
  return { kind: 'answered', url, body: bytes };
}

/** A span for each attempt at a webhook and for each document or sound asked for; the header that is sent names it. */
import type { DocumentAnswer, Documents, Webhooks } from '../../app/ports.js';
import type { WebAnswer, WebContents } from '../../app/web-content.js';
import { headerOf, parseParent } from '../../base/trace.js';
import type { Span, SpanAttributes, Tracer } from '../../base/tracer.js';
import { originOf, parseWebhookUrl } from '../../callbacks/url.js';
import { kindOfCallback, type WebhookOutcome } from '../../callbacks/webhook.js';
import type { WebTarget } from '../../conference/state.js';

/** Delivered late or once more, an attempt is below what made the callback happen all the same. */
export const tracedWebhooks = (webhooks: Webhooks, tracer: Tracer): Webhooks => ({
  async send(callback) {
    const { target, accountSid, conferenceSid, traceparent } = callback;
    const cause = traceparent === undefined ? null : parseParent(traceparent);
    const span = tracer.begin(`${target.method} callback ${kindOfCallback(callback)}`, 'client', cause, {
      ...requestAttributes(target),
      ...{
        'parley.account_sid': accountSid,
        'parley.conference_sid': conferenceSid,
        'parley.callback_id': callback.id,
      },
    });
    const outcome = await webhooks.send({ ...callback, traceparent: headerOf(span.trace) });
    endWithOutcome(span, outcome);
    return outcome;
  },
});

function endWithOutcome(span: Span, outcome: WebhookOutcome): void {
  if (outcome.kind === 'failed') span.end({ 'error.type': outcome.reason }, outcome.rule ?? outcome.reason);
  else {
    const { status } = outcome;
    span.end({ 'http.response.status_code': status }, status < 200 || status > 299 ? String(status) : null);
  }
}

export const tracedDocuments = (documents: Documents, tracer: Tracer): Documents => ({
  fetch: (request) => asked('document', request, tracer, (traced) => documents.fetch(traced)),
});

/** The span of a sound ends with the head of its answer: its body is read as long as it is played. */
export const tracedContents = (contents: WebContents, tracer: Tracer): WebContents => ({
  open: (request) => asked('sound', request, tracer, (traced) => contents.open(traced)),
});

type AnyRequest = Parameters<Documents['fetch']>[0];

async function asked<Request extends AnyRequest, Answer extends DocumentAnswer | WebAnswer>(
  what: string,
  request: Request,
  tracer: Tracer,
  ask: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  const { target, accountSid, trace = null } = request;
  const about = { ...requestAttributes(target), 'parley.account_sid': accountSid };
  const span = tracer.begin(`${target.method} ${what}`, 'client', trace, about);
  const answer = await ask({ ...request, trace: span.trace });
  const failure = failureOf(answer);
  if (failure === null) span.end({}, null);
  else span.end({ 'error.type': String(failure.code) }, failure.rule);
  return answer;
}

function failureOf(answer: DocumentAnswer | WebAnswer): { readonly code: number; readonly rule: string } | null {
  if (answer.kind !== 'failed') return null;
  return 'failure' in answer ? answer.failure : answer;
}

/** As long as a number of a telephone is. */
const longNumbers = /\d{7,}/g;

/** Of the URL no credentials, no query and no fragment; long numbers in its path are struck out. */
function requestAttributes({ url, method }: WebTarget): SpanAttributes {
  const parsed = parseWebhookUrl(url);
  if (parsed === null) return { 'http.request.method': method };
  const [path = '/'] = parsed.path.split('?');
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(parsed.host) ?? [];
  return {
    'http.request.method': method,
    'url.full': `${originOf(parsed)}${path.replace(longNumbers, 'REDACTED')}`,
    'server.address': name,
    'server.port': port === undefined ? (parsed.scheme === 'https' ? 443 : 80) : Number(port),
  };
}

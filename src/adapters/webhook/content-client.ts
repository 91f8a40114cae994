/** Asks for what may be a document or audio: as documents are asked for, but audio is handed over unread. */
import type { Dispatcher } from 'undici';
import type { Keeping, Validators, WebAnswer, WebBody, WebContents } from '../../app/web-content.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock, Random } from '../../base/ports.js';
import { isCalledXml } from './document-client.js';
import type { WebRules } from './egress.js';
import { type ExchangeRequest, type FailureReason, responseBytesMax } from './exchange.js';
import { failures, followed } from './followed.js';
import { type OpenAnswer, type OpenBody, openExchange } from './open-exchange.js';

export type ContentClientParts = {
  /** As in `WebhookClient`. */
  readonly agentOf: (accountSid: AccountSid) => Pick<Dispatcher, 'dispatch'>;
  readonly clock: Clock;
  readonly random: Random;
  /** As in `DocumentClientParts`. */
  readonly rules?: WebRules;
  /** The first signs; where a receiver refuses its signature the next is tried. Empty: nothing is sent. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
};

const failed = (code: number, rule: string): WebAnswer => ({ kind: 'failed', failure: { code, rule } });
const failedFor = (reason: FailureReason): WebAnswer => failed(...failures[reason]);

export function createContentClient({ agentOf, clock, random, rules, signingKeysOf }: ContentClientParts): WebContents {
  return {
    async open(request) {
      const conditions = request.target.method === 'GET' ? conditionsOf(request.unlessStill) : {};
      const result = await followed(request, {
        clock,
        random,
        rules,
        signingKeysOf,
        exchange: (asked: ExchangeRequest) =>
          openExchange(agentOf(request.accountSid), clock, { ...asked, headers: { ...asked.headers, ...conditions } }),
        discard: ({ body }) => body.cancel(),
      });
      if (result.kind === 'failed') return failed(result.code, result.rule);
      const answer = await opened(result.answer, result.url, (body) => wholeBody(body, clock, result.leftMs));
      if (answer.kind !== 'content') result.answer.body.cancel();
      return answer;
    },
  };
}

/** RFC 9110 §13.1: a date counts only where there is no tag. */
function conditionsOf(unlessStill: Validators | null): Readonly<Record<string, string>> {
  if (unlessStill === null) return {};
  const { etag, lastModified } = unlessStill;
  if (etag !== null) return { 'if-none-match': etag };
  return lastModified === null ? {} : { 'if-modified-since': lastModified };
}

type ReadBody = (body: OpenBody) => Promise<Uint8Array | FailureReason>;

async function opened({ status, header, body }: OpenAnswer, url: string, readBody: ReadBody): Promise<WebAnswer> {
  const keeping = keepingOf(header);
  if (status === 304) return { kind: 'still-the-same', keeping };
  if (status < 200 || status > 299) return failed(11_217, `the answer was ${status}`);
  const type = header('content-type');
  if (isCalledXml(type)) {
    const bytes = await readBody(body);
    return typeof bytes === 'string' ? failedFor(bytes) : { kind: 'document', url, body: bytes };
  }
  const content = {
    type: type?.split(';', 1)[0]?.trim().toLowerCase() ?? null,
    bytes: countOf(header('content-length')),
    keeping,
    body: webBody(body),
  };
  return { kind: 'content', content };
}

function keepingOf(header: OpenAnswer['header']): Keeping {
  return {
    validators: { etag: header('etag'), lastModified: header('last-modified') },
    cacheControl: header('cache-control'),
    ageSeconds: countOf(header('age')) ?? 0,
  };
}

const countOf = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;

function webBody(body: OpenBody): WebBody {
  return {
    async read() {
      const piece = await body.read();
      if (piece.kind !== 'failed') return piece;
      const [code, rule] = failures[piece.reason];
      return { kind: 'failed', failure: { code, rule } };
    },
    cancel: () => body.cancel(),
  };
}

/** A document is small, and has the time of its request. */
async function wholeBody(body: OpenBody, clock: Clock, leftMs: number): Promise<Uint8Array | FailureReason> {
  const cancelTimer = clock.after(leftMs, () => body.cancel({ kind: 'failed', reason: 'timeout' }));
  try {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for (let piece = await body.read(); piece.kind !== 'end'; piece = await body.read()) {
      if (piece.kind === 'failed') return piece.reason;
      pieces.push(piece.bytes);
      bytes += piece.bytes.length;
      if (bytes > responseBytesMax) return 'response-too-large';
    }
    return Buffer.concat(pieces);
  } finally {
    cancelTimer();
  }
}

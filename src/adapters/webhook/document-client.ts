/** Asks for documents over HTTP: signed, once, within limits, following a few redirects (CONTRACT §6.2, §11). */
import type { Dispatcher } from 'undici';
import type { DocumentAnswer, Documents } from '../../app/ports.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock, Random } from '../../base/ports.js';
import type { WebRules } from './egress.js';
import { type ExchangeResult, exchange } from './exchange.js';
import { type FollowParts, followed } from './followed.js';

export type DocumentClientParts = {
  /** As in `WebhookClient`. */
  readonly agentOf: (accountSid: AccountSid) => Pick<Dispatcher, 'dispatch'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Left out: every host and port. */
  readonly rules?: WebRules;
  /** The first signs; where a receiver refuses its signature the next is tried. Empty: nothing is sent. */
  readonly signingKeysOf: (accountSid: AccountSid) => readonly string[];
};

type Answered = Extract<ExchangeResult, { readonly kind: 'answered' }>;

export function createDocumentClient({ agentOf, clock, random, rules, signingKeysOf }: DocumentClientParts): Documents {
  const parts: FollowParts<Answered> = {
    clock,
    random,
    rules,
    signingKeysOf,
    exchange: (request, accountSid) => exchange(agentOf(accountSid), clock, { ...request, wantsContent: true }),
    discard: () => {},
  };
  return {
    async fetch(request) {
      const result = await followed(request, parts);
      return result.kind === 'failed' ? failed(result.code, result.rule) : judged(result.answer, result.url);
    },
  };
}

const failed = (code: number, rule: string): DocumentAnswer => ({ kind: 'failed', code, rule });

function judged({ status, content }: Answered, url: string): DocumentAnswer {
  if (status < 200 || status > 299) return failed(11_217, `the answer was ${status}`);
  const { type, bytes } = content ?? { type: null, bytes: new Uint8Array() };
  if (!isCalledXml(type)) return failed(12_300, 'the answer is not called XML by its Content-Type');
  return { kind: 'answered', url, body: bytes };
}

const xmlTypes = /^(?:text|application)\/(?:[\w.+-]+\+)?xml\s*(?:;|$)/i;

/** `type`: a Content-Type as it was sent. */
export const isCalledXml = (type: string | null): boolean => type !== null && xmlTypes.test(type);

/** What a callback is before anything is known of sockets: a request to make, and what came of it. */
import type { AccountSid, CallSid, ConferenceSid, RecordingSid } from '../base/brands.js';
import type { WebTarget } from '../conference/state.js';

/** Parameters in the order they are generated; never a repeated name (CONTRACT §6.1 rule 4). */
export type Parameters = ReadonlyMap<string, string>;

export type Callback = {
  /** Stable over retries; sent as an idempotency header. */
  readonly id: string;
  readonly accountSid: AccountSid;
  /**
   * Callbacks of one conference are delivered strictly one after another, but for those of its recordings and calls.
   */
  readonly conferenceSid: ConferenceSid;
  /** Of a notice of a recording: those of one recording are a line of their own. */
  readonly recordingSid?: RecordingSid;
  /** Of a notice of how a call comes to be and ends, likewise. */
  readonly callSid?: CallSid;
  readonly target: WebTarget;
  readonly parameters: Parameters;
  /** Header of W3C Trace Context; left out: none is sent. */
  readonly traceparent?: string;
};

/** Callbacks of one line are delivered strictly one after another, in the order of committing. */
export const lineOf = ({ conferenceSid, recordingSid, callSid }: Callback): string =>
  recordingSid ?? callSid ?? conferenceSid;

/** What a callback tells of: the events of a conference, its end by `eventCallbackUrl`, a recording, a call. */
export const callbackKinds = ['status', 'end', 'recording', 'call'] as const;
export type CallbackKind = (typeof callbackKinds)[number];

/** The id of the notice that goes to `eventCallbackUrl`. */
export const endCallbackId = (conferenceSid: ConferenceSid): string => `${conferenceSid}-event`;

export function kindOfCallback({ id, conferenceSid, recordingSid, callSid }: Callback): CallbackKind {
  if (recordingSid !== undefined) return 'recording';
  if (callSid !== undefined) return 'call';
  return id === endCallbackId(conferenceSid) ? 'end' : 'status';
}

export type WebhookOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly tookMs: number }
  | {
      readonly kind: 'failed';
      readonly reason:
        | 'connect'
        | 'timeout'
        | 'tls'
        | 'dns'
        | 'too-many-redirects'
        | 'response-too-large'
        | 'protocol'
        | 'refused-by-policy';
      /** Where a rule was broken that has words. */
      readonly rule?: string;
      readonly tookMs: number;
    };

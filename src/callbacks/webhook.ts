/** What a callback is before anything is known of sockets: a request to make, and what came of it. */
import type { AccountSid, ConferenceSid } from '../base/brands.js';
import type { WebTarget } from '../conference/state.js';

/** Parameters in the order they are generated; never a repeated name (CONTRACT §6.1 rule 4). */
export type Parameters = ReadonlyMap<string, string>;

export type Callback = {
  /** Stable over retries; sent as an idempotency header. */
  readonly id: string;
  readonly accountSid: AccountSid;
  /** Callbacks of one conference are delivered strictly one after another. */
  readonly conferenceSid: ConferenceSid;
  readonly target: WebTarget;
  readonly parameters: Parameters;
  /** Header of W3C Trace Context; left out: none is sent. */
  readonly traceparent?: string;
};

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

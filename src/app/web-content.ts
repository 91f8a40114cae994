/** What the web application answers where a document or audio may come: asked for as documents are, its body unread. */

import type { AccountSid } from '../base/brands.js';
import type { Trace } from '../base/trace.js';
import type { Parameters } from '../callbacks/webhook.js';
import type { WebTarget } from '../conference/state.js';

/** By the error dictionary (CONTRACT §11). */
export type WebFailure = { readonly code: number; readonly rule: string };

/** What tells one state of a resource from another (RFC 9110 §8.8). */
export type Validators = { readonly etag: string | null; readonly lastModified: string | null };

/** What an answer says of its keeping (RFC 9111). */
export type Keeping = {
  readonly validators: Validators;
  readonly cacheControl: string | null;
  /** How long others have kept it, seconds. */
  readonly ageSeconds: number;
};

export type WebContentRequest = {
  readonly accountSid: AccountSid;
  readonly target: WebTarget;
  readonly parameters: Parameters;
  /** What it is asked for; left out: no header says so. */
  readonly trace?: Trace;
  /** Of what is kept already; null: nothing is. Only GET may ask so. */
  readonly unlessStill: Validators | null;
};

export type WebContent = {
  /** Without its parameters, in lower case; null when nothing was said. */
  readonly type: string | null;
  /** Bytes to come; null when nobody said. */
  readonly bytes: number | null;
  readonly keeping: Keeping;
  readonly body: WebBody;
};

/** Whoever was given a body reads it to its end, or cancels it. */
export interface WebBody {
  /** One at a time. Meanwhile no more than some 64 KiB arrive. */
  read(): Promise<WebPiece>;
  cancel(): void;
}

export type WebPiece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly failure: WebFailure };

export type WebAnswer =
  /** Called XML. `url`: where it came from in the end, without what is not sent. */
  | { readonly kind: 'document'; readonly url: string; readonly body: Uint8Array }
  /** Called anything else. */
  | { readonly kind: 'content'; readonly content: WebContent }
  | { readonly kind: 'still-the-same'; readonly keeping: Keeping }
  | { readonly kind: 'failed'; readonly failure: WebFailure };

/** Asks once, signed for the account. Never rejects. */
export interface WebContents {
  open(request: WebContentRequest): Promise<WebAnswer>;
}

/** Who changed what over an API, for whoever has to answer that question later. */
import type { AccountSid, EpochMs } from '../base/brands.js';
import { parseWebhookUrl, signedForm } from '../callbacks/url.js';

export type AuditEntry = {
  readonly atMs: EpochMs;
  readonly face: 'rest' | 'grpc' | 'page';
  readonly accountSid: AccountSid;
  /** What was asked for, as the API document, the proto or the status page names it. */
  readonly operation: string;
  /** The path: over REST with the sids and labels in it, percent-encoded as it was asked for; else the method. */
  readonly target: string;
  /** What was said: values of closed sets as they are, URLs without query and credentials, of texts their length. */
  readonly said: Readonly<Record<string, string>>;
  /** The first digits of the digest of the token that was shown; null without one. */
  readonly token: string | null;
  /** The address it came from. */
  readonly from: string;
  /** What was answered: of HTTP, or of gRPC, where 0 is that it was done. */
  readonly status: number;
  /** Of the error dictionary; null when it was done, and where the status page was refused. */
  readonly code: number | null;
  /** The same as of the events that came of it. */
  readonly traceId: string;
};

export interface Audit {
  /** Never throws and never waits: what cannot be written is counted. */
  note(entry: AuditEntry): void;
}

/** Without query and credentials; empty for what is no URL. */
export const auditedUrl = (text: string): string => {
  const url = parseWebhookUrl(text);
  return url === null ? '' : (signedForm(url).split('?')[0] ?? '').slice(0, 512);
};

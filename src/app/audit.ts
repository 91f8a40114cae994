/** Who changed what over an API, for whoever has to answer that question later. */
import type { AccountSid, EpochMs } from '../base/brands.js';

export type AuditEntry = {
  readonly atMs: EpochMs;
  readonly accountSid: AccountSid;
  /** What was asked for, as the API document names it. */
  readonly operation: string;
  /** The path, with the sids and labels in it, percent-encoded as it was asked for. */
  readonly target: string;
  /** What was said: values of closed sets as they are, URLs without query and credentials, of texts their length. */
  readonly said: Readonly<Record<string, string>>;
  /** The first digits of the digest of the token that was shown; null without one. */
  readonly token: string | null;
  /** The address it came from. */
  readonly from: string;
  /** What was answered. */
  readonly status: number;
  /** Of the error dictionary; null when it was done. */
  readonly code: number | null;
  /** The same as of the events that came of it. */
  readonly traceId: string;
};

export interface Audit {
  /** Never throws and never waits: what cannot be written is counted. */
  note(entry: AuditEntry): void;
}

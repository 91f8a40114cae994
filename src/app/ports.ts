/** What the shell needs from the world beside the engine; each is implemented by one adapter. */
import type { AccountSid, CallSid, ConferenceSid, EpochMs } from '../base/brands.js';
import type { Callback, WebhookOutcome } from '../callbacks/webhook.js';
import type { Event } from '../conference/events.js';
import type { ConferenceState } from '../conference/state.js';

/** A committed event as EventService shows it; `cursor` grows by one in each account. */
export type JournalEntry = {
  readonly cursor: bigint;
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  readonly atMs: EpochMs;
  readonly event: Event | CallEvent;
};

/** How the media of a party ended: no packets, an RTCP goodbye, or none at all since the dial. */
export type MediaStopReason = 'silent' | 'goodbye' | 'never-started';

/** Life of a call, beside the conference's own events. */
export type CallEvent =
  | { readonly kind: 'call-dialed'; readonly callSid: CallSid; readonly atMs: EpochMs }
  | { readonly kind: 'call-completed'; readonly callSid: CallSid; readonly atMs: EpochMs }
  /** The party has sent nothing for as long as it may. */
  | {
      readonly kind: 'media-stopped';
      readonly callSid: CallSid;
      readonly reason: MediaStopReason;
      readonly silentMs: number;
      readonly atMs: EpochMs;
    }
  /** It sends again, after that was told. */
  | { readonly kind: 'media-resumed'; readonly callSid: CallSid; readonly atMs: EpochMs }
  /** The party pressed one of 0-9 * # A-D and let it go. */
  | {
      readonly kind: 'digit-pressed';
      readonly callSid: CallSid;
      readonly digit: string;
      readonly durationMs: number;
      readonly atMs: EpochMs;
    };

/** One transaction: the new state, what happened, and what must be told to whom; all or nothing. */
export type Commit = {
  readonly accountSid: AccountSid;
  readonly state: ConferenceState;
  readonly events: readonly (Event | CallEvent)[];
  readonly callbacks: readonly Callback[];
};

export interface Store {
  /** Resolves once durable; only then may anybody be told. */
  commit(commit: Commit): Promise<void>;
  /** Entries of an account after `cursor`, oldest first, at most `limit`. `missed` when older ones are gone. */
  journal(
    accountSid: AccountSid,
    cursor: bigint,
    limit: number,
  ): Promise<{ readonly entries: readonly JournalEntry[]; readonly missed: boolean }>;
  /** Cursor of the newest entry of an account; 0 when there is none. */
  newestCursor(accountSid: AccountSid): Promise<bigint>;
  /** Calls back after each commit of the account. Returns the way to stop. */
  onCommit(accountSid: AccountSid, listener: () => void): () => void;
  conference(accountSid: AccountSid, sid: ConferenceSid): Promise<ConferenceState | null>;
  /** Newest first. */
  conferences(accountSid: AccountSid): Promise<readonly ConferenceState[]>;
}

/** Durable queue of callbacks, filled by Store.commit. Order within a conference is the order of committing. */
export interface Outbox {
  /** The oldest callback of each conference that has none in flight; marks them in flight. */
  take(limit: number): readonly QueuedCallback[];
  /** Delivered or given up: the next of its conference becomes available. */
  finish(id: string, outcome: 'delivered' | 'dropped'): void;
  /** Not delivered; becomes available again at `atMs`. */
  retry(id: string, atMs: EpochMs): void;
  /** Calls back when something became available. */
  onAvailable(listener: () => void): void;
  depth(): number;
}

export type QueuedCallback = { readonly callback: Callback; readonly attempts: number };

/** Makes one attempt, signed for the account. Never throws. */
export interface Webhooks {
  send(callback: Callback): Promise<WebhookOutcome>;
}

export type Account = {
  readonly sid: AccountSid;
  readonly name: string;
  /** The first signs; all verify during a rotation. Never empty. */
  readonly signingKeys: readonly [string, ...string[]];
};

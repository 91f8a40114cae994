/** What the control thread asks of the thread of the store for pages of lists. Plain data; times as in the protocol. */
import type { PageStart } from '../../app/paging.js';

type PageAsked = { readonly size: number; readonly start: PageStart };

/** Null: any. Times are bounds that count themselves. */
export type ConferenceQuery = {
  readonly account: string;
  readonly room: string | null;
  readonly status: string | null;
  readonly createdFromMs: number | null;
  readonly createdUntilMs: number | null;
  readonly updatedFromMs: number | null;
  readonly updatedUntilMs: number | null;
  readonly page: PageAsked;
};

/** Null: any. */
export type ParticipantQuery = {
  readonly account: string;
  readonly conference: string;
  readonly muted: boolean | null;
  readonly held: boolean | null;
  readonly coaching: boolean | null;
  readonly page: PageAsked;
};

/** Rows of one page in the order of the list, and whether there are others on either side of it. */
export type ListRows<R> = {
  readonly rows: readonly R[];
  readonly isMoreBefore: boolean;
  readonly isMoreBehind: boolean;
};

export type ConferenceRow = {
  readonly number: number;
  readonly sid: string;
  readonly is_live: number;
  readonly next_sequence: number;
  readonly state: string;
};

export type ParticipantRow = {
  readonly number: number;
  readonly call: string;
  readonly data: string;
  readonly left_at: number | null;
  readonly left_reason: string | null;
};

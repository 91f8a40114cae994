/** Lists in pages (CONTRACT §7.7): what is asked for, and the envelope with the way to the pages before and behind. */
import { z } from 'zod';
import type { Page, PageStart, Position } from '../../app/paging.js';
import { err, ok, type Result } from '../../base/result.js';
import { badParameter, type RestFailure } from './failure.js';
import type { Said } from './said.js';

export const pageSizeDefault = 50;
export const pageSizeMax = 1000;

/** Pages that can be counted to without a token. */
const pageNumberMax = 1_000_000;

export type PageRequest = {
  /** Which page of the list this is, from 0, as far as whoever asks has counted. */
  readonly number: number;
  readonly size: number;
  /** Null: the list is counted through from its beginning. */
  readonly token: string | null;
};

export const pageParameters = {
  Page: { type: 'integer', minimum: 0, description: 'Which page, from 0.' },
  PageSize: {
    type: 'integer',
    minimum: 1,
    description: `Items a page, ${pageSizeDefault} unless said; more than ${pageSizeMax} count as ${pageSizeMax}.`,
  },
  PageToken: { type: 'string', description: 'From the URI of another page: where this one begins, or ends.' },
} as const;

const numberOf = (text: string): number | null => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : null);

export function readPageRequest(said: Said): Result<PageRequest, RestFailure> {
  const last = (name: string): string | null => said.get(name)?.at(-1) ?? null;
  const [page, size, token] = [last('Page'), last('PageSize'), last('PageToken')];
  const number = page === null ? 0 : numberOf(page);
  if (number === null || number > pageNumberMax) {
    return err(badParameter('Page', `must be a whole number from 0 to ${pageNumberMax}`, 21_481));
  }
  const asked = size === null ? pageSizeDefault : numberOf(size);
  if (asked === null || asked < 1) return err(badParameter('PageSize', 'must be a whole number from 1', 54_454));
  return ok({ number, size: Math.min(asked, pageSizeMax), token: token === null || token === '' ? null : token });
}

export const badToken = badParameter('PageToken', 'must be from the URI of a page of this list', 54_453);

const tokenPattern = /^P([AB])([0-9a-f]{12})([0-9a-f]{32})$/;

const dashed = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Of a list that is paged by positions: `PA` begins behind one, `PB` ends before it. */
export function pageStart({ number, size, token }: PageRequest): Result<PageStart, RestFailure> {
  if (token === null) return ok(number === 0 ? null : { side: 'skip', count: number * size });
  const [, side, atMs = '', sid = ''] = tokenPattern.exec(token) ?? [];
  if (side === undefined) return err(badToken);
  const position = { atMs: Number.parseInt(atMs, 16), sid: dashed(sid) };
  return ok({ side: side === 'A' ? 'after' : 'before', position });
}

const tokenOf = (side: 'A' | 'B', { atMs, sid }: Position): string =>
  `P${side}${Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0')}${sid.replaceAll('-', '')}`;

/** What a list route gives: one page, and the tokens of those around it; null: there is none. */
export type Listed<T> = {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly previous: string | null;
};

export const listed = <T>({ items, next, previous }: Page<T>): Listed<T> => ({
  items,
  next: next === null ? null : tokenOf('A', next),
  previous: previous === null ? null : tokenOf('B', previous),
});

/** Exactly one name beside those that SDKs know: `key`, the items. */
export const listSchema = <Key extends string>(key: Key, item: z.ZodType) =>
  z.strictObject({
    uri: z.string(),
    first_page_uri: z.string(),
    next_page_uri: z.string().nullable(),
    previous_page_uri: z.string().nullable(),
    page: z.int(),
    page_size: z.int(),
    start: z.int(),
    end: z.int(),
    [key]: z.array(item),
  });

/** `path`: of the list, with its suffix. `filters`: what was said beside the page, as it was said. */
export function listBody(
  { path, key, filters }: { readonly path: string; readonly key: string; readonly filters: Said },
  { number, size, token }: PageRequest,
  { items, next, previous }: Listed<unknown>,
): Readonly<Record<string, unknown>> {
  const uri = (page: number, from: string | null): string => {
    const query = new URLSearchParams();
    for (const [name, values] of filters) for (const value of values) query.append(name, value);
    query.set('Page', String(page));
    query.set('PageSize', String(size));
    if (from !== null) query.set('PageToken', from);
    return `${path}?${query}`;
  };
  const start = number * size;
  return {
    uri: uri(number, token),
    first_page_uri: uri(0, null),
    next_page_uri: next === null ? null : uri(number + 1, next),
    previous_page_uri: previous === null ? null : uri(Math.max(0, number - 1), previous),
    page: number,
    page_size: size,
    start,
    end: Math.max(start, start + items.length - 1),
    [key]: items,
  };
}

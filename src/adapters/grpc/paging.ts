/**
 * Pages of a list whose order does not change. A token names the last item of a page by when and which, so that items
 * that come or go between two pages neither repeat nor hide others.
 */
import type { Findings } from './findings.js';

export const pageSizeDefault = 50;
export const pageSizeMax = 1000;

export type Position = { readonly atMs: number; readonly sid: string };
export type Page<T> = { readonly items: readonly T[]; readonly nextPageToken: string };

type PageRequest = { readonly pageSize: number; readonly pageToken: string };
export type PageCursor = { readonly size: number; readonly after: Position | null };

const tokenPattern = /^(\d{1,16}):([0-9a-f-]{36})$/;
const tokenCharactersMax = 128;

/** Null after reporting a bad size (54454) or token (54453). */
export function readPage(request: PageRequest, findings: Findings): PageCursor | null {
  if (request.pageSize < 0) findings.violate('page_size', 'must not be negative', 54454);
  const after = request.pageToken === '' ? null : parseToken(request.pageToken);
  if (request.pageToken !== '' && after === null) {
    findings.violate('page_token', 'must be the next_page_token of a page of this list', 54453);
    return null;
  }
  if (request.pageSize < 0) return null;
  return { size: Math.min(request.pageSize || pageSizeDefault, pageSizeMax), after };
}

/** Of a list whose items are numbered; `from` is the number in the token, null for the first page. */
export type NumberedPage = { readonly limit: number; readonly from: number | null };

/** Null after reporting a bad size (54454) or token (54453). */
export function readNumberedPage({ pageSize, pageToken }: PageRequest, findings: Findings): NumberedPage | null {
  if (pageSize < 0) findings.violate('page_size', 'must not be negative', 54454);
  const isToken = pageToken === '' || /^\d{1,15}$/.test(pageToken);
  if (!isToken) findings.violate('page_token', 'must be the next_page_token of a page of this list', 54453);
  if (pageSize < 0 || !isToken) return null;
  const limit = Math.min(pageSize || pageSizeDefault, pageSizeMax);
  return { limit, from: pageToken === '' ? null : Number(pageToken) };
}

/** `comesAfter` says whether an item is later in the order of the list than a position no longer in it. */
export function pageOf<T>(
  items: readonly T[],
  cursor: PageCursor,
  positionOf: (item: T) => Position,
  comesAfter: (item: Position, position: Position) => boolean,
): Page<T> {
  const start = cursor.after === null ? 0 : startAfter(items.map(positionOf), cursor.after, comesAfter);
  const page = items.slice(start, start + cursor.size);
  const last = page.at(-1);
  const more = start + page.length < items.length;
  return { items: page, nextPageToken: more && last !== undefined ? formatToken(positionOf(last)) : '' };
}

function startAfter(
  positions: readonly Position[],
  after: Position,
  comesAfter: (item: Position, position: Position) => boolean,
): number {
  const index = positions.findIndex(({ sid }) => sid === after.sid);
  if (index >= 0) return index + 1;
  const next = positions.findIndex((position) => comesAfter(position, after));
  return next >= 0 ? next : positions.length;
}

const formatToken = ({ atMs, sid }: Position): string => Buffer.from(`${atMs}:${sid}`).toString('base64url');

function parseToken(token: string): Position | null {
  if (token.length > tokenCharactersMax) return null;
  const [, atMs, sid] = tokenPattern.exec(Buffer.from(token, 'base64url').toString('latin1')) ?? [];
  return atMs === undefined || sid === undefined ? null : { atMs: Number(atMs), sid };
}

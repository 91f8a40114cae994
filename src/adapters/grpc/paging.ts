/** Sizes and tokens of pages as parley.v1 has them. */
import type { Page, PageStart, Position } from '../../app/paging.js';
import type { Findings } from './findings.js';

export const pageSizeDefault = 50;
export const pageSizeMax = 1000;

type PageRequest = { readonly pageSize: number; readonly pageToken: string };
export type PageCursor = { readonly size: number; readonly start: PageStart };

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
  const size = Math.min(request.pageSize || pageSizeDefault, pageSizeMax);
  return { size, start: after === null ? null : { side: 'after', position: after } };
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

export const nextPageToken = ({ next }: Page<unknown>): string => (next === null ? '' : formatToken(next));

const formatToken = ({ atMs, sid }: Position): string => Buffer.from(`${atMs}:${sid}`).toString('base64url');

function parseToken(token: string): Position | null {
  if (token.length > tokenCharactersMax) return null;
  const [, atMs, sid] = tokenPattern.exec(Buffer.from(token, 'base64url').toString('latin1')) ?? [];
  return atMs === undefined || sid === undefined ? null : { atMs: Number(atMs), sid };
}

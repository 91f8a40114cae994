/** How long an answer may be played without asking again (RFC 9111 §4, §5.2.2). */
import type { Keeping } from '../../app/web-content.js';

export type Freshness =
  /** Not to be kept. */
  | { readonly kind: 'none' }
  /** 0 seconds: kept, and asked after each time. */
  | { readonly kind: 'kept'; readonly seconds: number };

/** Whatever a server says: a file that was replaced is heard of within a day. */
const freshSecondsMax = 86_400;

/** What nothing tells from its successor, and is not fresh for a while, is of no use when it is kept. */
export function freshnessOf({ cacheControl, ageSeconds, validators }: Keeping): Freshness {
  const directives = (cacheControl ?? '').toLowerCase().split(',');
  const named = (name: string): string | undefined =>
    directives.map((directive) => directive.trim()).find((directive) => directive.split('=', 1)[0]?.trim() === name);
  if (named('no-store') !== undefined) return { kind: 'none' };
  const [, digits = '0'] = /^max-age\s*=\s*"?(\d{1,10})"?$/.exec(named('max-age') ?? '') ?? [];
  const said = named('no-cache') === undefined ? Math.min(Number(digits), freshSecondsMax) : 0;
  const seconds = Math.max(0, said - ageSeconds);
  const canBeAskedAfter = validators.etag !== null || validators.lastModified !== null;
  return seconds > 0 || canBeAskedAfter ? { kind: 'kept', seconds } : { kind: 'none' };
}

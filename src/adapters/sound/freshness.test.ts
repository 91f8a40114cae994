import { describe, expect, it } from 'vitest';
import type { Keeping } from '../../app/web-content.js';
import { freshnessOf } from './freshness.js';

const keepingOf = (cacheControl: string | null, etag: string | null = null, ageSeconds = 0): Keeping => ({
  validators: { etag, lastModified: null },
  cacheControl,
  ageSeconds,
});

describe('an answer', () => {
  it.each<readonly [Keeping, number | null]>([
    [keepingOf(null), null],
    [keepingOf(null, '"1"'), 0],
    [keepingOf('max-age=60'), 60],
    [keepingOf('Public, MAX-AGE="60"'), 60],
    [keepingOf('max-age=60', null, 59), 1],
    [keepingOf('max-age=60', null, 60), null],
    [keepingOf('max-age=60', '"1"', 99), 0],
    [keepingOf('no-cache, max-age=60', '"1"'), 0],
    [keepingOf('no-cache="x", max-age=60'), null],
    [keepingOf('no-store, max-age=60', '"1"'), null],
    [keepingOf('max-age=99999999', '"1"'), 86_400],
    [keepingOf('max-age=-1', '"1"'), 0],
    [keepingOf('max-age=1e9', '"1"'), 0],
  ])('%j is kept and fresh for so many seconds: %s', (keeping, seconds) => {
    expect(freshnessOf(keeping)).toEqual(seconds === null ? { kind: 'none' } : { kind: 'kept', seconds });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noOverrides, parseOverrides } from './overrides.js';

describe('parseOverrides', () => {
  it('reads every key', () => {
    expect(parseOverrides('ct=1500&rt=2500&tt=9000&rc=3&rp=5xx,ct')).toEqual({
      connectTimeoutMs: 1500,
      readTimeoutMs: 2500,
      totalTimeoutMs: 9000,
      retries: 3,
      retryOn: new Set(['5xx', 'ct']),
    });
  });

  it('takes ot for ct', () => {
    expect(parseOverrides('ot=300')).toEqual({ ...noOverrides, connectTimeoutMs: 300 });
  });

  it.each([
    ['ct=1', { connectTimeoutMs: 100 }],
    ['ct=10001', { connectTimeoutMs: 10_000 }],
    ['rt=0', { readTimeoutMs: 100 }],
    ['rt=99999999999999999999', { readTimeoutMs: 15_000 }],
    ['tt=-5', { totalTimeoutMs: 100 }],
    ['tt=20000', { totalTimeoutMs: 15_000 }],
    ['rc=-1', { retries: 0 }],
    ['rc=9', { retries: 5 }],
  ])('case 50: clamps %s', (fragment, expected) => {
    expect(parseOverrides(fragment)).toEqual({ ...noOverrides, ...expected });
  });

  it.each(['', 'section-2', 'ct', 'ct=', 'ct=fast', 'ct=1.5', 'sni=y&edge=dublin', 'rp=never', '__proto__=1'])(
    'passes over %j',
    (fragment) => {
      expect(parseOverrides(fragment)).toEqual(noOverrides);
    },
  );

  it('keeps the known words of a policy', () => {
    expect(parseOverrides('rp=rt%2CALL,sometimes').retryOn).toEqual(new Set(['rt', 'all']));
  });

  it('is total and never out of range', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('ct', 'ot', 'rt', 'tt', 'rc', 'rp'), (text, key) => {
        const { connectTimeoutMs, readTimeoutMs, totalTimeoutMs, retries } = parseOverrides(`${key}=${text}`);
        for (const timeoutMs of [connectTimeoutMs, readTimeoutMs, totalTimeoutMs]) {
          if (timeoutMs !== null) expect(timeoutMs >= 100 && timeoutMs <= 15_000).toBe(true);
        }
        expect(retries === null || (retries >= 0 && retries <= 5)).toBe(true);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../base/brands.js';
import { rfc2822 } from './rfc2822.js';

/** The platform's own calendar; it writes GMT where RFC 2822 writes an offset. */
const reference = (atMs: number): string => new Date(atMs).toUTCString().replace('GMT', '+0000');

describe('rfc2822', () => {
  it('writes the sample of the contract', () => {
    expect(rfc2822(epochMs(1_712_255_535_000))).toBe('Thu, 04 Apr 2024 18:32:15 +0000');
  });

  it.each([
    ['the epoch', 0, 'Thu, 01 Jan 1970 00:00:00 +0000'],
    ['a leap day', Date.UTC(2024, 1, 29, 23, 59, 59), 'Thu, 29 Feb 2024 23:59:59 +0000'],
    ['the day after one', Date.UTC(2024, 2, 1), 'Fri, 01 Mar 2024 00:00:00 +0000'],
    ['a leap century', Date.UTC(2000, 1, 29), 'Tue, 29 Feb 2000 00:00:00 +0000'],
    ['a common century', Date.UTC(2100, 2, 1), 'Mon, 01 Mar 2100 00:00:00 +0000'],
    ['New Year', Date.UTC(2027, 0, 1), 'Fri, 01 Jan 2027 00:00:00 +0000'],
    ['a moment before the epoch', -1, 'Wed, 31 Dec 1969 23:59:59 +0000'],
  ])('knows %s', (_what, atMs, text) => {
    expect(rfc2822(epochMs(atMs))).toBe(text);
  });

  it('agrees with the calendar of the platform for every second of the years 0 to 9999', () => {
    const firstMs = -62_167_219_200_000;
    const lastMs = 253_402_300_799_999;
    fc.assert(
      fc.property(fc.integer({ min: firstMs, max: lastMs }), (atMs) => {
        expect(rfc2822(epochMs(atMs))).toBe(reference(atMs));
      }),
      { numRuns: 5000 },
    );
  });
});

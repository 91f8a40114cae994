import { describe, expect, it } from 'vitest';
import { roomRate } from './room-rate.js';

describe('roomRate', () => {
  it.each([
    [[], 8000],
    [[8000], 8000],
    [[8000, 8000, 8000], 8000],
    [[16_000], 8000],
    [[16_000, 8000, 8000], 8000],
    [[16_000, 16_000], 16_000],
    [[8000, 24_000, 8000, 48_000], 16_000],
    [[48_000, 48_000, 48_000], 16_000],
  ])('of legs at %j Hz is %d Hz', (rates, expected) => {
    expect(roomRate(rates)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { frameBytes } from './frame-bytes.js';

describe('frameBytes', () => {
  it.each([
    ['pcmu', 8000, 160],
    ['pcma', 8000, 160],
    ['l16', 16_000, 640],
    ['linear16', 24_000, 960],
    ['linear16', 48_000, 1920],
  ] as const)('of 20 ms of %s at %d Hz is %d', (codec, rateHz, bytes) => {
    expect(frameBytes(codec, rateHz)).toBe(bytes);
  });
});

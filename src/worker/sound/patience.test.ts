import { describe, expect, it } from 'vitest';
import { Patience } from './patience.js';

const megabyte = 1024 * 1024;

describe('patience', () => {
  it.each<readonly [string, bytes: number, workMs: number, times: number]>([
    ['16 MiB', megabyte, 1, 16],
    ['five seconds of work', 1024, 1000, 5],
  ])('lasts %s, and as long again after each sample', (_, bytes, workMs, times) => {
    const patience = new Patience();
    for (let sample = 0; sample < 3; sample++) {
      for (let time = 0; time < times; time++) patience.spend(bytes, workMs);
      expect(patience.isOver()).toBe(false);
      patience.renew();
    }
    for (let time = 0; time <= times; time++) patience.spend(bytes, workMs);
    expect(patience.isOver()).toBe(true);
  });
});

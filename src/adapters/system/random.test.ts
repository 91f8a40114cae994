import { describe, expect, it } from 'vitest';
import { systemRandom } from './random.js';

describe('systemRandom', () => {
  it('gives as many bytes as asked for, others each time', () => {
    const [first, second] = [systemRandom.bytes(16), systemRandom.bytes(16)];
    expect([first.length, second.length]).toEqual([16, 16]);
    expect(first).not.toEqual(second);
    expect(systemRandom.bytes(0)).toHaveLength(0);
  });

  it('gives fractions from 0 to below 1', () => {
    const fractions = Array.from({ length: 1000 }, () => systemRandom.fraction());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(new Set(fractions).size).toBeGreaterThan(900);
  });
});

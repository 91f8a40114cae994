import { describe, expect, it } from 'vitest';
import { systemRandom } from './random.js';

describe('systemRandom', () => {
  it('gives as many bytes as asked for, others each time', () => {
    const [first, second] = [systemRandom.bytes(16), systemRandom.bytes(16)];
    expect([first.length, second.length]).toEqual([16, 16]);
    expect(first).not.toEqual(second);
    expect(systemRandom.bytes(0)).toHaveLength(0);
  });

  it('gives nothing twice, however much is drawn, and what was given stays as it is', () => {
    const drawn = Array.from({ length: 5000 }, (_, index) => systemRandom.bytes(8 + (index % 13)));
    const texts = drawn.map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(new Set(texts.map((text) => text.slice(0, 16))).size).toBe(drawn.length);
    systemRandom.bytes(10_000);
    expect(drawn.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(texts);
    expect(new Set(systemRandom.bytes(10_000)).size).toBe(256);
  });

  it('gives fractions from 0 to below 1', () => {
    const fractions = Array.from({ length: 1000 }, () => systemRandom.fraction());
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(new Set(fractions).size).toBeGreaterThan(900);
  });
});

/** The SRTP sessions of the real addon: what it makes, refuses and forgets. */
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/addon/addon.js';

const addon = loadAddon();
const suiteBytes = [30, 30, 28, 44];
const key = (bytes: number, fill: number): Uint8Array => new Uint8Array(bytes).fill(fill);

describe('SRTP sessions of the addon', () => {
  it('are made for every suite, each with an id of its own', () => {
    const ids = suiteBytes.map((bytes, suite) => addon.makeSrtpSession(suite, key(bytes, 1), key(bytes, 2), 7, 4));
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) {
      expect(id).toBeGreaterThan(0);
      addon.removeSrtpSession(id);
      addon.removeSrtpSession(id);
    }
  });

  it('refuse keys that the suite does not have, and one key for both ways', () => {
    const right = key(30, 1);
    expect(() => addon.makeSrtpSession(4, right, key(30, 2), 0, 0)).toThrow('suite');
    expect(() => addon.makeSrtpSession(0, key(29, 1), key(30, 2), 0, 0)).toThrow('keys');
    expect(() => addon.makeSrtpSession(0, right, key(31, 2), 0, 0)).toThrow('keys');
    expect(() => addon.makeSrtpSession(0, right, right, 0, 0)).toThrow('keys');
    expect(() => addon.makeSrtpSession(0, right, key(30, 2), 0, 5)).toThrow('inboundKeyIdBytes');
    expect(() => addon.makeSrtpSession(0, right, key(30, 2), -1, 1)).toThrow('inboundKeyId');
    expect(() => addon.makeSrtpSession(0, 'key' as unknown as Uint8Array, right, 0, 0)).toThrow('inboundKey');
  });

  it('are bounded, and a place that was given back is used again', () => {
    const made: number[] = [];
    for (let id = 1; id !== 0 && made.length < 40_000; ) {
      id = addon.makeSrtpSession(2, key(28, 1), key(28, 2), 0, 0);
      if (id !== 0) made.push(id);
    }
    expect(made).toHaveLength(32_768);
    addon.removeSrtpSession(made.pop() ?? 0);
    const again = addon.makeSrtpSession(2, key(28, 1), key(28, 2), 0, 0);
    expect(again).toBeGreaterThan(0);
    expect(made).not.toContain(again);
    for (const id of [...made, again]) addon.removeSrtpSession(id);
  });
});

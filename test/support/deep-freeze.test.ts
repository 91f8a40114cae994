import { describe, expect, it } from 'vitest';
import { deepFreeze } from './deep-freeze.js';

describe('deepFreeze', () => {
  it('catches changes at any depth, also inside maps', () => {
    const inner = { list: [1] };
    const map = new Map([['a', inner]]);
    deepFreeze({ map });
    expect(() => inner.list.push(2)).toThrow();
    expect(() => map.set('b', inner)).toThrow();
    expect(() => map.delete('a')).toThrow();
    expect(() => map.clear()).toThrow();
  });

  it('leaves copies alone', () => {
    const copy = new Map(deepFreeze(new Map([['a', 1]])));
    expect(copy.set('b', 2).size).toBe(2);
  });
});

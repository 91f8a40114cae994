import { describe, expect, it } from 'vitest';
import { assert, assertNever } from './assert.js';

describe('assert', () => {
  it('passes what is true and names what is not', () => {
    expect(() => assert(true, 'never shown')).not.toThrow();
    expect(() => assert(false, 'the sky is up')).toThrow('assertion failed: the sky is up');
  });
});

describe('assertNever', () => {
  it('shows the value that the compiler believed impossible', () => {
    expect(() => assertNever({ kind: 'new' } as never)).toThrow('unreachable case: {"kind":"new"}');
  });
});

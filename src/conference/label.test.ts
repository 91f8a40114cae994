import { describe, expect, it } from 'vitest';
import { parseLabel } from './label.js';

describe('parseLabel', () => {
  it.each(['agent', 'Agent 7', 'x'.repeat(128), '😀'.repeat(128), 'CA123', 'CAfé', ' '])(
    'takes %j as it is',
    (text) => {
      expect(parseLabel(text)).toEqual({ ok: true, value: text });
    },
  );

  it.each([
    ['', 'empty'],
    ['x'.repeat(129), 'too-long'],
    ['a/b', 'contains-slash'],
    ['CA0123456789abcdef0123456789ABCDEF', 'looks-like-call-sid'],
    ['6F2D6b1e-7a52-4c0e-9a0d-0d6f6f3e1a11', 'looks-like-call-sid'],
  ])('refuses %j: %s', (text, fault) => {
    expect(parseLabel(text)).toEqual({ ok: false, error: fault });
  });
});

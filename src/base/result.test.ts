import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from './result.js';

const half = (value: number): Result<number, 'odd'> => (value % 2 === 0 ? ok(value / 2) : err('odd'));

describe('Result', () => {
  it('is a value', () => {
    expect(half(4)).toEqual({ ok: true, value: 2 });
  });

  it('or a refusal', () => {
    expect(half(3)).toEqual({ ok: false, error: 'odd' });
  });
});

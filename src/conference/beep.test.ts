import { describe, expect, it } from 'vitest';
import { withExitBeep } from './beep.js';

describe('withExitBeep', () => {
  it.each([
    ['true', true, 'true'],
    ['true', false, 'on-enter'],
    ['on-enter', true, 'true'],
    ['on-enter', false, 'on-enter'],
    ['on-exit', true, 'on-exit'],
    ['on-exit', false, 'false'],
    ['false', true, 'on-exit'],
    ['false', false, 'false'],
  ] as const)('%s with exit %s is %s', (beep, exit, expected) => {
    expect(withExitBeep(beep, exit)).toBe(expected);
  });
});

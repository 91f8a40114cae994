import { describe, expect, it } from 'vitest';
import { codeOf, messageOf } from './thrown.js';

describe('what was thrown', () => {
  it.each([
    [Object.assign(new Error('no such file'), { code: 'ENOENT' }), 'no such file', 'ENOENT'],
    [new TypeError('is none'), 'is none', 'is none'],
    ['a text', 'a text', 'a text'],
    [undefined, 'undefined', 'undefined'],
  ])('is told in words: %j', (thrown, message, code) => {
    expect([messageOf(thrown), codeOf(thrown)]).toEqual([message, code]);
  });
});

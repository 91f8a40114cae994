import { describe, expect, it } from 'vitest';
import { absoluteUrl, resolverFrom } from './resolve-url.js';

describe('absoluteUrl', () => {
  it('is the text as it was typed, trimmed', () => {
    expect(absoluteUrl(' HTTP://User:Pw@Example.test:80/a/../b?x=%41#rt=100 ')).toBe(
      'HTTP://User:Pw@Example.test:80/a/../b?x=%41#rt=100',
    );
  });

  it.each(['', 'x', '/x', '//e/x', 'ftp://e/', 'http://', 'javascript:alert(1)', `http://e/${'x'.repeat(4096)}`])(
    'is null of %j',
    (text) => expect(absoluteUrl(text)).toBeNull(),
  );
});

describe('resolverFrom', () => {
  const resolve = resolverFrom('https://user:pw@app.example/docs/first?room=1#rt=100');
  it.each([
    ['https://Other.example/A/../B', 'https://Other.example/A/../B'],
    ['second', 'https://user:pw@app.example/docs/second'],
    ['/second?x=1&y=2', 'https://user:pw@app.example/second?x=1&y=2'],
    ['../up#rc=1', 'https://user:pw@app.example/up#rc=1'],
    ['?room=2', 'https://user:pw@app.example/docs/first?room=2'],
    ['//cdn.example/a.mp3', 'https://cdn.example/a.mp3'],
    [' spaced name ', 'https://user:pw@app.example/docs/spaced%20name'],
  ])('%j → %j', (text, expected) => expect(resolve(text)).toBe(expected));

  it.each([
    '',
    ' ',
    'ftp://e/',
    'javascript:alert(1)',
    'mailto:x@e',
    'https:',
    'http://exa mple/',
    '/'.padEnd(4097, 'x'),
  ])('%j → none', (text) => expect(resolve(text)).toBeNull());
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originOf, parseWebhookUrl, signedForm, withQuery } from './url.js';

const parse = (text: string) => {
  const url = parseWebhookUrl(text);
  if (url === null) throw new Error(`did not parse: ${text}`);
  return url;
};

describe('parseWebhookUrl', () => {
  it('takes every part apart and decodes the credentials', () => {
    expect(parse('https://user%40x:p%3Aw%C3%A9@Hooks.Example.test:8443/a/../b?x=%20y#rc=2')).toEqual({
      scheme: 'https',
      credentials: { user: 'user@x', password: 'p:wé' },
      host: 'hooks.example.test:8443',
      path: '/a/../b?x=%20y',
      fragment: 'rc=2',
    });
  });

  it.each([
    ['no path', 'http://h.test', '/'],
    ['a query and no path', 'http://h.test?a=1', '/?a=1'],
    ['a second hash', 'http://h.test/p#a#b', '/p'],
    ['a space and an umlaut', 'http://h.test/wait room?n=é', '/wait%20room?n=%C3%A9'],
    ['half a surrogate pair', 'http://h.test/\ud800', '/%EF%BF%BD'],
  ])('gives the path on the wire for %s', (_what, text, path) => {
    expect(parse(text).path).toBe(path);
  });

  it('keeps a port that was typed, even the usual one, and never adds one', () => {
    expect(signedForm(parse('https://h.test:443/s'))).toBe('https://h.test:443/s');
    expect(signedForm(parse('https://h.test/s'))).toBe('https://h.test/s');
  });

  it('takes the last @ for the end of the credentials', () => {
    expect(parse('http://a@b:c@h.test/')).toMatchObject({
      credentials: { user: 'a@b', password: 'c' },
      host: 'h.test',
    });
  });

  it('keeps broken escapes in credentials', () => {
    expect(parse('http://100%:%zz@h.test/').credentials).toEqual({ user: '100%', password: '%zz' });
  });

  it('accepts IPv6 literals', () => {
    expect(originOf(parse('http://[2001:DB8::1]:8080/'))).toBe('http://[2001:db8::1]:8080');
  });

  it.each([
    '',
    'h.test/s',
    'ftp://h.test/',
    'http://',
    'http:///p',
    'http://h.test:65536/',
    'http://h.test:x/',
    'http://ünicode.test/',
    'http://a b/',
    'http://evil.test\\@h.test/',
  ])('refuses %j', (text) => {
    expect(parseWebhookUrl(text)).toBeNull();
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const url = parseWebhookUrl(`http://h.test/${text}`);
        expect(url?.path).toMatch(/^\/[\x21-\x7e]*$/);
        expect(() => parseWebhookUrl(text)).not.toThrow();
      }),
    );
  });
});

describe('withQuery', () => {
  it.each([
    ['http://h.test/p', 'http://h.test/p?a=1'],
    ['http://h.test/p?x=y', 'http://h.test/p?x=y&a=1'],
    ['http://h.test/p?', 'http://h.test/p?a=1'],
    ['http://h.test/p?x=y&', 'http://h.test/p?x=y&a=1'],
  ])('adds to %s', (text, expected) => {
    expect(signedForm(withQuery(parse(text), 'a=1'))).toBe(expected);
  });

  it('leaves the URL alone when there is nothing to add', () => {
    expect(signedForm(withQuery(parse('http://h.test/p'), ''))).toBe('http://h.test/p');
  });
});

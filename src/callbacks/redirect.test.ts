import { describe, expect, it } from 'vitest';
import { redirected } from './redirect.js';
import { signedForm } from './url.js';
import { webhookRequest } from './webhook-request.js';

const parameters = new Map([['CallSid', '1']]);

const follow = (from: string, status: number, location: string | null) => {
  const request = webhookRequest({ url: from, method: 'POST' }, parameters);
  if (request === null) throw new Error('URL of a test does not parse');
  const redirect = redirected(request, status, location);
  if (redirect.kind !== 'follow') return redirect.kind;
  const { method, url, fields } = redirect.request;
  return { method, url: signedForm(url), user: url.credentials?.user ?? null, fields: fields.size };
};

describe('redirected', () => {
  it.each([301, 302, 307, 308])('repeats the request whole after %i', (status) => {
    expect(follow('https://h.test/a/b?x=1', status, '../c?y=2#z')).toEqual({
      method: 'POST',
      url: 'https://h.test/c?y=2',
      user: null,
      fields: 1,
    });
  });

  it('makes a plain GET of it after 303', () => {
    expect(follow('https://h.test/a', 303, '/c')).toMatchObject({ method: 'GET', fields: 0 });
  });

  it.each([
    ['https://u:p@h.test/a', '/c', 'u'],
    ['https://u:p@h.test/a', 'https://other.test/c', null],
    ['https://u:p@h.test/a', 'https://h.test:8443/c', null],
    ['https://u:p@h.test/a', 'https://v:q@other.test/c', 'v'],
  ])('from %s to %s goes as %j', (from, location, user) => {
    expect(follow(from, 307, location)).toMatchObject({ user });
  });

  it.each([
    [200, '/c'],
    [304, '/c'],
    [300, '/c'],
    [302, null],
  ])('does not follow %i to %j', (status, location) => {
    expect(follow('https://h.test/a', status, location)).toBe('none');
  });

  it.each(['http://h.test/a', 'ftp://h.test/a', 'https://', 'javascript:1'])('refuses to go to %s', (location) => {
    expect(follow('https://h.test/a', 302, location)).toBe('refused');
  });

  it('goes from http to https', () => {
    expect(follow('http://h.test/a', 301, 'https://h.test/a')).toMatchObject({ url: 'https://h.test/a' });
  });
});

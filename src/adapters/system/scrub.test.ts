import { describe, expect, it } from 'vitest';
import { scrubbed, scrubbedText } from './scrub.js';

describe('scrubbedText', () => {
  it.each([
    [
      'GET https://user:pass%40@h.test:8443/a/b?token=1&x=2#rc=3 failed',
      'GET https://[redacted]@h.test:8443/a/b?[redacted] failed',
    ],
    ['GET https://user:p@ss\'word"@h.test/a failed', 'GET https://[redacted]@h.test/a failed'],
    ['no answer of "http://h.test/a?b=c", twice', 'no answer of "http://h.test/a?[redacted]", twice'],
    ['authorization: Bearer abc.DEF-1~2/3+4=', 'authorization: Bearer [redacted]'],
    ['Basic dXNlcjpwYXNz was sent', 'Basic [redacted] was sent'],
    ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20', /inline:\[redacted\]/],
    ['sip:+15550100001@h.test', 'sip:[redacted]@h.test'],
    ['sip:15550100001@h.test, tel:(555)010-0001', 'sip:[redacted]@h.test, tel:[redacted]'],
    ['15550100001', '[redacted]'],
  ])('%s', (text, wanted) => {
    expect(scrubbedText(text)).toEqual(typeof wanted === 'string' ? wanted : expect.stringMatching(wanted));
  });

  it.each([
    'b3877c40-da60-4998-90ad-b792e98472af',
    'http://h.test:8080/path',
    'sip:alice@h.test',
    'sip:127.0.0.1:5060',
    'http://h.test/people/@alice',
    'a callback waited 12345678 ms',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '+12',
  ])('leaves %s', (text) => {
    expect(scrubbedText(text)).toBe(text);
  });
});

describe('scrubbed', () => {
  it('goes to the bottom of what is logged, and into what was thrown', () => {
    const error = new Error('no answer of http://u:p@h.test/', { cause: new Error('of +15550100001') });
    const text = JSON.stringify(scrubbed({ a: [{ b: { To: 'x', c: 'Bearer abc' } }], error, count: 15550100001 }));
    expect(text).not.toMatch(/u:p|\+1555|"x"|abc/);
    expect(text).toContain('"count":15550100001');
    expect(text).toContain('"type":"Error"');
  });

  it('ends, however deep it is, and shows no bytes', () => {
    const loop: Record<string, unknown> = { bytes: new Uint8Array(3), big: 2n, none: null, to: null };
    loop.self = loop;
    const text = JSON.stringify(scrubbed(loop));
    expect(text).toContain('"bytes":"[3 bytes]"');
    expect(text).toContain('"big":"2","none":null,"to":null');
  });
});

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Hmac, signForm, signJson } from './signature.js';
import { parseWebhookUrl, signedForm } from './url.js';

const hmacSha1: Hmac = (key, message) => createHmac('sha1', key).update(message).digest();

const sign = (key: string, typedUrl: string, fields: Record<string, string> = {}): string => {
  const url = parseWebhookUrl(typedUrl);
  if (url === null) throw new Error('URL of a vector does not parse');
  return signForm(hmacSha1, { key, url: signedForm(url), fields: new Map(Object.entries(fields)) });
};

const key = 'PSK_test_signing_key';

describe('signForm', () => {
  it('gives vector 1 of the contract: a URL with a query, unsorted fields', () => {
    const fields = {
      To: '+18005551212',
      Digits: '1234',
      CallSid: 'CA1234567890ABCDE',
      From: '+14158675309',
      Caller: '+14158675309',
    };
    expect(sign('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', fields)).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
  });

  it('gives vector 2 of the contract: a status callback', () => {
    const fields = {
      AccountSid: 'b3877c40-da60-4998-90ad-b792e98472af',
      ConferenceSid: '0f0f1c2e-1111-4222-8333-444455556666',
      FriendlyName: 'Room 1234',
      Muted: 'false',
      StatusCallbackEvent: 'participant-join',
    };
    expect(sign(key, 'https://hooks.example.test/conf/status?tenant=7', fields)).toBe('PapT9clVbqRsBKek9mLE41GbIvA=');
  });

  it('gives vector 3 of the contract: GET, an escape in the query stays as typed', () => {
    expect(sign(key, 'https://hooks.example.test/wait?room=Room%201234')).toBe('q0L1E6AJjCdeQUTiJD9xxbo2Rbw=');
  });

  it('gives vector 4 of the contract: the UTF-8 bytes of the decoded value', () => {
    expect(sign(key, 'https://hooks.example.test/s', { FriendlyName: 'Réunion été' })).toBe(
      'yTh4i4WWL8+S4cEl38NUOc8Tsc4=',
    );
  });

  it.each([
    ['a fragment', 'https://hooks.example.test/wait?room=Room%201234#rc=2&rt=500'],
    ['credentials', 'https://user:pass@hooks.example.test/wait?room=Room%201234'],
    ['capitals in the host', 'https://Hooks.Example.TEST/wait?room=Room%201234'],
  ])('does not sign %s', (_what, url) => {
    expect(sign(key, url)).toBe('q0L1E6AJjCdeQUTiJD9xxbo2Rbw=');
  });

  it('counts the name of an empty value', () => {
    const hashed: string[] = [];
    const spy: Hmac = (_key, message) => {
      hashed.push(new TextDecoder().decode(message));
      return new Uint8Array();
    };
    const fields = new Map([
      ['b', '2'],
      ['a', ''],
      ['B', '1'],
    ]);
    signForm(spy, { key, url: 'https://h.test/', fields });
    expect(hashed).toEqual(['https://h.test/B1ab2']);
  });
});

describe('signJson', () => {
  it('gives vector 5 of the contract: lower-case hex over URL and raw body', () => {
    const body = '{"event_type":"calling.conference","params":{"status":"conference-start"}}';
    expect(signJson(hmacSha1, { key, url: 'https://hooks.example.test/conf/status?tenant=7', body })).toBe(
      '4ea09267ad14610b315fb54b59c9449433f6ff4f',
    );
  });

  it('serves SHA-256 the same way', () => {
    const hmacSha256: Hmac = (secret, message) => createHmac('sha256', secret).update(message).digest();
    expect(signJson(hmacSha256, { key, url: 'https://h.test/', body: '{}' })).toBe(
      createHmac('sha256', key).update('https://h.test/{}').digest('hex'),
    );
  });
});

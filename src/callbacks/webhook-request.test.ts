import { describe, expect, it } from 'vitest';
import { signedForm } from './url.js';
import { formEncoded, webhookRequest } from './webhook-request.js';

const parameters = new Map([
  ['FriendlyName', 'Réunion & 1+1'],
  ['From', '+15550100001'],
  ['Reason', ''],
]);

describe('webhookRequest', () => {
  it('puts the parameters of a POST into the body', () => {
    const request = webhookRequest({ url: 'https://h.test/s?tenant=7#rc=1', method: 'POST' }, parameters);
    expect(request).toMatchObject({ method: 'POST', fields: parameters });
    expect(request && signedForm(request.url)).toBe('https://h.test/s?tenant=7');
  });

  it('puts the parameters of a GET into the query, and leaves no field to sign', () => {
    const request = webhookRequest({ url: 'https://h.test/s?tenant=7#rc=1', method: 'GET' }, parameters);
    expect(request).toMatchObject({ method: 'GET', fields: new Map() });
    expect(request && signedForm(request.url)).toBe(
      'https://h.test/s?tenant=7&FriendlyName=R%C3%A9union+%26+1%2B1&From=%2B15550100001&Reason=',
    );
  });

  it('refuses what is not a web address', () => {
    expect(webhookRequest({ url: 'javascript:alert(1)', method: 'GET' }, parameters)).toBeNull();
  });
});

describe('formEncoded', () => {
  it('is read back unchanged', () => {
    expect(new Map(new URLSearchParams(formEncoded(parameters)))).toEqual(parameters);
  });

  it('leaves question marks of a query as they are, as the middleware of the vendors wants them', () => {
    const parameters = new Map([['FriendlyName', 'why? & 100 %3F']]);
    const path = (method: 'GET' | 'POST') => webhookRequest({ url: 'https://h.test/s', method }, parameters)?.url.path;
    expect(path('GET')).toBe('/s?FriendlyName=why?+%26+100+%253F');
    expect(path('POST')).toBe('/s');
  });
});

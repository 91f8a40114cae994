import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookReceiver } from './webhook-receiver.js';

const body = 'CallSid=CA1&Empty=&From=%2B14158675309';

describe('WebhookReceiver', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start({ signingKey: '12345' });
  });
  afterEach(() => receiver.close());

  const post = (headers: Record<string, string>, form = body) =>
    fetch(receiver.url('/s?x=1'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: form,
    });

  /** The message written out by hand, hashed by another implementation. */
  const signed = async (): Promise<string> => {
    const { subtle } = globalThis.crypto;
    const encode = (text: string) => new TextEncoder().encode(text);
    const key = await subtle.importKey('raw', encode('12345'), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
    const message = encode(`${receiver.url('/s?x=1')}CallSidCA1EmptyFrom+14158675309`);
    return Buffer.from(await subtle.sign('HMAC', key, message)).toString('base64');
  };

  it('accepts a right signature under both names, and none that is wrong or missing', async () => {
    const right = await signed();
    await post({ 'x-signalwire-signature': right, 'x-twilio-signature': right });
    await post({ 'x-signalwire-signature': right });
    await post({ 'x-signalwire-signature': right, 'x-twilio-signature': 'wrong' });
    await post({ 'x-signalwire-signature': right, 'x-twilio-signature': right }, `${body}&More=1`);
    expect(receiver.received.map(({ isSigned }) => isSigned)).toEqual([true, false, false, false]);
  });

  it('remembers requests, and which names came twice', async () => {
    await post({}, 'A=1&B=2&A=3');
    await fetch(receiver.url('/q?C=%C3%A9'));
    expect(await receiver.waitFor(2)).toMatchObject([
      { method: 'POST', path: '/s?x=1', parameters: { A: '3', B: '2' }, repeatedNames: ['A'] },
      { method: 'GET', path: '/q?C=%C3%A9', parameters: { C: 'é' }, repeatedNames: [] },
    ]);
  });

  it('answers by its script, then 204', async () => {
    receiver.answerNext({ status: 500, body: 'no' }, { reset: true });
    expect((await post({})).status).toBe(500);
    await expect(post({})).rejects.toThrow();
    expect((await post({})).status).toBe(204);
  });
});

/** CONTRACT §7.1, §7.8: who is let in, how often wrong credentials are answered, and who changed what. */
import { describe, expect, it } from 'vitest';
import { ofPair } from '../../src/app/failed-logins.js';
import { accountSid } from '../support/parley-script.js';
import { basic, ours, refused, restOf, stranger, theirs } from '../support/rest-script.js';

const wrong = basic(accountSid, 'a-token-that-is-wrong');

describe('wrong credentials', () => {
  it('are 401 a few times and then 429 with Retry-After, the right token too, until that is over', async () => {
    const { get, clock } = restOf();
    const tried = async (authorization: string) => refused(await get('/Conferences', { authorization }));
    for (let each = 0; each < ofPair.burst; each += 1) expect(await tried(wrong)).toBe('401 20003');
    const limited = await get('/Conferences', { authorization: wrong });
    expect(refused(limited)).toBe('429 20429');
    expect(limited.headers['retry-after']).toBe('6');
    expect(limited.headers['www-authenticate']).toBeUndefined();
    expect(await tried(ours)).toBe('429 20429');
    await clock.advance(6000);
    expect((await get('/Conferences')).status).toBe(200);
  });

  it('of one account keep no other waiting, nor a bearer of the right token', async () => {
    const { get } = restOf();
    for (let each = 0; each < 2 * ofPair.burst; each += 1) await get('/Conferences', { authorization: wrong });
    const path = `/2010-04-01/Accounts/${stranger}/Conferences`;
    expect((await get(path, { authorization: theirs })).status).toBe(200);
    expect((await get('/Conferences', { authorization: 'Bearer token-of-acc' })).status).toBe(200);
  });

  it('are the same whether there is the account or not', async () => {
    const { get } = restOf();
    const nobody = basic('AC00000000000000000000000000000000', 'a-token-that-is-wrong');
    const answers = async (authorization: string) => {
      const all = [];
      for (let each = 0; each < ofPair.burst + 2; each += 1) {
        const { status, body, headers } = await get('/Conferences', { authorization });
        all.push({ status, body, retryAfter: headers['retry-after'] });
      }
      return all;
    };
    expect(await answers(nobody)).toEqual(await answers(wrong));
  });

  it('are not what was not sent: whoever asks without any is only told to', async () => {
    const { get } = restOf();
    for (let each = 0; each < 200; each += 1) {
      expect(refused(await get('/Conferences', { authorization: null }))).toBe('401 20003');
    }
  });
});

describe('files without credentials', () => {
  it('are limited by address, and those with credentials are not', async () => {
    const { get, clock } = restOf({ visitorsAllowed: { perSecond: 1, burst: 3 } });
    const path = `/Recordings/RE${'0'.repeat(32)}.wav`;
    const ask = (authorization: string | null) => get(path, { authorization });
    for (let each = 0; each < 3; each += 1) expect((await ask(null)).status).toBe(401);
    const limited = await ask(null);
    expect(refused(limited)).toBe('429 20429');
    expect(limited.headers['retry-after']).toBe('1');
    expect((await ask(ours)).status).toBe(404);
    await clock.advance(1000);
    expect((await ask(null)).status).toBe(401);
  });
});

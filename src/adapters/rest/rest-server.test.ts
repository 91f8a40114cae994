/** What only a socket shows: requests that are no HTTP, an end with requests under way, TLS is in the e2e tests. */

import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeApplication } from '../../../test/support/grpc/fake-application.js';
import { onePage } from '../../../test/support/lists.js';
import { accountSid } from '../../../test/support/parley-script.js';
import { basic, ours, prefix, type RestWishes, restOf } from '../../../test/support/rest-script.js';
import { heard, quietly } from '../../../test/support/sockets.js';

async function listening(wishes: RestWishes = {}) {
  const rest = restOf(wishes);
  const port = await rest.server.listen('127.0.0.1', 0);
  onTestFinished(() => rest.server.close());
  const raw = async (text: string): Promise<string> => {
    const socket = quietly(connect(port, '127.0.0.1'));
    socket.write(text);
    return heard(socket);
  };
  return { ...rest, port, raw };
}

const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));

describe('the REST server', () => {
  it('answers what is no HTTP with an object that SDKs read, too', async () => {
    const { raw } = await listening();
    const wrong = {
      'what is this\r\n\r\n': 400,
      'GET / HTTP/9.9\r\n\r\n': 400,
      [`GET /2010-04-01 HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`]: 431,
      'POST /2010-04-01 HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n': 400,
    };
    for (const [text, status] of Object.entries(wrong)) {
      const answer = await raw(text);
      expect(answer, text.slice(0, 40)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(bodyOf(answer)).toMatchObject({ code: 20_001, status, message: expect.any(String) });
    }
  });

  it('repeats no host that none would send, and none where none was sent', async () => {
    const { raw, port } = await listening();
    const path = `${prefix}/Accounts/${accountSid}/Calls/x`;
    const ask = (host: string) =>
      raw(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: ${ours}\r\nconnection: close\r\n\r\n`);
    expect(bodyOf(await ask(`127.0.0.1:${port}`))).toMatchObject({
      more_info: `http://127.0.0.1:${port}/errors/20404`,
    });
    expect(bodyOf(await ask('evil.test/"><script>'))).toMatchObject({ more_info: '/errors/20404' });
  });

  it('says nothing of a defect but that there was one; the log has the rest', async () => {
    const fake = fakeApplication();
    fake.answers.conferences = async () => {
      throw new Error('the store cannot be read: /secret/path');
    };
    const { get, restLogger, restMetrics } = restOf({ application: fake.application });
    const { status, body } = await get('/Conferences');
    expect([status, body.code, body.message]).toEqual([500, 20_504, 'internal error']);
    expect(restLogger.lines).toContainEqual({ level: 'error', event: 'rest-request-failed' });
    expect(restMetrics.value('parley_rest_requests_total', { route: 'listConferences', status: '500' })).toBe(1);
    expect(restMetrics.value('parley_rest_request_duration_seconds', { route: 'listConferences' })).toBe(1);
  });

  it('lets a request that is under way finish when it closes', async () => {
    const fake = fakeApplication();
    let finish = (): void => {};
    const asked = new Promise<void>((resolve) => {
      fake.answers.conferences = async () => {
        resolve();
        await new Promise<void>((done) => {
          finish = done;
        });
        return onePage([]);
      };
    });
    const { server, port } = await listening({ application: fake.application });
    const path = `${prefix}/Accounts/${accountSid}/Conferences`;
    const answer = fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: ours } });
    await asked;
    const closed = server.close();
    finish();
    expect((await answer).status).toBe(200);
    await closed;
  });

  it('takes a token of another account for wrong, whatever the sid', async () => {
    const { get } = restOf();
    const { status } = await get('/Calls', { authorization: basic(accountSid, 'token-of-other') });
    expect(status).toBe(401);
  });
});

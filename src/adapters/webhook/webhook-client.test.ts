import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { unsoughtTcpPort } from '../../../test/support/unsought-port.js';
import { settled, VirtualClock } from '../../../test/support/virtual-clock.js';
import { type Answer, WebhookReceiver } from '../../../test/support/webhook-receiver.js';
import { epochMs, monotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import type { Callback } from '../../callbacks/webhook.js';
import type { HttpMethod } from '../../conference/state.js';
import { createEgressPolicy } from './egress.js';
import { createWebhookClient, type WebhookClient } from './webhook-client.js';

const signingKey = 'PSK_test_signing_key';

/** Sockets live in real time, so these timers must too. */
const clock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

const callbackTo = (url: string, method: HttpMethod = 'POST'): Callback => ({
  id: 'conf1-status-1',
  accountSid: accountSidOf('acc'),
  conferenceSid: conferenceSidOf('conf1'),
  target: { url, method },
  parameters: new Map([
    ['FriendlyName', 'Réunion été & co'],
    ['Muted', 'false'],
    ['Reason', ''],
  ]),
});

const clientAllowing = (networks: readonly string[], time = clock): WebhookClient =>
  createWebhookClient({
    clock: time,
    egress: createEgressPolicy(networks.map((network) => ({ network, prefix: 8 }))),
    signingKeysOf: () => keys,
  });

let client: WebhookClient;
let keys: readonly string[];
let receiver: WebhookReceiver;

beforeEach(async () => {
  keys = [signingKey];
  client = clientAllowing(['127.0.0.0']);
  receiver = await WebhookReceiver.start({ signingKey });
});
afterEach(async () => {
  await client.close();
  await receiver.close();
});

const send = (pathAndFragment: string, method: HttpMethod = 'POST') =>
  client.send(callbackTo(receiver.url(pathAndFragment), method));

describe('WebhookClient during a rotation of keys', () => {
  it.each([401, 403])('signs with the next key where the first is refused with %i', async (status) => {
    keys = ['PSK_new_signing_key', signingKey];
    receiver.answerNext({ status });
    expect(await send('/')).toMatchObject({ kind: 'answered', status: 204 });
    expect(receiver.received.map(({ isSigned }) => isSigned)).toEqual([false, true]);
    const ids = receiver.received.map(({ headers }) => headers['idempotency-key']);
    expect(ids[0]).toBe(ids[1]);
  });

  it('signs with the first key alone where that is taken or the answer is another', async () => {
    keys = [signingKey, 'PSK_old_signing_key'];
    await send('/');
    receiver.answerNext({ status: 500 });
    expect(await send('/')).toMatchObject({ kind: 'answered', status: 500 });
    expect(receiver.received.map(({ isSigned }) => isSigned)).toEqual([true, true]);
  });

  it('says so when none is taken, and sends nothing for an account that has none', async () => {
    keys = ['PSK_one', 'PSK_two'];
    receiver.answerNext({ status: 403 }, { status: 403 });
    expect(await send('/')).toMatchObject({ kind: 'answered', status: 403 });
    keys = [];
    expect(await send('/')).toMatchObject({ kind: 'failed', reason: 'refused-by-policy' });
    expect(receiver.received).toHaveLength(2);
  });
});

const parameters = { FriendlyName: 'Réunion été & co', Muted: 'false', Reason: '' };

/** A server that speaks whatever `talk` makes it speak. */
async function listening(talk: (socket: Socket) => void): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    talk(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: address.port, close };
}

describe('WebhookClient.send', () => {
  it('posts the parameters as a form, signed under both names', async () => {
    expect(await send('/s?tenant=7')).toMatchObject({ kind: 'answered', status: 204, tookMs: expect.any(Number) });
    expect(receiver.received).toMatchObject([
      {
        method: 'POST',
        path: '/s?tenant=7',
        parameters,
        isSigned: true,
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          'idempotency-key': 'conf1-status-1',
        },
      },
    ]);
    expect(receiver.received[0]?.headers.authorization).toBeUndefined();
  });

  it('puts the parameters of a GET into the query, and signs that', async () => {
    expect(await send('/s?tenant=7', 'GET')).toMatchObject({ kind: 'answered', status: 204 });
    expect(receiver.received).toMatchObject([
      { method: 'GET', parameters: { tenant: '7', ...parameters }, isSigned: true },
    ]);
  });

  it('sends a URL as it was typed, without its fragment', async () => {
    await send("/a/../b//c;d?q=a'b[1]&e=%7e#rt=500");
    expect(receiver.received).toMatchObject([{ path: "/a/../b//c;d?q=a'b[1]&e=%7e", isSigned: true }]);
  });

  it('makes a header of credentials, and does not sign them', async () => {
    await client.send(callbackTo(`http://user:p%3A%C3%A9@127.0.0.1:${receiver.port()}/s`));
    const authorization = `Basic ${Buffer.from('user:p:é').toString('base64')}`;
    expect(receiver.received).toMatchObject([{ headers: { authorization }, isSigned: true }]);
  });

  it.each<Answer>([{ status: 200, body: '<Response/>' }, { status: 404 }, { status: 500 }, { status: 304 }])(
    'reports the status of %o',
    async (answer) => {
      receiver.answerNext(answer);
      expect(await send('/s')).toMatchObject({ kind: 'answered', status: answer.status });
    },
  );

  it('reads answers up to 64 kB', async () => {
    receiver.answerNext({ status: 200, body: 'x'.repeat(65_536) }, { status: 200, body: 'x'.repeat(65_537) });
    expect(await send('/s')).toMatchObject({ kind: 'answered', status: 200 });
    expect(await send('/s')).toMatchObject({ kind: 'failed', reason: 'response-too-large' });
  });

  it('reports a connection cut before the answer', async () => {
    receiver.answerNext({ reset: true });
    expect(await send('/s')).toMatchObject({ kind: 'failed', reason: 'protocol' });
  });

  it('reports an answer that is not HTTP', async () => {
    const server = await listening((socket) => socket.end('220 mail.example.test ESMTP\r\n'));
    expect(await client.send(callbackTo(`http://127.0.0.1:${server.port}/`))).toMatchObject({ reason: 'protocol' });
    await server.close();
  });

  it('reports that nobody listens', async () => {
    const url = `http://127.0.0.1:${await unsoughtTcpPort()}/`;
    expect(await client.send(callbackTo(url))).toMatchObject({ reason: 'connect' });
  });

  it('reports a server that does not speak TLS', async () => {
    const url = `https://127.0.0.1:${receiver.port()}/`;
    expect(await client.send(callbackTo(url))).toMatchObject({ kind: 'failed', reason: 'tls' });
  });

  it('reports a name that cannot be looked up', async () => {
    const url = `http://${'x'.repeat(64)}.test/`;
    expect(await client.send(callbackTo(url))).toMatchObject({ kind: 'failed', reason: 'dns' });
  });

  it('reports a target that is not a web address', async () => {
    expect(await client.send(callbackTo('ftp://127.0.0.1/'))).toMatchObject({ kind: 'failed', reason: 'protocol' });
  });

  it('uses a connection again', async () => {
    const ports: (number | undefined)[] = [];
    const server = await listening((socket) => {
      socket.on('data', () => {
        ports.push(socket.remotePort);
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    const callback = callbackTo(`http://127.0.0.1:${server.port}/`, 'GET');
    await client.send(callback);
    await settled();
    await client.send(callback);
    expect(ports).toHaveLength(2);
    expect(new Set(ports).size).toBe(1);
    await server.close();
  });
});

describe('WebhookClient.send, out of patience', () => {
  it('waits for the first byte as long as the URL says', async () => {
    let release = (): void => {};
    receiver.answerNext({ after: new Promise((resolve) => (release = resolve)) });
    const outcome = await send('/s#rt=100');
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'timeout' });
    expect(outcome.tookMs).toBeGreaterThanOrEqual(99);
    release();
  });

  it('waits for the next packet no longer than for the first', async () => {
    const server = await listening((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'));
    const outcome = await client.send(callbackTo(`http://127.0.0.1:${server.port}/#rt=100`));
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'timeout' });
    await server.close();
  });

  it('does not let an answer trickle for ever', async () => {
    let drip: NodeJS.Timeout | undefined;
    const server = await listening((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n');
      drip = setInterval(() => socket.write('x'), 10);
    });
    const outcome = await client.send(callbackTo(`http://127.0.0.1:${server.port}/#rt=15000&tt=150`));
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'timeout' });
    clearInterval(drip);
    await server.close();
  });

  it('counts redirects into the total', async () => {
    const moved = { status: 307, headers: { location: '/again' }, delayMs: 60 };
    receiver.answerNext(moved, moved, moved);
    expect(await send('/s#tt=100')).toMatchObject({ kind: 'failed', reason: 'timeout' });
    expect(receiver.received.length).toBeLessThan(3);
  });

  it('gives up a connection that does not come to stand, and sends nothing later', async () => {
    const heard: Buffer[] = [];
    const server = await listening((socket) => socket.on('data', (chunk) => heard.push(chunk)));
    const time = new VirtualClock();
    const hasty = clientAllowing(['127.0.0.0'], time);
    const outcome = hasty.send(callbackTo(`https://127.0.0.1:${server.port}/#ct=100`));
    await expect.poll(() => heard.length).toBe(1);
    await time.advance(100);
    expect(await outcome).toEqual({ kind: 'failed', reason: 'connect', tookMs: 100 });
    await hasty.close();
    await server.close();
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('POST');
  });

  it('gives up what is under way when it is closed', async () => {
    receiver.answerNext({ after: new Promise(() => {}) });
    const outcome = send('/s');
    await receiver.waitFor(1);
    await client.close();
    expect(await outcome).toMatchObject({ kind: 'failed' });
  });
});

describe('WebhookClient.send, sent elsewhere', () => {
  const to = (location: string, status = 307): Answer => ({ status, headers: { location } });

  it('follows three redirects, each signed anew', async () => {
    receiver.answerNext(to('/1', 301), to('/2', 302), to(receiver.url('/3?x=y')));
    expect(await send('/0')).toMatchObject({ kind: 'answered', status: 204 });
    expect(receiver.received.map(({ method, path, isSigned }) => ({ method, path, isSigned }))).toEqual(
      ['/0', '/1', '/2', '/3?x=y'].map((path) => ({ method: 'POST', path, isSigned: true })),
    );
    expect(receiver.received.map((each) => each.parameters.Muted)).toEqual(['false', 'false', 'false', 'false']);
  });

  it('does not follow a fourth', async () => {
    receiver.answerNext(to('/s'), to('/s'), to('/s'), to('/s'), to('/s'));
    expect(await send('/s')).toMatchObject({ kind: 'failed', reason: 'too-many-redirects' });
    expect(receiver.received).toHaveLength(4);
  });

  it('asks with a signed GET after 303', async () => {
    receiver.answerNext(to('/seen', 303));
    await send('/s');
    expect(receiver.received[1]).toMatchObject({ method: 'GET', path: '/seen', parameters: {}, isSigned: true });
  });

  it('judges the new address as it did the first', async () => {
    receiver.answerNext(to('http://10.0.0.1/'), to('http://[::ffff:169.254.169.254]/'), to('gopher://127.0.0.1/'));
    for (let each = 0; each < 3; each += 1) {
      expect(await send('/s')).toMatchObject({ kind: 'failed', reason: 'refused-by-policy' });
    }
  });
});

describe('WebhookClient.send, where it may not go', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]'])('does not connect to %s', async (host) => {
    const strict = clientAllowing([]);
    const outcome = await strict.send(callbackTo(`http://${host}:${receiver.port()}/`));
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'refused-by-policy' });
    expect(receiver.received).toEqual([]);
    await strict.close();
  });

  it('connects to the allowed addresses of a name', async () => {
    expect(await client.send(callbackTo(`http://localhost:${receiver.port()}/`))).toMatchObject({ status: 204 });
  });
});

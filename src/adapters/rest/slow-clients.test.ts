/** Clients that only hold their place: who sends a head or a body slowly, who takes no answer, who comes too often. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestAuthority } from '../../../test/support/certificates.js';
import { accountSid } from '../../../test/support/parley-script.js';
import { ours, prefix, type RestWishes, restOf } from '../../../test/support/rest-script.js';
import { heard, quietly } from '../../../test/support/sockets.js';
import { TestIdentity } from '../../../test/support/tls.js';
import { ofPair } from '../../app/failed-logins.js';
import type { Patience } from './rest-server.js';

/** Who is slow is told so, whatever holds up this process: nothing else ends. */
const ofRequests: Patience = { headMs: 100, requestMs: 200, silenceMs: 60_000, lookMs: 20 };
const ofSilence: Patience = { headMs: 60_000, requestMs: 60_000, silenceMs: 150, lookMs: 20 };
const head = `POST ${prefix}/Accounts/${accountSid}/Calls/x HTTP/1.1\r\nhost: x\r\nauthorization: ${ours}\r\n`;

async function listening(wishes: RestWishes = {}) {
  const rest = restOf(wishes);
  const port = await rest.server.listen('127.0.0.1', 0);
  onTestFinished(() => rest.server.close());
  const come = (): Socket => quietly(connect(port, '127.0.0.1'));
  return { ...rest, come };
}

/** A byte now and then, for ever. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(text[at % text.length] ?? '');
    at += 1;
  }, 10);
  socket.once('close', () => clearInterval(timer));
}

describe('a client that is slow', () => {
  it.each([
    ['with its head', (socket: Socket) => drip(socket, `${head}x: `)],
    [
      'with its body',
      (socket: Socket) => {
        socket.write(`${head}content-length: 100000\r\n\r\n`);
        drip(socket, 'x');
      },
    ],
  ])('%s is told so, and closed', async (_what, begin) => {
    const { come } = await listening({ patience: ofRequests });
    const socket = come();
    begin(socket);
    expect(await heard(socket)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*"code":20001/s);
  });

  it('and takes none of its answers is closed', async () => {
    const { come, get } = await listening({ patience: ofSilence });
    const socket = come();
    socket.pause();
    const closed = new Promise((resolve) => socket.once('error', resolve));
    const timer = setInterval(() => socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(200)), 1);
    socket.once('error', () => clearInterval(timer));
    onTestFinished(() => clearInterval(timer));
    expect(await closed).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
    expect((await get('/Calls')).status).toBe(200);
  });
});

describe('connections', () => {
  it('beyond what may be are closed at once, and those there are go on', async () => {
    const { come, restMetrics } = await listening({ connectionLimits: { max: 0, perAddressMax: 2 } });
    const [first, second] = [come(), come()];
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    const ask = async (socket: Socket): Promise<string> => {
      socket.write(`${head}content-length: 0\r\n\r\n`);
      const [answer] = await once(socket, 'data');
      return String(answer);
    };
    expect([await ask(first), await ask(second)]).toEqual([
      expect.stringMatching(/^HTTP\/1\.1 404/),
      expect.stringMatching(/^HTTP\/1\.1 404/),
    ]);
    expect(await heard(come())).toBe('');
    const why = { listener: 'rest', why: 'address' } as const;
    expect(restMetrics.value('parley_connections_refused_total', why)).toBe(1);
    expect(await ask(first)).toMatch(/^HTTP\/1\.1 404/);
  });
});

describe('a flood of one account', () => {
  it('waits for its refusals', async () => {
    const { get, clock } = restOf({ allowed: { perSecond: 1, burst: 2 } });
    let answered = 0;
    const flood = Array.from({ length: 60 }, async () => {
      const { status } = await get('/Calls');
      answered += 1;
      return status;
    });
    await expect.poll(() => answered).toBe(52);
    await clock.advance(5000);
    expect((await Promise.all(flood)).filter((status) => status === 429)).toHaveLength(58);
  });
});

describe('a flood of wrong tokens', () => {
  it('waits for its refusals', async () => {
    const { get, clock } = restOf();
    let answered = 0;
    const wrong = { authorization: `Basic ${Buffer.from(`${accountSid}:no token`).toString('base64')}` };
    const flood = Array.from({ length: ofPair.burst + 60 }, async () => {
      const { status } = await get('/Calls', wrong);
      answered += 1;
      return status;
    });
    // A second of refusals is said at once.
    await expect.poll(() => answered).toBe(ofPair.burst + 50);
    await clock.advance(5000);
    const statuses = await Promise.all(flood);
    expect(statuses.filter((status) => status === 401)).toHaveLength(ofPair.burst);
    expect(statuses.filter((status) => status === 429)).toHaveLength(60);
  });
});

describe('a client of TLS that does not say who it is', () => {
  it('is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-rest-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tls = new TestIdentity(new TestAuthority(folder).issue('server'));
    const { come } = await listening({ patience: ofRequests, tls });
    expect(await heard(come())).toBe('');
  });
});

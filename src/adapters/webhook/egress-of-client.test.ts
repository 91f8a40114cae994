/** Where a webhook client goes and where it does not, seen at servers that are really there. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Certified, certifiedFor } from '../../../test/support/authority.js';
import { accountSidOf, conferenceSidOf } from '../../../test/support/callers.js';
import { countingRandom } from '../../../test/support/silent.js';
import { WebhookReceiver } from '../../../test/support/webhook-receiver.js';
import { epochMs, monotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import { err } from '../../base/result.js';
import type { HttpMethod } from '../../conference/state.js';
import { readAuthorities } from './authorities.js';
import { createDocumentClient } from './document-client.js';
import { createEgressPolicy, createWebRules, parsePorts } from './egress.js';
import { createWebhookClient, type WebhookClient, type WebhookClientParts } from './webhook-client.js';

/** Sockets live in real time, so these timers must too. */
const clock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

const signingKey = 'PSK_test_signing_key';
const loopback = { network: '127.0.0.0', prefix: 8 };

const callbackTo = (url: string, method: HttpMethod = 'POST', parameters: readonly [string, string][] = []) => ({
  id: 'conf1-status-1',
  accountSid: accountSidOf('acc'),
  conferenceSid: conferenceSidOf('conf1'),
  target: { url, method },
  parameters: new Map(parameters),
});

const clients: WebhookClient[] = [];
function clientWith(parts: Partial<WebhookClientParts> = {}): WebhookClient {
  const egress = createEgressPolicy([loopback]);
  const client = createWebhookClient({ clock, egress, signingKeysOf: () => [signingKey], ...parts });
  clients.push(client);
  return client;
}

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await WebhookReceiver.start({ signingKey });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await receiver.close();
});

/** A name server that says these one after the other, whatever it is asked. */
const saying = (...answers: readonly (readonly string[])[]): LookupFunction => {
  let turn = 0;
  return (_name, _options, callback) => {
    const addresses = answers[Math.min(turn, answers.length - 1)] ?? [];
    turn += 1;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
};
const resolve = (...answers: readonly (readonly string[])[]) => ({ resolve: saying(...answers) as never });

describe('a name that points to where nobody may go', () => {
  const refused = { kind: 'failed', reason: 'refused-by-policy' };
  const url = (): string => `http://hooks.test:${receiver.port()}/`;

  it.each([
    ['the metadata of a cloud', '169.254.169.254'],
    ['the same, as IPv6', '::ffff:169.254.169.254'],
    ['the same, through a translator', '64:ff9b::a9fe:a9fe'],
    ['the metadata of a cloud over IPv6', 'fd00:ec2::254'],
    ['a private network', '10.0.0.1'],
    ['loopback, as IPv6', '::ffff:10.0.0.1'],
    ['a link', 'fe80::1'],
  ])('is refused: %s', async (_where, address) => {
    expect(await clientWith(resolve([address])).send(callbackTo(url()))).toMatchObject(refused);
  });

  it('is refused when it points there only the second time', async () => {
    const client = clientWith(resolve(['127.0.0.1'], ['10.0.0.1']));
    receiver.answerNext({ status: 204, headers: { connection: 'close' } });
    expect(await client.send(callbackTo(url()))).toMatchObject({ status: 204 });
    expect(await client.send(callbackTo(url()))).toMatchObject(refused);
    expect(receiver.received).toHaveLength(1);
  });

  it('is reached by those of its addresses that are allowed, and by no other', async () => {
    const client = clientWith(resolve(['169.254.169.254', '10.0.0.1', '127.0.0.1']));
    expect(await client.send(callbackTo(url()))).toMatchObject({ status: 204 });
  });

  it.each(['2130706433', '0x7f000001', '127.1', '017700000001'])('is refused where %s is loopback', async (host) => {
    const client = clientWith({ egress: createEgressPolicy([]) });
    expect(await client.send(callbackTo(`http://${host}:${receiver.port()}/`))).toMatchObject(refused);
    expect(receiver.received).toEqual([]);
  });
});

describe('the rules of an account', () => {
  const rules = createWebRules({ ports: parsePorts('1024-65535') ?? [], hostsOf: () => ['127.0.0.1'] });
  const broken = (rule: string) => ({ kind: 'failed', reason: 'refused-by-policy', rule });

  it('are asked before anything is sent', async () => {
    const client = clientWith({ rules });
    expect(await client.send(callbackTo('http://127.0.0.1:25/'))).toMatchObject(
      broken('port 25 is not among those allowed'),
    );
    expect(await client.send(callbackTo(`http://localhost:${receiver.port()}/`))).toMatchObject(
      broken('host localhost is not among those of the account'),
    );
    expect(await client.send(callbackTo(receiver.url('/')))).toMatchObject({ status: 204 });
    expect(receiver.received).toHaveLength(1);
  });

  it('are asked again where an answer sends the request on', async () => {
    receiver.answerNext({ status: 307, headers: { location: `http://localhost:${receiver.port()}/` } });
    expect(await clientWith({ rules }).send(callbackTo(receiver.url('/')))).toMatchObject(
      broken('host localhost is not among those of the account'),
    );
  });

  it('hold for documents, too', async () => {
    const documents = createDocumentClient({
      agentOf: clientWith().agentOf,
      random: countingRandom(),
      clock,
      rules,
      signingKeysOf: () => ['key'],
    });
    const { accountSid, target, parameters } = callbackTo('http://127.0.0.1:25/');
    expect(await documents.fetch({ accountSid, target, parameters })).toEqual({
      kind: 'failed',
      code: 11_200,
      rule: 'port 25 is not among those allowed',
    });
  });
});

describe('what is too large', () => {
  it('is not asked for: a URL beyond what servers take', async () => {
    const url = receiver.url('/s');
    const spare = 8192 - `${url}?a=`.length;
    const sent = (bytes: number) => clientWith().send(callbackTo(url, 'GET', [['a', 'x'.repeat(bytes)]]));
    expect(await sent(spare)).toMatchObject({ status: 204 });
    expect(await sent(spare + 1)).toMatchObject({
      reason: 'refused-by-policy',
      rule: 'the URL has 8193 bytes, more than 8192',
    });
  });

  it('is not read: headers beyond 16 KiB', async () => {
    receiver.answerNext({ status: 200, headers: { 'x-long': 'x'.repeat(17_000) } });
    expect(await clientWith().send(callbackTo(receiver.url('/')))).toMatchObject({ reason: 'response-too-large' });
  });
});

describe('a receiver with a certificate of its own authority', () => {
  let folder: string;
  let certified: Certified;
  let heard: number;
  let port: number;
  let close: () => Promise<void>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-authority-'));
    certified = certifiedFor('DNS:localhost', folder);
    const server = createServer(certified, (request, response) => {
      heard += 1;
      request.resume();
      response.writeHead(204).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    close = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    };
  });
  beforeEach(() => {
    heard = 0;
  });
  afterAll(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const trusted = async (file: string): Promise<string> => {
    const read = await readAuthorities(file);
    return read.ok ? read.value : expect.fail(read.error);
  };
  const send = async (host: string, authorityFile: string | null) => {
    const authorities = authorityFile === null ? null : await trusted(authorityFile);
    return clientWith({ authorities }).send(callbackTo(`https://${host}:${port}/`));
  };

  it('is told when the authority is trusted', async () => {
    expect(await send('localhost', certified.authorityFile)).toMatchObject({ kind: 'answered', status: 204 });
    expect(heard).toBe(1);
  });

  it('is told nothing when the authority is not trusted', async () => {
    expect(await send('localhost', null)).toMatchObject({ kind: 'failed', reason: 'tls' });
    expect(heard).toBe(0);
  });

  it('is told by the account that trusts its authority, and by no other, nor over its connections', async () => {
    const own = await trusted(certified.authorityFile);
    const trusting = accountSidOf('acc');
    const client = clientWith({ authoritiesOf: (accountSid) => (accountSid === trusting ? own : null) });
    const callback = callbackTo(`https://localhost:${port}/`);
    const other = { ...callback, accountSid: accountSidOf('other') };
    expect(await client.send(callback)).toMatchObject({ kind: 'answered', status: 204 });
    expect(await client.send(other)).toMatchObject({ kind: 'failed', reason: 'tls' });
    expect(await client.send(callback)).toMatchObject({ kind: 'answered', status: 204 });
    expect(heard).toBe(2);
    // Documents are asked for by the same rule.
    const documents = createDocumentClient({
      agentOf: client.agentOf,
      clock,
      random: countingRandom(),
      signingKeysOf: () => ['key'],
    });
    const target = { url: `https://localhost:${port}/voice`, method: 'GET' } as const;
    const fetched = [trusting, other.accountSid].map((accountSid) =>
      documents.fetch({ accountSid, target, parameters: new Map() }),
    );
    expect(await Promise.all(fetched)).toMatchObject([{ code: 12_300 }, { code: 11_220 }]);
  });

  it('is told nothing under a name that the certificate does not have', async () => {
    expect(await send('127.0.0.1', certified.authorityFile)).toMatchObject({ kind: 'failed', reason: 'tls' });
    expect(heard).toBe(0);
  });

  it('is told of the certificates that a file holds, which has one at least', async () => {
    const empty = join(folder, 'empty.pem');
    writeFileSync(empty, 'nothing here');
    expect(await readAuthorities(empty)).toEqual(err(`${empty} must hold PEM certificates: there is none in it`));
    expect(await readAuthorities(join(folder, 'none'))).toEqual(err(expect.stringContaining('ENOENT')));
    const two = join(folder, 'two.pem');
    writeFileSync(two, `${await trusted(certified.authorityFile)}\n# another\n${certified.cert}`);
    expect((await trusted(two)).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });
});

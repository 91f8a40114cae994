/** `parley serve` as a process: what it says, and how it goes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { GrpcClient } from '../support/grpc/grpc-client.js';
import { freePorts, serving } from '../support/serving.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-serve-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('parley serve', () => {
  it('says one line when it listens, and ends well when told to', async () => {
    const { child, said, listening, status } = serving(freePorts);
    const line = await listening;
    expect(line).toEqual({
      event: 'listening',
      grpc: expect.stringMatching(/^127\.0\.0\.1:[1-9]/),
      http: expect.stringMatching(/^127\.0\.0\.1:[1-9]/),
      rest: expect.stringMatching(/^127\.0\.0\.1:[1-9]/),
    });
    expect((await fetch(`http://${line.http}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await status).toBe(0);
    expect(said.out.trim().split('\n')).toHaveLength(1);
    expect(said.log).toContain('"event":"stopped"');
  });

  it('is gone at once when told twice', async () => {
    const receiver = await WebhookReceiver.start({ signingKey: 'of-nobody' });
    onTestFinished(() => receiver.close());
    const { child, listening, status, logged } = serving(freePorts);
    const { grpc } = await listening;
    const client = new GrpcClient(Number(grpc.split(':').at(-1)));
    onTestFinished(() => client.close());
    // It would wait 15 s for the answer to what it tells of this call.
    receiver.answerNext({ after: new Promise(() => {}) });
    const conference = {
      roomName: 'told',
      statusCallback: receiver.url('/#rt=15000'),
      statusCallbackEvent: [StatusCallbackEvent.JOIN],
    };
    await client.unary(CallService.method.dial, {
      instruction: { case: 'dial', value: { conference } },
      media: { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 8000 } },
    });
    await receiver.waitFor(1);
    child.kill('SIGINT');
    await logged('stopping');
    child.kill('SIGINT');
    expect(await status).toBe('SIGINT');
  });

  it('reads its configuration anew when it hangs up, whole or not at all', async () => {
    const file = join(folder, 'reloaded.yaml');
    const accounts = (token: string): string => `accounts:
  - sid: b3877c40-da60-4998-90ad-b792e98472af
    name: acme
    tokens: [${token}]
    signingKeys: [a-key]
`;
    writeFileSync(file, accounts('the-old-token-of-acme'));
    const { child, said, listening, logged } = serving(freePorts, ['--config', file]);
    const { rest } = await listening;
    const statusWith = async (token: string): Promise<number> => {
      const url = `http://${rest}/api/laml/2010-04-01/Accounts/b3877c40-da60-4998-90ad-b792e98472af/Calls.json`;
      return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
    };
    expect(await statusWith('the-old-token-of-acme')).toBe(200);
    writeFileSync(file, `${accounts('the-new-token-of-acme')}jitterMs: 999\n`);
    child.kill('SIGHUP');
    await logged('config-not-reloaded');
    expect(said.log).toContain(`${file}:6:1: jitterMs: must be a whole number from 0 to 200`);
    expect([await statusWith('the-old-token-of-acme'), await statusWith('the-new-token-of-acme')]).toEqual([200, 401]);
    writeFileSync(file, accounts('the-new-token-of-acme'));
    child.kill('SIGHUP');
    await logged('config-reloaded');
    expect([await statusWith('the-old-token-of-acme'), await statusWith('the-new-token-of-acme')]).toEqual([401, 200]);
  });

  it('drains for as long as it was told last', async () => {
    const file = join(folder, 'drained.yaml');
    writeFileSync(file, 'drainSeconds: 60\n');
    const { child, said, listening, status, logged } = serving(freePorts, ['--config', file]);
    await listening;
    writeFileSync(file, 'drainSeconds: 7\n');
    child.kill('SIGHUP');
    await logged('config-reloaded');
    child.kill('SIGTERM');
    expect(await status).toBe(0);
    expect(said.log).toMatch(/"withinMs":7000,.*"event":"draining"/);
  });

  it('logs from a reload on as much as it is told to', async () => {
    const file = join(folder, 'logged.yaml');
    writeFileSync(file, 'logLevel: info\n');
    const { child, said, listening, status, logged } = serving(freePorts, ['--config', file]);
    await listening;
    writeFileSync(file, 'logLevel: warn\n');
    child.kill('SIGHUP');
    await logged('config-reloaded');
    const before = said.log.length;
    child.kill('SIGTERM');
    expect(await status).toBe(0);
    expect(said.log.slice(before)).toBe('');
  });

  it('takes settings from flags and a file and warns of misspelt ones', async () => {
    const file = join(folder, 'parley.yaml');
    writeFileSync(file, 'httpListen: 127.0.0.1:1\nlogLevel: warn\n');
    const environment = { ...freePorts, PARLEY_SHARD: '2' };
    const { child, said, listening, status } = serving(environment, ['--config', file, '--http-listen', '127.0.0.1:0']);
    await listening;
    child.kill('SIGINT');
    expect(await status).toBe(0);
    expect(said.log).toContain('"variable":"PARLEY_SHARD"');
    expect(said.log).not.toContain('"event":"stopped"');
  });

  it.each([
    ['a wrong setting', { ...freePorts, PARLEY_SHARDS: 'x' }, /PARLEY_SHARDS: must be a whole number/],
    [
      'a missing file',
      { ...freePorts, PARLEY_CONFIG: join(folder, 'missing.json') },
      /PARLEY_CONFIG: .*missing\.json cannot be read: ENOENT/,
    ],
  ])('refuses %s with status 2', async (_what, environment, complaint) => {
    const { said, status } = serving(environment);
    expect(await status).toBe(2);
    expect(said.log).toMatch(complaint);
    expect(said.out).toBe('');
  });
});

/** Accounts that change while a daemon runs, as those see it who are in the middle of something. */
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ReadConfig, readConfig } from '../../src/config/config.js';
import { problemText } from '../../src/config/problem.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { Beep, StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { type Daemon, startDaemon } from '../../src/main.js';
import { TestAuthority } from '../support/certificates.js';
import { GrpcClient, refusalOf } from '../support/grpc/grpc-client.js';
import { eventually } from '../support/grpc/served.js';
import { basic } from '../support/rest-script.js';
import { freePorts } from '../support/serving.js';
import { recordingLogger } from '../support/silent.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const [ourToken, operatorToken] = ['a-token-of-ours-alone', 'a-token-of-the-operator'];
const ours = {
  sid: 'b3877c40-da60-4998-90ad-b792e98472af',
  name: 'ours',
  tokens: [ourToken],
  signingKeys: ['old-key'] as readonly string[],
};
const operator = {
  sid: '11111111-da60-4998-90ad-b792e98472af',
  name: 'operator',
  tokens: [operatorToken],
  signingKeys: ['operator-key'],
  operator: true,
};
const { dial } = CallService.method;
const { listConferences } = ConferenceService.method;

let configured: readonly object[];
let daemon: Daemon;
let clients: GrpcClient[];

function read(): ReadConfig {
  const environment = {
    ...freePorts,
    PARLEY_WEBHOOK_ALLOW: '127.0.0.0/8',
    PARLEY_ACCOUNTS: JSON.stringify(configured),
  };
  const config = readConfig({ environment, file: null });
  return config.ok ? config.value : expect.fail(config.error.map(problemText).join('\n'));
}

async function reloadWith(accounts: readonly object[]): Promise<void> {
  configured = accounts;
  const reloaded = await daemon.reload();
  expect(reloaded.ok ? [] : reloaded.error).toEqual([]);
}

async function start(accounts: readonly object[]): Promise<void> {
  configured = accounts;
  daemon = await startDaemon(read().config, recordingLogger(), { read: () => ({ ok: true, value: read() }) });
}

function client(token: string): GrpcClient {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const made = new GrpcClient(Number(daemon.addresses.grpc.split(':')[1]), metadata);
  clients.push(made);
  return made;
}

beforeEach(() => {
  clients = [];
});
afterEach(async () => {
  for (const each of clients) each.close();
  await daemon.stop(Promise.resolve());
});

/** A party in a conference of its own, which tells `statusCallback` when it is muted and when the conference ends. */
async function party(statusCallback: string, roomName = 'room') {
  const caller = client(ourToken);
  const statusCallbackEvent = [StatusCallbackEvent.MUTE, StatusCallbackEvent.END];
  const conference = { roomName, beep: Beep.FALSE, waitUrl: '', statusCallback, statusCallbackEvent };
  const { callSid, conferenceSid } = await caller.unary(dial, {
    instruction: { case: 'dial', value: { conference } },
    media: { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 8000 } },
  });
  const mute = (muted: boolean) =>
    caller.unary(ParticipantService.method.updateParticipant, { callSid, conferenceSid, muted });
  return { caller, conferenceSid, mute };
}

const refusedFor = async (call: Promise<unknown>): Promise<string> => status[(await refusalOf(call)).code] ?? '?';

describe('a new signing key', () => {
  it('signs what live conferences tell from a reload on, and what was told before is as it was', async () => {
    await start([ours, operator]);
    const [old, next] = await Promise.all(
      ['old-key', 'next-key'].map((signingKey) => WebhookReceiver.start({ signingKey })),
    );
    if (old === undefined || next === undefined) return expect.fail('there are two');
    onTestFinished(async () => void (await Promise.all([old.close(), next.close()])));
    const { mute } = await party(old.url());
    await mute(true);
    await old.waitFor(1);
    await reloadWith([{ ...ours, signingKeys: ['next-key', 'old-key'] }, operator]);
    await mute(false);
    await old.waitFor(2);
    expect(old.received.map(({ isSigned }) => isSigned)).toEqual([true, false]);
    const other = await party(next.url(), 'another room');
    await other.mute(true);
    await next.waitFor(1);
    expect(next.received.map(({ isSigned }) => isSigned)).toEqual([true]);
  });
});

describe('an account that is taken away', () => {
  it('opens nothing any more; its conference goes on, and is told of as it was when it ends', async () => {
    await start([ours, operator]);
    const receiver = await WebhookReceiver.start({ signingKey: 'old-key' });
    onTestFinished(() => receiver.close());
    const { caller, mute } = await party(receiver.url());
    await reloadWith([operator]);
    expect(await refusedFor(mute(true))).toBe('UNAUTHENTICATED');
    expect(await refusedFor(caller.unary(listConferences, {}))).toBe('UNAUTHENTICATED');
    const rest = await fetch(`http://${daemon.addresses.rest}/2010-04-01/Accounts/${ours.sid}/Conferences.json`, {
      headers: { authorization: basic(ours.sid, ourToken) },
    });
    expect(rest.status).toBe(401);
    const admin = client(operatorToken);
    expect(await admin.unary(AdminService.method.getCapacity, {})).toMatchObject({ legs: 1 });
    await admin.unary(AdminService.method.drain, { withinSeconds: 0 });
    const [told] = await receiver.waitFor(1);
    expect(told).toMatchObject({ isSigned: true, parameters: { StatusCallbackEvent: 'conference-end' } });
  });
});

describe('a rate of requests', () => {
  it('holds for gRPC and REST together from a reload on', async () => {
    await start([ours, operator]);
    const caller = client(ourToken);
    const ask = () => caller.unary(listConferences, {});
    for (let each = 0; each < 20; each += 1) await ask();
    await reloadWith([{ ...ours, apiRequestsPerSecond: 1 }, operator]);
    for (const _ of [1, 2]) await ask();
    expect(await refusalOf(ask())).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'TOO_MANY_REQUESTS',
      contractCode: '20429',
    });
    const rest = await fetch(`http://${daemon.addresses.rest}/2010-04-01/Accounts/${ours.sid}/Conferences.json`, {
      headers: { authorization: basic(ours.sid, ourToken) },
    });
    expect([rest.status, rest.headers.get('retry-after')]).toEqual([429, '1']);
    await client(operatorToken).unary(listConferences, {});
    await reloadWith([ours, operator]);
    for (let each = 0; each < 20; each += 1) await ask();
  });
});

describe('authorities of an account', () => {
  it('are trusted from a reload on and no longer than until the next, by connections that are open, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-authorities-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [right, wrong] = ['right', 'wrong'].map((name) => {
      const own = join(folder, name);
      mkdirSync(own);
      return new TestAuthority(own);
    });
    if (right === undefined || wrong === undefined) return expect.fail('there are two');
    const issued = right.issue('receiver');
    const came: string[] = [];
    const failed: string[] = [];
    const server = createServer(
      { cert: readFileSync(issued.cert), key: readFileSync(issued.key) },
      (request, response) => {
        request.resume();
        request.on('end', () => {
          came.push(String(request.socket.remotePort));
          response.writeHead(204).end();
        });
      },
    );
    server.on('tlsClientError', (error) => failed.push(error.message));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close().closeAllConnections());
    const webhookCaFile = join(folder, 'in-use.pem');
    const trust = async (authority: TestAuthority): Promise<void> => {
      copyFileSync(authority.file, webhookCaFile);
      await reloadWith(configured);
    };
    copyFileSync(wrong.file, webhookCaFile);
    await start([{ ...ours, webhookCaFile }, operator]);
    const { mute } = await party(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await mute(true);
    await eventually(() => failed.length).toBeGreaterThan(0);
    expect(came).toEqual([]);
    await trust(right);
    await eventually(() => came.length).toBe(1);
    await mute(false);
    await eventually(() => came.length).toBe(2);
    // It went over the connection that was open.
    expect(new Set(came).size).toBe(1);
    await trust(wrong);
    const before = failed.length;
    await mute(true);
    await eventually(() => failed.length).toBeGreaterThan(before);
    expect(came).toHaveLength(2);
  });
});

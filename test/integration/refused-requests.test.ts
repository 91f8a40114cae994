/** What a running daemon refuses at its doors, and how it says so; and doors whose certificates change. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReadConfig, readConfig } from '../../src/config/config.js';
import { problemText } from '../../src/config/problem.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { type Daemon, startDaemon } from '../../src/main.js';
import { TestAuthority } from '../support/certificates.js';
import { GrpcClient, refusalOf } from '../support/grpc/grpc-client.js';
import { basic, prefix } from '../support/rest-script.js';
import { freePorts } from '../support/serving.js';
import { recordingLogger } from '../support/silent.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-refused-'));
const authority = new TestAuthority(folder);
const certificates = ['first', 'second', 'expired'].map((name) =>
  authority.issue(name, name === 'expired' ? { validDays: [-9, -2] } : {}),
);
const [first, second, expired] = certificates;
const inUse = { cert: join(folder, 'in-use.pem'), key: join(folder, 'in-use.key') };
const use = (issued: typeof first): void => {
  copyFileSync(issued?.cert ?? '', inUse.cert);
  copyFileSync(issued?.key ?? '', inUse.key);
};

const ours = 'b3877c40-da60-4998-90ad-b792e98472af';
const theirs = '11111111-da60-4998-90ad-b792e98472af';
const [ourToken, theirToken] = ['a-token-of-ours-alone', 'a-token-of-theirs-alone'];
const accounts = [
  { sid: ours, name: 'ours', tokens: [ourToken], signingKeys: ['our-key'], operator: true },
  { sid: theirs, name: 'theirs', tokens: [theirToken], signingKeys: ['their-key'] },
];

function read(): ReadConfig {
  const config = readConfig({
    environment: {
      ...freePorts,
      PARLEY_ACCOUNTS: JSON.stringify(accounts),
      PARLEY_HTTP_TLS_CERT_FILE: inUse.cert,
      PARLEY_HTTP_TLS_KEY_FILE: inUse.key,
      PARLEY_REST_TLS_CERT_FILE: inUse.cert,
      PARLEY_REST_TLS_KEY_FILE: inUse.key,
    },
    file: null,
  });
  return config.ok ? config.value : expect.fail(config.error.map(problemText).join('\n'));
}

let daemon: Daemon;
beforeAll(async () => {
  use(first);
  daemon = await startDaemon(read().config, recordingLogger(), { read: () => ({ ok: true, value: read() }) });
});
afterAll(async () => {
  await daemon.stop();
  rmSync(folder, { recursive: true });
});

function grpc(token: string | null): GrpcClient {
  const metadata = new Metadata();
  if (token !== null) metadata.set('authorization', `Bearer ${token}`);
  return new GrpcClient(Number(daemon.addresses.grpc.split(':')[1]), metadata);
}

type Answer = { readonly status: number; readonly body: string; readonly shown: unknown };

/** `shown`: the name in the certificate. */
function ask(address: string, path: string, token: string | null, body: string | null = null): Promise<Answer> {
  const [host, port] = address.split(':');
  const authorization = token === null ? {} : { authorization: basic(ours, token) };
  return new Promise((resolve, reject) => {
    const options = {
      host,
      port,
      path,
      ca: readFileSync(authority.file),
      agent: false,
      method: body === null ? 'GET' : 'POST',
    };
    const request = httpsRequest({ ...options, headers: authorization }, (response) => {
      const shown = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, shown }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
const rest = (path: string, token: string | null, body: string | null = null): Promise<Answer> =>
  ask(daemon.addresses.rest, `${prefix}/Accounts/${path}`, token, body);

const unauthenticated = { code: status.UNAUTHENTICATED, reason: 'UNAUTHENTICATED', contractCode: '20003' };
const { listConferences } = ConferenceService.method;

describe('gRPC refuses', () => {
  it.each<[string, string | null]>([
    ['a token that is none', 'a-token-of-nobody-at-all'],
    ['no token', null],
  ])('%s', async (_what, token) => {
    const client = grpc(token);
    const refused = await refusalOf(client.unary(listConferences, {}));
    expect(refused).toMatchObject(unauthenticated);
    expect(refused.message).toContain('authorization: Bearer TOKEN');
    client.close();
  });

  it('a message that is too large', async () => {
    const client = grpc(ourToken);
    const sdpOffer = 'x'.repeat(4 * 1024 * 1024);
    const dial = { media: { case: 'rtp', value: { sdpOffer } } } as const;
    expect(await refusalOf(client.unary(CallService.method.dial, dial))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      message: expect.stringContaining('larger than max'),
    });
    await client.unary(listConferences, {});
    client.close();
  });

  it('an account that is no operator what concerns all accounts', async () => {
    const client = grpc(theirToken);
    expect(await refusalOf(client.unary(AdminService.method.reloadConfig, {}))).toMatchObject({
      code: status.PERMISSION_DENIED,
      reason: 'NOT_OPERATOR',
    });
    client.close();
  });
});

describe('REST refuses', () => {
  it.each<[string, string, string | null, string | null, number, number]>([
    ['a token that is none', `${ours}/Conferences.json`, 'a-token-of-nobody-at-all', null, 401, 20_003],
    ['no token', `${ours}/Conferences.json`, null, null, 401, 20_003],
    ['a token of another account', `${ours}/Conferences.json`, theirToken, null, 401, 20_003],
    ['the path of another account', `${theirs}/Conferences.json`, ourToken, null, 404, 20_404],
    ['a body that is too large', `${ours}/Calls/x`, ourToken, 'x'.repeat(256 * 1024 + 1), 413, 20_001],
  ])('%s', async (_what, path, token, body, statusCode, code) => {
    const answer = await rest(path, token, body);
    expect(answer.status).toBe(statusCode);
    expect(JSON.parse(answer.body)).toMatchObject({ code, status: statusCode, message: expect.any(String) });
  });
});

describe('HTTPS', () => {
  it('shows a new certificate once it was told to, and keeps the old one when that cannot be used', async () => {
    const shown = async () => [
      (await rest(`${ours}/Conferences.json`, ourToken)).shown,
      (await ask(daemon.addresses.http, '/livez', null)).shown,
    ];
    expect(await shown()).toEqual(['first', 'first']);
    use(expired);
    const refused = await daemon.reload();
    expect(refused.ok ? [] : refused.error).toEqual([
      expect.stringMatching(/^PARLEY_HTTP_TLS_CERT_FILE: .* expired at/),
      expect.stringMatching(/^PARLEY_REST_TLS_CERT_FILE: .* expired at/),
    ]);
    expect(await shown()).toEqual(['first', 'first']);
    use(second);
    expect((await daemon.reload()).ok).toBe(true);
    expect(await shown()).toEqual(['second', 'second']);
    const { body } = await ask(daemon.addresses.http, '/metrics', null);
    expect(body).toMatch(/^parley_config_reloads_total\{outcome="refused"\} 1$/m);
    expect(body).toMatch(/^parley_tls_certificate_expiry_timestamp_seconds\{listener="rest"\} 1[78]\d{8}/m);
    expect(body).toMatch(/^parley_tls_certificate_expiry_timestamp_seconds\{listener="grpc"\} 0$/m);
  });
});

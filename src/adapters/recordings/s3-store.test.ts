/** What a store of objects is asked, where a real one answers alike whatever it was. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type S3Options, S3Store } from './s3-store.js';

let folder: string;
let server: Server;
const asked: { readonly method: string; readonly headers: IncomingHttpHeaders }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-s3-'));
  for (const name of ['access', 'secret']) writeFileSync(join(folder, name), name);
  writeFileSync(join(folder, 'file'), 'four');
  asked.length = 0;
  server = createServer((request, response) => {
    asked.push({ method: request.method ?? '', headers: request.headers });
    request.resume();
    const begun = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
    request.on('end', () => response.end(request.method === 'POST' ? begun : ''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(folder, { recursive: true });
});

/** Encryption as it is asked for a whole object, and for one in parts. */
async function encryptionAsked(options: Pick<S3Options, 'encryption' | 'kmsKeyId'>): Promise<readonly unknown[]> {
  const store = new S3Store({
    ...{ bucket: 'bucket', region: 'eu-central-1', prefix: '', isPathStyle: true },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentialFiles: { accessKey: join(folder, 'access'), secretKey: join(folder, 'secret') },
    ...options,
  });
  const slice = { path: join(folder, 'file'), first: 0, end: 4 };
  await store.put('whole', slice, 'mark', new AbortController().signal);
  await store.begin('in-parts', 'mark');
  store.close();
  return asked.map(({ method, headers }) => [
    method,
    headers['x-amz-server-side-encryption'],
    headers['x-amz-server-side-encryption-aws-kms-key-id'],
  ]);
}

describe('encryption by the store', () => {
  it.each([
    ['off', null, undefined, undefined],
    ['sse-s3', null, 'AES256', undefined],
    ['sse-kms', null, 'aws:kms', undefined],
    ['sse-kms', 'alias/recordings', 'aws:kms', 'alias/recordings'],
  ] as const)('%s with key %s is asked for of every object', async (encryption, kmsKeyId, kind, key) => {
    expect(await encryptionAsked({ encryption, kmsKeyId })).toEqual([
      ['PUT', kind, key],
      ['POST', kind, key],
    ]);
  });
});

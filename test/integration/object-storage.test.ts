/** Files of recordings in a store of objects that was not written here, and that is killed while it takes them. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { LocalStorage } from '../../src/adapters/recordings/local-storage.js';
import { ObjectStorage, retryMsMax } from '../../src/adapters/recordings/object-storage.js';
import { type S3Options, S3Store } from '../../src/adapters/recordings/s3-store.js';
import type { KeptFile } from '../../src/adapters/recordings/storage.js';
import { WaitingFolder } from '../../src/adapters/recordings/waiting-folder.js';
import { storageObserver } from '../../src/app/recordings/storage-observer.js';
import type { Logger } from '../../src/base/ports.js';
import { recordingMetrics } from '../support/silent.js';
import { accessKey, bucket, region, SwiftServer, secretKey } from '../support/swift-server.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { until } from '../support/waiting.js';

const megabyte = 1024 * 1024;
const partBytes = 5 * megabyte;

let root: string;
let swift: SwiftServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'parley-swift-'));
  swift = await SwiftServer.start(join(root, 'swift'));
}, 120_000);

afterAll(async () => {
  await swift.kill();
  rmSync(root, { recursive: true });
});

let folder: string;
let clock: VirtualClock;
let metrics: ReturnType<typeof recordingMetrics>;
const opened: ObjectStorage[] = [];

const said: { readonly level: string; readonly event: string; readonly refusal: unknown }[] = [];
const at = (level: string) => (event: string, fields?: Readonly<Record<string, unknown>>) => {
  said.push({ level, event, refusal: fields?.refusal });
};
const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };

beforeEach(() => {
  folder = mkdtempSync(join(root, 'recordings-'));
  clock = new VirtualClock();
  said.length = 0;
  metrics = recordingMetrics();
});

afterEach(async () => {
  for (const storage of opened.splice(0)) await storage.close();
});

type Wishes = Partial<S3Options> & { readonly onSent?: (bytes: number) => void };

/** One on the same folder as any before it: the next process. Its objects are apart from those of other tests. */
async function started({ onSent = () => {}, ...options }: Wishes = {}): Promise<ObjectStorage> {
  const keys = { accessKey: join(folder, 'access'), secretKey: join(folder, 'secret') };
  writeFileSync(keys.accessKey, `${accessKey}\n`);
  writeFileSync(keys.secretKey, `${secretKey}\n`);
  const store = new S3Store({
    ...{ bucket, endpoint: swift.endpoint, region, prefix: prefixOf(), isPathStyle: true },
    ...{ encryption: 'sse-s3', kmsKeyId: null, credentialFiles: keys, ...options },
  });
  const observer = storageObserver(metrics);
  const storage = new ObjectStorage({
    ...{ store, clock, logger, keptOnce: 'spooled', partBytes },
    folder: new WaitingFolder(join(folder, 'waiting')),
    before: new LocalStorage(join(folder, 'kept')),
    observer: {
      ...observer,
      sent(bytes) {
        observer.sent(bytes);
        onSent(bytes);
      },
    },
  });
  opened.push(storage);
  await storage.start();
  return storage;
}

const prefixOf = (): string => `${folder.slice(-6)}/`;

async function keep(storage: ObjectStorage, key: string, bytes: Buffer): Promise<void> {
  const path = join(folder, 'made');
  writeFileSync(path, bytes);
  await storage.keep(path, key, { bytes: bytes.length, sha256: sha256(bytes) });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const waiting = (): number => readdirSync(join(folder, 'waiting')).length;
const sent = (): number => metrics.value('parley_storage_sent_bytes_total');
const failures = (kind: 'file' | 'deletion'): number => metrics.value('parley_storage_failures_total', { kind });

async function read(kept: KeptFile | null, first: number, last: number): Promise<Buffer> {
  if (kept === null) return expect.fail('it is there');
  const pieces: Uint8Array[] = [];
  for await (const piece of kept.read(first, last)) pieces.push(piece);
  await kept.close();
  return Buffer.concat(pieces);
}

/** What is under the prefix of this test, as another client sees it. */
async function stored() {
  const client = swift.client();
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefixOf() }));
    const begun = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefixOf() }));
    const objects = await Promise.all(
      Contents.map(async ({ Key = '' }) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return [Key, sha256((await Body?.transformToByteArray()) ?? new Uint8Array(0))];
      }),
    );
    return { objects, uploads: begun.Uploads?.length ?? 0 };
  } finally {
    client.destroy();
  }
}

it('stores files whole and in parts, asks for encryption, gives ranges of them, and deletes them', async () => {
  const storage = await started();
  const [small, large] = [randomBytes(100_000), randomBytes(partBytes * 2 + 4321)];
  await keep(storage, 'a/re/small.mp3', small);
  await keep(storage, 'a/re/large.wav', large);
  await until(() => waiting() === 0);
  expect(await stored()).toEqual({
    objects: [
      [`${prefixOf()}a/re/large.wav`, sha256(large)],
      [`${prefixOf()}a/re/small.mp3`, sha256(small)],
    ],
    uploads: 0,
  });
  const client = swift.client();
  const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `${prefixOf()}a/re/small.mp3` }));
  client.destroy();
  expect(head.ContentLength).toBe(small.length);
  const open = () => storage.open('a/re/large.wav', large.length);
  expect((await open())?.bytes).toBe(large.length);
  for (const [first, last] of [
    [0, 0],
    [partBytes - 2, partBytes + 2],
    [large.length - 70_000, large.length - 1],
  ] as const) {
    const range = await read(await open(), first, last);
    expect(range.equals(large.subarray(first, last + 1))).toBe(true);
  }
  await storage.delete('a/re/small.mp3');
  await storage.delete('a/re/large.wav');
  await until(() => waiting() === 0);
  expect(await stored()).toEqual({ objects: [], uploads: 0 });
  expect(await storage.open('a/re/large.wav', large.length)).toBeNull();
}, 60_000);

it('loses nothing and sends nothing twice when the store is killed in the midst of an upload', async () => {
  const bytes = randomBytes(partBytes * 5 + 77);
  let killing: Promise<void> | null = null;
  const first = await started({
    onSent() {
      // The second part is there; whatever of the third is on its way dies with the store.
      if (sent() === 2 * partBytes) killing = swift.kill();
    },
  });
  await keep(first, 'a/re/long.wav', bytes);
  await until(() => failures('file') === 1);
  await killing;
  // Served as ever, and what is deleted meanwhile is gone as ever.
  expect(sha256(await read(await first.open('a/re/long.wav', bytes.length), 0, bytes.length - 1))).toBe(sha256(bytes));
  await keep(first, 'a/re/unwanted.mp3', randomBytes(10));
  await first.delete('a/re/unwanted.mp3');
  // Parley is killed too: nothing of it goes on, and the next process has only what is on the disk.
  await first.close();
  const next = await started();
  await until(() => failures('file') === 2);
  expect(sent()).toBe(2 * partBytes);
  await swift.restart();
  await clock.advance(retryMsMax);
  await until(() => waiting() === 0);
  expect(sent()).toBe(bytes.length);
  expect(await stored()).toEqual({ objects: [[`${prefixOf()}a/re/long.wav`, sha256(bytes)]], uploads: 0 });
  expect(sha256(await read(await next.open('a/re/long.wav', bytes.length), 0, bytes.length - 1))).toBe(sha256(bytes));
}, 120_000);

it.each<readonly [string, Partial<S3Options>, string]>([
  ['a bucket that is not there', { bucket: 'nowhere' }, 'there is no bucket nowhere'],
  ['an access key that is unknown', { credentialFiles: { accessKey: 'WRONG', secretKey: 'secret' } }, 'access key'],
  ['a secret key that is wrong', { credentialFiles: { accessKey: 'access', secretKey: 'WRONG' } }, 'secret key'],
  ['files of credentials that are not there', { credentialFiles: { accessKey: 'NONE', secretKey: 'NONE' } }, 'file'],
  ['a region that is another', { region: 'eu-central-1' }, 'another region'],
])('says what to do about %s, and keeps what it is given', async (_what, options, wanted) => {
  writeFileSync(join(folder, 'WRONG'), 'nonsense');
  const { credentialFiles: files = null } = options;
  const credentialFiles =
    files === null
      ? {}
      : { credentialFiles: { accessKey: join(folder, files.accessKey), secretKey: join(folder, files.secretKey) } };
  const storage = await started({ ...options, ...credentialFiles });
  await until(() => said.length > 0);
  expect(said[0]).toMatchObject({ level: 'error', event: 'object-store-refuses' });
  expect(said[0]?.refusal).toContain(wanted);
  const bytes = randomBytes(10);
  await keep(storage, 'a/re/kept.mp3', bytes);
  await until(() => failures('file') === 1);
  expect(await read(await storage.open('a/re/kept.mp3', 10), 0, 9)).toEqual(bytes);
});

it('waits for an endpoint where nobody is', async () => {
  await started({ endpoint: 'http://127.0.0.1:1' });
  await until(() => said.length > 0);
  expect(said[0]).toMatchObject({ level: 'warn', event: 'object-store-away' });
});

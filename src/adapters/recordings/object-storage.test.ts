import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeObjectStore } from '../../../test/support/fake-object-store.js';
import { recordingTracer } from '../../../test/support/recorded-spans.js';
import { recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { until } from '../../../test/support/waiting.js';
import { storageObserver } from '../../app/recordings/storage-observer.js';
import { LocalStorage } from './local-storage.js';
import { ObjectStorage, retryMsMax, retryMsMin } from './object-storage.js';
import type { KeptFile } from './storage.js';
import { WaitingFolder } from './waiting-folder.js';

const partBytes = 1000;
const key = 'account/re/recording.wav';

let folder: string;
let store: FakeObjectStore;
let clock: VirtualClock;
let logger: ReturnType<typeof recordingLogger>;
let tracer: ReturnType<typeof recordingTracer>;
let metrics: ReturnType<typeof recordingMetrics>;
const opened: ObjectStorage[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-objects-'));
  store = new FakeObjectStore();
  clock = new VirtualClock();
  logger = recordingLogger();
  tracer = recordingTracer();
  metrics = recordingMetrics();
});

afterEach(async () => {
  for (const storage of opened.splice(0)) await storage.close();
  rmSync(folder, { recursive: true });
});

/** One on the same folder and store as any before it: the next process. */
async function started(keptOnce: 'stored' | 'spooled' = 'spooled'): Promise<ObjectStorage> {
  const storage = new ObjectStorage({
    ...{ store, clock, logger, tracer, keptOnce, partBytes },
    folder: new WaitingFolder(join(folder, 'waiting')),
    before: new LocalStorage(join(folder, 'kept')),
    observer: storageObserver(metrics),
  });
  opened.push(storage);
  await storage.start();
  return storage;
}

let made = 0;
function file(bytes: Buffer) {
  made += 1;
  const path = join(folder, `made-${made}`);
  writeFileSync(path, bytes);
  return { path, facts: { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') } };
}

const keep = (storage: ObjectStorage, bytes: Buffer, as = key): Promise<void> => {
  const { path, facts } = file(bytes);
  return storage.keep(path, as, facts);
};

async function contentOf(kept: KeptFile | null): Promise<Buffer | null> {
  if (kept === null) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of kept.read(0, kept.bytes - 1)) pieces.push(piece);
  await kept.close();
  return Buffer.concat(pieces);
}

const waiting = (): number => readdirSync(join(folder, 'waiting')).length;
/** Known to be there: what waited for that is off the disk a moment before. */
const areStored = (...keys: readonly string[]) =>
  until(() => {
    const done = metrics.value('parley_storage_done_total', { kind: 'file' });
    return done === keys.length && keys.every((each) => store.objects.has(each)) && waiting() === 0;
  });
const events = (): readonly string[] => logger.lines.map(({ event }) => event);

describe('ObjectStorage', () => {
  it('stores a small file at once and a large one in parts, and serves both from the store', async () => {
    const storage = await started();
    const [small, large] = [randomBytes(partBytes), randomBytes(partBytes * 3 + 1)];
    await keep(storage, small, 'a/b/small');
    await keep(storage, large, 'a/b/large');
    await areStored('a/b/small', 'a/b/large');
    expect([store.count('put'), store.count('part'), store.count('complete')]).toEqual([1, 4, 1]);
    expect(await contentOf(await storage.open('a/b/small', small.length))).toEqual(small);
    expect(await contentOf(await storage.open('a/b/large', large.length))).toEqual(large);
    expect(metrics.value('parley_storage_sent_bytes_total')).toBe(small.length + large.length);
  });

  it('serves from the disk what the store does not have yet, and tries again after longer pauses', async () => {
    store.isAway = true;
    const storage = await started();
    const bytes = randomBytes(500);
    await keep(storage, bytes);
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'file' }) === 1);
    expect(await contentOf(await storage.open(key, bytes.length))).toEqual(bytes);
    const pauses: number[] = [];
    for (let failures = 1; failures < 9; failures += 1) {
      const expected = Math.min(retryMsMax, retryMsMin * 2 ** (failures - 1));
      await clock.advance(expected - 1);
      expect(store.count('put')).toBe(failures);
      await clock.advance(1);
      await until(() => metrics.value('parley_storage_failures_total', { kind: 'file' }) === failures + 1);
      pauses.push(expected);
    }
    expect(pauses.slice(-3)).toEqual([32_000, 60_000, 60_000]);
    storage.measure();
    expect([
      metrics.value('parley_storage_files_waiting'),
      metrics.value('parley_storage_bytes_waiting'),
      metrics.value('parley_storage_oldest_waiting_seconds'),
    ]).toEqual([1, 500, pauses.reduce((sum, pause) => sum + pause, 0) / 1000]);
    // Said once, not with every try.
    expect(events().filter((event) => event === 'object-store-away')).toHaveLength(1);
    store.isAway = false;
    await clock.advance(retryMsMax);
    await areStored(key);
    expect(events()).toContain('object-store-back');
    storage.measure();
    expect(metrics.value('parley_storage_files_waiting')).toBe(0);
  });

  it('does not begin others while the store is away, and lets none wait for one that fails alone', async () => {
    const storage = await started();
    for (let count = 0; count < 3; count += 1) store.failures.push({ at: 'begin', error: new Error('of this alone') });
    await keep(storage, randomBytes(partBytes * 2), 'a/b/failing');
    await until(() => events().includes('object-store-away'));
    await keep(storage, randomBytes(10), 'a/b/other');
    await clock.advance(retryMsMin - 1);
    expect(store.count('put')).toBe(0);
    await clock.advance(1);
    await until(() => store.objects.has('a/b/other'));
    expect(store.objects.has('a/b/failing')).toBe(false);
    await until(async () => {
      await clock.advance(retryMsMax);
      return store.objects.has('a/b/failing') && waiting() === 0;
    });
  });

  it('keeping a file waits for the store where that was said', async () => {
    store.isAway = true;
    const storage = await started('stored');
    let isKept = false;
    const keeping = keep(storage, randomBytes(10)).then(() => {
      isKept = true;
    });
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'file' }) === 1);
    expect(isKept).toBe(false);
    store.isAway = false;
    await clock.advance(retryMsMin);
    await keeping;
    expect(store.objects.has(key)).toBe(true);
  });

  it('the next process goes on with an upload where the last one was killed, and sends no part twice', async () => {
    const first = await started();
    store.failures.push({ at: 'complete', error: new Error('killed here') });
    const bytes = randomBytes(partBytes * 5);
    await keep(first, bytes);
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'file' }) === 1);
    const [upload] = store.begun.values();
    upload?.parts.delete(4);
    // Nothing of the first process runs any more: its clock stands.
    await first.close();
    const next = await started();
    await areStored(key);
    expect(await contentOf(await next.open(key, bytes.length))).toEqual(bytes);
    expect(store.asked.filter((each) => each.startsWith('part '))).toEqual(
      [1, 2, 3, 4, 5, 4].map((number) => `part ${key} ${number}`),
    );
    expect([store.count('begin'), store.begun.size]).toEqual([1, 0]);
  });

  it('a file that is made anew after a crash goes on with the upload of the same file made before', async () => {
    const first = await started('stored');
    store.failures.push({ at: 'complete', error: new Error('killed here') });
    const bytes = randomBytes(partBytes * 2);
    const keeping = keep(first, bytes).catch((error: unknown) => String(error));
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'file' }) === 1);
    await first.close();
    expect(await keeping).toContain('the next process goes on');
    const next = await started('stored');
    await keep(next, bytes);
    expect([store.count('begin'), store.count('part')]).toEqual([1, 2]);
    expect(await contentOf(await next.open(key, bytes.length))).toEqual(bytes);
  });

  it.each(['put', 'complete'] as const)('takes no harm when the answer to %s is lost', async (operation) => {
    const storage = await started();
    store.lost.push(operation);
    const bytes = randomBytes(operation === 'put' ? 10 : partBytes * 2);
    await keep(storage, bytes);
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'file' }) === 1);
    await clock.advance(retryMsMin);
    await areStored(key);
    expect(await contentOf(await storage.open(key, bytes.length))).toEqual(bytes);
    expect([store.count('begin'), store.begun.size]).toEqual([operation === 'put' ? 0 : 1, 0]);
  });

  it('begins anew when the store has forgotten an upload, and aborts what nobody remembers', async () => {
    const storage = await started();
    store.begun.set('forgotten', { key, mark: 'of another', parts: new Map() });
    store.failures.push({ at: 'part', error: new Error('away') });
    await keep(storage, randomBytes(partBytes * 2));
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'file' }) === 1);
    expect(store.begun.has('forgotten')).toBe(false);
    store.begun.clear();
    await clock.advance(retryMsMin);
    await areStored(key);
    expect([store.count('begin'), store.begun.size]).toEqual([2, 0]);
  });

  it('what is deleted is gone at once, and in the store as soon as it is there again', async () => {
    const storage = await started();
    const bytes = randomBytes(10);
    await keep(storage, bytes);
    await areStored(key);
    store.isAway = true;
    await storage.delete(key);
    expect(await storage.open(key, bytes.length)).toBeNull();
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'deletion' }) === 1);
    storage.measure();
    expect(metrics.value('parley_storage_deletions_waiting')).toBe(1);
    // Also for the next process.
    await storage.close();
    const next = await started();
    expect(await next.open(key, bytes.length)).toBeNull();
    await until(() => metrics.value('parley_storage_failures_total', { kind: 'deletion' }) === 2);
    store.isAway = false;
    await clock.advance(retryMsMin);
    await until(() => store.objects.size === 0 && waiting() === 0);
    expect(await next.open(key, bytes.length)).toBeNull();
  });

  it('what is deleted while it is sent is not stored, and leaves no parts behind', async () => {
    const storage = await started();
    let letGo = (): void => {};
    store.hold = new Promise((resolve) => {
      letGo = resolve;
    });
    await keep(storage, randomBytes(partBytes * 2));
    await until(() => store.begun.size === 1);
    await storage.delete(key);
    letGo();
    await until(() => waiting() === 0);
    expect([store.objects.size, store.begun.size, store.count('abort')]).toEqual([0, 0, 1]);
  });

  it('finds and deletes what was kept in the folder before there was a store', async () => {
    const bytes = randomBytes(10);
    const { path, facts } = file(bytes);
    expect(facts.bytes).toBe(10);
    await new LocalStorage(join(folder, 'kept')).keep(path, key);
    const storage = await started();
    expect(await contentOf(await storage.open(key, bytes.length))).toEqual(bytes);
    await storage.delete(key);
    expect(existsSync(join(folder, 'kept', key))).toBe(false);
    await until(() => waiting() === 0);
    expect(await storage.open(key, bytes.length)).toBeNull();
  });

  it('has a span for each attempt', async () => {
    const storage = await started();
    store.failures.push({ at: 'put', error: new Error('refused') }, { at: 'put', error: new Error('gone') });
    await keep(storage, randomBytes(10));
    await until(() => tracer.spans[0]?.failure !== undefined);
    for (let attempts = 2; attempts <= 3; attempts += 1) {
      await clock.advance(retryMsMax);
      await until(() => tracer.spans[attempts - 1]?.failure !== undefined);
    }
    const attributes = { 'parley.object_key': key, 'parley.bytes': 10 };
    expect(tracer.spans).toEqual(
      ['look at the credentials', 'away', null].map((failure) => ({
        name: 'recording upload',
        cause: null,
        attributes,
        failure,
      })),
    );
  });

  it('says what somebody must do when the store refuses, and of files that are strange or lost', async () => {
    const waitingFolder = join(folder, 'waiting');
    const storage = await started();
    store.failures.push({ at: 'put', error: new Error('refused') });
    await keep(storage, randomBytes(10));
    await until(() => events().includes('object-store-refuses'));
    await storage.close();
    for (const name of readdirSync(waitingFolder)) if (name.endsWith('.data')) rmSync(join(waitingFolder, name));
    writeFileSync(join(waitingFolder, 'strange.json'), '{"kind":"file"}');
    writeFileSync(join(waitingFolder, 'promised-to-nobody.data'), 'x');
    await started();
    // It is said before what is left of it is removed.
    await until(() => events().includes('waiting-file-lost') && readdirSync(waitingFolder).length === 1);
    expect(events()).toContain('waiting-file-strange');
    expect(readdirSync(waitingFolder)).toEqual(['strange.json']);
  });
});

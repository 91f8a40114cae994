/**
 * Files of recordings in a store of objects. Each is first on the disk of this machine, and stays there, served from
 * there, until the store shows that it has it; what is deleted is gone at once here, and in the store as soon as that
 * can be told. Whatever fails is tried again for as long as it takes, by the next process too.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { StorageObserver } from '../../app/recordings/storage-observer.js';
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import type { Tracer } from '../../base/tracer.js';
import { openFile, sizeOf } from './local-storage.js';
import type { ObjectStore } from './object-store.js';
import type { FileFacts, KeptFile, Storage } from './storage.js';
import { upload } from './upload.js';
import type { Waiting, WaitingFile, WaitingFolder } from './waiting-folder.js';

/** Each is a connection that is written to, and a piece of a file in memory. */
export const uploadsAtOnceMax = 4;

/** After the first failure of the store; doubled with each that follows, until something succeeds. */
export const retryMsMin = 1000;
export const retryMsMax = 60_000;

export type ObjectStorageParts = {
  readonly store: ObjectStore;
  readonly folder: WaitingFolder;
  /** Where files were kept before the store was used: found and deleted there, never added to. */
  readonly before: Storage;
  /** Files larger than this are sent in parts. */
  readonly partBytes: number;
  /** `stored`: keeping a file waits for the store; `spooled`: until it is on the disk. */
  readonly keptOnce: 'stored' | 'spooled';
  readonly observer: StorageObserver;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null, or left out: uploads have no spans. */
  readonly tracer?: Tracer | null;
};

/** One thing that the store has to do yet. */
type Job = {
  entry: Waiting;
  /** Ends what is under way when something else is wanted of the key. */
  readonly giveUp: AbortController;
  /** The store has done it, or nobody wants it any more. */
  readonly settled: Settled;
};

type Settled = { readonly promise: Promise<void>; resolve(): void; reject(error: Error): void };

export class ObjectStorage implements Storage {
  readonly #parts: ObjectStorageParts;
  /** By key; the first was tried least. Bounded by what the disk holds: a recording begins only where it has space. */
  readonly #waiting = new Map<string, Job>();
  /** Keys that something is under way of; nothing else is begun of them meanwhile. */
  readonly #running = new Map<string, Promise<void>>();
  #failures = 0;
  /** The log says that the store is not there; it is to say when it is again. */
  #isToldAway = false;
  /** Null: nothing is held back. */
  #pausing: Cancel | null = null;
  #isClosed = false;

  constructor(parts: ObjectStorageParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { folder, before, store, logger } = this.#parts;
    await before.start();
    const { waiting, strange } = await folder.start();
    for (const name of strange) logger.error('waiting-file-strange', { name });
    for (const entry of waiting) {
      const older = this.#waiting.get(entry.key);
      this.#waiting.set(entry.key, jobOf(entry));
      if (older !== undefined) await folder.remove(older.entry);
    }
    // Nobody waits for that: a daemon whose store is away takes calls and records all the same.
    store.check().then(
      () => logger.info('object-store-ready', { waiting: this.#waiting.size }),
      (error: unknown) => this.#tell(error),
    );
    this.#pump();
  }

  async keep(path: string, key: string, { sha256 }: FileFacts): Promise<void> {
    const job = (await this.#adopted(path, key, sha256)) ?? (await this.#added(path, key, sha256));
    if (this.#parts.keptOnce === 'stored') await job.settled.promise;
  }

  async open(key: string, bytes: number): Promise<KeptFile | null> {
    const { store, folder, before } = this.#parts;
    const entry = this.#waiting.get(key)?.entry;
    if (entry?.kind === 'deletion') return null;
    if (entry !== undefined) {
      const local = await openFile(folder.pathOf(entry));
      if (local !== null) return { ...local, keptAtMs: entry.sinceMs };
    }
    // Not there any more, because the store has it now.
    const stored = await store.stat(key);
    if (stored === null) return before.open(key, bytes);
    return {
      bytes: stored.bytes,
      keptAtMs: stored.storedAtMs,
      read: (first, last) => store.read(key, first, last),
      close: async () => {},
    };
  }

  async delete(key: string): Promise<void> {
    const { folder, before, clock } = this.#parts;
    await before.delete(key);
    const entry = { kind: 'deletion', key, mark: randomUUID(), sinceMs: clock.now() } as const;
    await folder.addDeletion(entry);
    await this.#want(entry);
  }

  async close(): Promise<void> {
    const { store } = this.#parts;
    this.#isClosed = true;
    this.#pausing?.();
    for (const job of this.#waiting.values()) {
      job.giveUp.abort();
      job.settled.reject(new Error('the storage is closed; the next process goes on'));
    }
    // What is under way and cannot be given up loses its connection.
    store.close();
    await Promise.all(this.#running.values());
  }

  /** Tells the observer of what waits; for a scrape. */
  measure(): void {
    const { observer, clock } = this.#parts;
    let [files, bytes, oldestMs] = [0, 0, 0];
    for (const { entry } of this.#waiting.values()) {
      oldestMs = Math.max(oldestMs, clock.now() - entry.sinceMs);
      if (entry.kind === 'deletion') continue;
      files += 1;
      bytes += entry.bytes;
    }
    observer.waiting({ files, bytes, deletions: this.#waiting.size - files, oldestMs });
  }

  /** A process before this one kept it, and did not live to say so: what is under way of it goes on. Null: none did. */
  async #adopted(path: string, key: string, sha256: string): Promise<Job | null> {
    const job = this.#waiting.get(key);
    if (job?.entry.kind !== 'file' || job.entry.sha256 !== sha256) return null;
    await rm(path, { force: true });
    return job;
  }

  async #added(path: string, key: string, sha256: string): Promise<Job> {
    const { folder, clock } = this.#parts;
    const bytes = await sizeOf(path);
    const entry = { kind: 'file', key, mark: randomUUID(), sinceMs: clock.now(), bytes, sha256, upload: null } as const;
    await folder.addFile(path, entry);
    return this.#want(entry);
  }

  /** What was wanted of the key before is wanted no more. */
  async #want(entry: Waiting): Promise<Job> {
    const { folder } = this.#parts;
    const older = this.#waiting.get(entry.key);
    const job = jobOf(entry);
    this.#waiting.set(entry.key, job);
    if (older !== undefined) {
      older.giveUp.abort();
      await this.#running.get(entry.key);
      await folder.remove(older.entry);
      if (entry.kind === 'file') older.settled.resolve();
      else older.settled.reject(new Error('it was deleted meanwhile'));
    }
    this.#pump();
    return job;
  }

  /** Begins what may be begun now. */
  #pump(): void {
    for (const [key, job] of this.#waiting) {
      if (this.#isClosed || this.#pausing !== null || this.#running.size >= uploadsAtOnceMax) return;
      if (this.#running.has(key)) continue;
      const run = this.#run(job).finally(() => {
        this.#running.delete(key);
        this.#pump();
      });
      this.#running.set(key, run);
    }
  }

  /** Never rejects. */
  async #run(job: Job): Promise<void> {
    const { observer, logger } = this.#parts;
    const { entry, giveUp } = job;
    try {
      if (entry.kind === 'file' && !(await this.#isWhole(entry))) {
        logger.error('waiting-file-lost', { key: entry.key, bytes: entry.bytes });
        await this.#over(job);
        job.settled.reject(new Error('the file is not on the disk any more'));
        return;
      }
      await (entry.kind === 'file' ? this.#upload(job, entry) : this.#delete(entry.key));
      if (this.#waiting.get(entry.key) !== job) return;
      if (this.#isToldAway) logger.info('object-store-back', { waiting: this.#waiting.size });
      this.#isToldAway = false;
      this.#failures = 0;
      await this.#over(job);
      observer.done(entry.kind);
      job.settled.resolve();
    } catch (error) {
      if (giveUp.signal.aborted) return;
      observer.failed(entry.kind);
      // Behind the others: should it be this one alone that fails, they do not wait for it.
      this.#waiting.delete(entry.key);
      this.#waiting.set(entry.key, job);
      this.#pause(error);
    }
  }

  async #over(job: Job): Promise<void> {
    await this.#parts.folder.remove(job.entry);
    if (this.#waiting.get(job.entry.key) === job) this.#waiting.delete(job.entry.key);
  }

  async #isWhole(entry: WaitingFile): Promise<boolean> {
    const bytes = await sizeOf(this.#parts.folder.pathOf(entry)).catch(() => null);
    return bytes === entry.bytes;
  }

  async #upload(job: Job, entry: WaitingFile): Promise<void> {
    const { store, folder, partBytes, observer, tracer = null } = this.#parts;
    const about = { 'parley.object_key': entry.key, 'parley.bytes': entry.bytes };
    const span = tracer?.begin('recording upload', 'client', null, about) ?? null;
    const sent = upload(entry, folder.pathOf(entry), {
      ...{ store, partBytes },
      save: async (begun) => {
        const next = { ...entry, upload: begun };
        await folder.update(next);
        job.entry = next;
      },
      onBytes: observer.sent,
      signal: job.giveUp.signal,
    });
    await sent.then(
      () => span?.end({}, null),
      (error: unknown) => {
        span?.end({}, store.refusalOf(error) ?? 'away');
        throw error;
      },
    );
  }

  async #delete(key: string): Promise<void> {
    const { store } = this.#parts;
    for (const begun of await store.uploads(key)) await store.abort(key, begun);
    await store.delete(key);
  }

  /** Nothing is begun until the store has had some time. */
  #pause(error: unknown): void {
    if (this.#pausing !== null || this.#isClosed) return;
    this.#tell(error);
    const delayMs = Math.min(retryMsMax, retryMsMin * 2 ** this.#failures);
    this.#failures += 1;
    this.#pausing = this.#parts.clock.after(delayMs, () => {
      this.#pausing = null;
      this.#pump();
    });
  }

  #tell(error: unknown): void {
    const { store, logger } = this.#parts;
    if (this.#isClosed || this.#isToldAway) return;
    this.#isToldAway = true;
    const refusal = store.refusalOf(error);
    const waiting = this.#waiting.size;
    if (refusal === null) logger.warn('object-store-away', { waiting, why: String(error) });
    else logger.error('object-store-refuses', { waiting, refusal, why: String(error) });
  }
}

function jobOf(entry: Waiting): Job {
  let resolve = (): void => {};
  let reject = (_error: Error): void => {};
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  // Of what the last process left, and of deletions, nobody may wait.
  promise.catch(() => {});
  return { entry, giveUp: new AbortController(), settled: { promise, resolve, reject } };
}

/**
 * The part of the composition root that recordings are made in: what takes them down, makes files of them, keeps them.
 */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createCapture } from './adapters/capture/capture.js';
import { startSpoolsThread } from './adapters/capture/spools-thread.js';
import { signMedia } from './adapters/http/recording-media.js';
import type { JobPool } from './adapters/jobs/job-pool.js';
import type { AccountKeys } from './adapters/recordings/account-keys.js';
import { LocalStorage } from './adapters/recordings/local-storage.js';
import { ObjectStorage } from './adapters/recordings/object-storage.js';
import { StoredRecordingFiles } from './adapters/recordings/recording-files.js';
import { SealedStorage } from './adapters/recordings/sealed-storage.js';
import type { Storage } from './adapters/recordings/storage.js';
import { WaitingFolder } from './adapters/recordings/waiting-folder.js';
import type { DaemonParts } from './app/lifecycle.js';
import type { Metrics } from './app/metrics.js';
import type { Store } from './app/ports.js';
import { RecordingDesk } from './app/recordings/recording-desk.js';
import { Retention } from './app/recordings/retention.js';
import { SpaceGuard } from './app/recordings/space-guard.js';
import { storageObserver } from './app/recordings/storage-observer.js';
import type { Clock, Logger, Random } from './base/ports.js';
import type { Tracer } from './base/tracer.js';
import type { Accounts } from './config/accounts.js';
import type { Config } from './config/config.js';
import type { LiveConfig } from './config/live-config.js';
import type { EnginePort } from './media/engine-port.js';

const dayMs = 86_400_000;
const megabyte = 1024 * 1024;

export type RecordingWorld = {
  readonly accounts: Accounts;
  /** That recordings of the account of that sid are encrypted with; null: they are not. */
  readonly recordingKeysOf: (accountSid: string) => AccountKeys | null;
  readonly live: LiveConfig;
  readonly engine: EnginePort;
  readonly store: Store;
  readonly jobs: JobPool;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  /** Null: uploads have no spans. */
  readonly tracer: Tracer | null;
  readonly logger: Logger;
  /** Scheme and host under which the world reaches the REST face; asked when it is told to somebody. */
  readonly publicUrl: () => string;
};

export type DaemonRecordings = {
  readonly desk: RecordingDesk;
  readonly life: DaemonParts['recordings'];
  /** Sets what is measured only when somebody looks. */
  readonly measure: () => void;
};

/** Where recordings are: beside the store, unless said otherwise. */
export const recordingsFolder = ({ recordingsDir, dataDir }: Config): string =>
  recordingsDir ?? (dataDir === 'memory' ? 'parley-recordings' : join(dataDir, 'recordings'));

/** Why nothing can be written to a folder, which is made where there is none; null: it can. */
async function faultOf(folder: string): Promise<unknown> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (cause) {
    return cause;
  }
}

/**
 * Rejects, naming the folder and why, when nothing could be recorded: before anything else is begun. What is wrong with
 * the data folder itself is left to the store, which is opened next.
 */
export async function openRecordingsFolder(config: Config): Promise<void> {
  const folder = recordingsFolder(config);
  const cause = await faultOf(folder);
  const isInStore = config.dataDir !== 'memory' && folder.startsWith(join(config.dataDir, '/'));
  if (cause === null || (isInStore && (await faultOf(config.dataDir)) !== null)) return;
  throw new Error(`recordings cannot be written to ${folder} (recordingsDir)`, { cause });
}

export async function createRecordings(config: Config, world: RecordingWorld): Promise<DaemonRecordings> {
  const { accounts, live, store, clock, logger, metrics } = world;
  const folder = recordingsFolder(config);
  const capture = await createCapture({ ...world, thread: await startSpoolsThread(), folder: join(folder, 'spool') });
  const { storage: inner, measure } = await createStorage(config, world);
  const storage = new SealedStorage({ inner, keysOf: world.recordingKeysOf, jobs: world.jobs });
  const files = new StoredRecordingFiles({
    ...{ ...world, storage, folder: join(folder, 'making') },
    sidStyleOf: (accountSid) => accounts.flavourOf(accountSid).sidStyle,
  });
  const freeBytesMin = config.recordingFreeMegabytes * megabyte;
  const guard = new SpaceGuard({ recorders: capture, freeBytesMin, clock, metrics, logger });
  const desk = new RecordingDesk({
    ...world,
    recorders: capture,
    files,
    rateHzMin: config.recordingRateHz,
    hasSpace: guard.hasSpace,
    flavourOf: accounts.flavourOf,
    signLink(accountSid, recordingSid, part, expiresAtSeconds) {
      const [key] = accounts.signingKeysOf(accountSid);
      return key === undefined ? null : signMedia(key, { accountSid, recordingSid, part }, expiresAtSeconds);
    },
    policyOf: (sid) => ({
      isForbidden: !accounts.mayRecord(sid),
      runningMax: live.limitsOf(sid).recordingsMax,
      formats: accounts.recordingFormatsOf(sid) ?? config.recordingFormats,
      hasTracks: accounts.recordingTracksOf(sid),
      ...accounts.recordingNoticeOf(sid),
    }),
  });
  const retention = new Retention({
    ...{ store, desk, clock, logger },
    ageMsMax: config.recordingDays === 0 ? null : config.recordingDays * dayMs,
    bytesMax: config.recordingMegabytesPerAccount === 0 ? null : config.recordingMegabytesPerAccount * megabyte,
  });
  return {
    desk,
    measure,
    life: {
      async start() {
        await files.start();
        await guard.start();
        await desk.resume(await capture.left());
        await retention.start();
      },
      idle: () => desk.idle(),
      stop() {
        guard.stop();
        retention.stop();
        desk.finisher.stop();
      },
      async close(withinMs) {
        await capture.close(withinMs);
        await files.close();
      },
    },
  };
}

type ChosenStorage = { readonly storage: Storage; readonly measure: () => void };

/** The SDK of a store is loaded by those only who use one: it is large. */
async function createStorage(
  config: Config,
  { clock, metrics, logger, tracer }: RecordingWorld,
): Promise<ChosenStorage> {
  const folder = recordingsFolder(config);
  const local = new LocalStorage(join(folder, 'kept'));
  const { s3Bucket: bucket, s3AccessKeyFile: accessKey, s3SecretKeyFile: secretKey } = config;
  if (config.recordingStorage === 'folder' || bucket === undefined) return { storage: local, measure: () => {} };
  const { S3Store } = await import('./adapters/recordings/s3-store.js');
  const store = new S3Store({
    bucket,
    endpoint: config.s3Endpoint ?? null,
    region: config.s3Region,
    prefix: config.s3Prefix,
    isPathStyle: config.s3PathStyle,
    encryption: config.s3Encryption,
    kmsKeyId: config.s3KmsKeyId ?? null,
    credentialFiles: accessKey === undefined || secretKey === undefined ? null : { accessKey, secretKey },
  });
  const storage = new ObjectStorage({
    ...{ store, clock, logger, tracer },
    folder: new WaitingFolder(join(folder, 'waiting')),
    before: local,
    partBytes: config.s3PartMegabytes * megabyte,
    keptOnce: config.recordingCompletedOnce,
    observer: storageObserver(metrics),
  });
  return { storage, measure: () => storage.measure() };
}

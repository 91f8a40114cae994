/**
 * The part of the composition root that recordings are made in: what takes them down, makes files of them, keeps them.
 */
import { join } from 'node:path';
import { createCapture } from './adapters/capture/capture.js';
import { startSpoolsThread } from './adapters/capture/spools-thread.js';
import type { JobPool } from './adapters/jobs/job-pool.js';
import { LocalStorage } from './adapters/recordings/local-storage.js';
import { StoredRecordingFiles } from './adapters/recordings/recording-files.js';
import type { DaemonParts } from './app/lifecycle.js';
import type { Metrics } from './app/metrics.js';
import type { Store } from './app/ports.js';
import { RecordingDesk } from './app/recordings/recording-desk.js';
import { Retention } from './app/recordings/retention.js';
import { SpaceGuard } from './app/recordings/space-guard.js';
import type { Clock, Logger, Random } from './base/ports.js';
import type { Accounts } from './config/accounts.js';
import type { Config } from './config/config.js';
import type { EnginePort } from './media/engine-port.js';

const dayMs = 86_400_000;
const megabyte = 1024 * 1024;

export type RecordingWorld = {
  readonly accounts: Accounts;
  readonly engine: EnginePort;
  readonly store: Store;
  readonly jobs: JobPool;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Scheme and host under which the world reaches the REST face; asked when it is told to somebody. */
  readonly publicUrl: () => string;
};

export type DaemonRecordings = { readonly desk: RecordingDesk; readonly life: DaemonParts['recordings'] };

/** Where recordings are: beside the store, unless said otherwise. */
export const recordingsFolder = ({ recordingsDir, dataDir }: Config): string =>
  recordingsDir ?? (dataDir === 'memory' ? 'parley-recordings' : join(dataDir, 'recordings'));

export async function createRecordings(config: Config, world: RecordingWorld): Promise<DaemonRecordings> {
  const { accounts, store, clock, logger, metrics } = world;
  const folder = recordingsFolder(config);
  const capture = await createCapture({ ...world, thread: await startSpoolsThread(), folder: join(folder, 'spool') });
  const storage = new LocalStorage(join(folder, 'kept'));
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
    policyOf: (sid) => ({
      isForbidden: !accounts.mayRecord(sid),
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

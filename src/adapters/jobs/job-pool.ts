/** The threads of what is finite, beside those of the shards: several jobs at a time in each. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { MakeFilesOutcome, MakeFilesTask } from '../../worker/recordings/make-task.js';
import type { SealTask } from '../../worker/recordings/seal-task.js';
import type { DecodeOutcome, DecodeTask } from '../../worker/sound/decode-task.js';
import type { MusicTask } from '../../worker/sound/render-music.js';

/** Compiled, also when the rest runs from source: worker threads load JavaScript. */
const workerFile = fileURLToPath(new URL('../../../dist/worker/jobs.js', import.meta.url));

export const jobThreadsMax = 2;
export const jobsPerThreadMax = 32;
/** Jobs stand back where cores are scarce: audio that is mixed now comes before audio that is decoded ahead. */
export const jobNice = 10;

/**
 * Piscina asks for its file by require(), and a thread that is ended while Node loads a module so takes the whole
 * process with it ("IsGraphAsync must be used on an instantiated module"). Refused, it asks by import().
 */
const loadsEndable = ['--no-experimental-require-module'] as const;

export interface JobPool {
  /** Rejects when the thread is lost or the pool is closed. */
  decodeSound(task: DecodeTask): Promise<DecodeOutcome>;
  /** Rejects when files cannot be read or written, the thread is lost or the pool is closed. */
  makeFiles(task: MakeFilesTask): Promise<MakeFilesOutcome>;
  /** Rejects when the file cannot be read or the other not written, the thread is lost or the pool is closed. */
  sealFile(task: SealTask): Promise<void>;
  /** Rejects when the thread is lost. */
  renderMusic(task: MusicTask): Promise<void>;
  /** Ends all that is under way. */
  close(): Promise<void>;
}

/** `nice`: how far its threads stand back. */
export function createJobPool(nice = jobNice): JobPool {
  const pool = new Piscina({
    filename: workerFile,
    minThreads: 1,
    maxThreads: jobThreadsMax,
    concurrentTasksPerWorker: jobsPerThreadMax,
    maxQueue: jobsPerThreadMax,
    idleTimeout: 60_000,
    niceIncrement: nice,
    execArgv: [...loadsEndable],
    recordTiming: false,
  });
  let isClosed = false;
  return {
    decodeSound: (task) => pool.run(task, { name: 'decodeSound', transferList: [task.port] }),
    makeFiles: (task) => pool.run(task, { name: 'makeFiles' }),
    sealFile: (task) => pool.run(task, { name: 'sealFile' }),
    renderMusic: (task) =>
      pool.run(task, { name: 'renderMusic' }).catch((error: unknown) => {
        // Nobody will hear it any more.
        if (!isClosed) throw error;
      }),
    close: () => {
      isClosed = true;
      return pool.destroy();
    },
  };
}

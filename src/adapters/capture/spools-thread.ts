/** Starts the thread of the spools and speaks with it. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromSpools, ToSpools } from './capture-protocol.js';

/** Compiled, also when the rest runs from source: worker threads load JavaScript. */
const workerFile = fileURLToPath(new URL('../../../dist/adapters/capture/spools-worker.js', import.meta.url));

export interface SpoolsThread {
  post(message: ToSpools): void;
  onMessage(listener: (message: FromSpools) => void): void;
  /** It is gone, and was not told to go. */
  onFailure(listener: (error: unknown) => void): void;
  /** Resolves once what is here is written, or after `limitMs`: a disk may stand still. */
  close(limitMs: number): Promise<void>;
}

export async function startSpoolsThread(): Promise<SpoolsThread> {
  const worker = new Worker(workerFile, { name: 'spools' });
  let isClosing = false;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await once(worker, 'message');
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', listener),
    onFailure(listener) {
      worker.on('error', listener);
      worker.on('exit', (status) => {
        if (!isClosing) listener(new Error(`it exited with ${status}`));
      });
    },
    async close(limitMs) {
      isClosing = true;
      worker.postMessage({ kind: 'close' } satisfies ToSpools);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMs);
      });
      await Promise.race([ended, late]);
      clearTimeout(timer);
    },
  };
}

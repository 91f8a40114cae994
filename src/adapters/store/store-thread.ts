/** Starts the thread of the store and speaks with it. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { StoreThread } from './sqlite-store.js';
import type { BatchReply, StoreBounds, StoreRequest } from './store-protocol.js';

/** Compiled, also when the rest runs from source: worker threads load JavaScript. */
const workerFile = fileURLToPath(new URL('../../../dist/adapters/store/store-worker.js', import.meta.url));

/**
 * What comes to this thread is written and forgotten: room for the young beyond this is only taken, and given back, and
 * taken again. Without a bound it is 48.
 */
const youngMegabytesMax = 12;

/** `close` comes last. */
export type ToStore = readonly StoreRequest[] | 'close';

/** Rejects when the file cannot be opened, is of a later version, or is in use by another daemon. */
export async function startStoreThread(path: string, bounds: StoreBounds): Promise<StoreThread> {
  const worker = new Worker(workerFile, {
    workerData: { path, bounds },
    name: 'store',
    resourceLimits: { maxYoungGenerationSizeMb: youngMegabytesMax },
  });
  let onFailure = (_error: unknown): void => {};
  let onReply = (_reply: BatchReply): void => {};
  let isClosing = false;
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  // Rejects with what the thread threw.
  await once(worker, 'message');
  worker.on('message', (reply: BatchReply) => onReply(reply));
  worker.on('error', (error) => onFailure(error));
  worker.on('exit', (status) => {
    if (!isClosing) onFailure(new Error(`it exited with ${status}`));
  });
  const post = (message: ToStore): void => worker.postMessage(message);
  return {
    send: post,
    onReply(listener) {
      onReply = listener;
    },
    onFailure(listener) {
      onFailure = listener;
    },
    async close() {
      isClosing = true;
      post('close');
      await ended;
    },
  };
}

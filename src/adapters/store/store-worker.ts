/** The thread of the store: what has arrived while it waited for the disk makes its next transaction. */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/assert.js';
import { collectWhenTold } from '../system/collect-garbage.js';
import { openDatabase } from './database.js';
import { StoreCore } from './store-core.js';
import type { StoreBounds, StoreRequest } from './store-protocol.js';
import type { ToStore } from './store-thread.js';

/** Requests in one transaction: enough to share an fsync among, few enough to be answered soon. */
const requestsMax = 4096;

const { path, bounds }: { readonly path: string; readonly bounds: StoreBounds } = workerData;
const port: MessagePort | null = parentPort;
assert(port !== null, 'the store runs in a thread of its own');
const core = new StoreCore(openDatabase(path), bounds);

port.on('message', (first: ToStore) => {
  const requests: StoreRequest[] = [];
  let message: ToStore | undefined = first;
  let isLast = false;
  while (message !== undefined) {
    if (message === 'close') isLast = true;
    else requests.push(...message);
    message = isLast || requests.length >= requestsMax ? undefined : receiveMessageOnPort(port)?.message;
  }
  if (requests.length > 0) port.postMessage(core.execute(requests));
  if (!isLast) return;
  core.close();
  port.close();
});
collectWhenTold(() => core.forgetPages());
port.postMessage('open');

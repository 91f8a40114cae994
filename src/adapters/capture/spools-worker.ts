/** The thread of the spools: it alone waits for the disk that recordings are written to. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { assert } from '../../base/assert.js';
import { collectWhenTold } from '../system/collect-garbage.js';
import type { FromSpools, ToSpools } from './capture-protocol.js';
import { diskFiles } from './spool-files.js';
import { Spools } from './spools.js';
import { SpoolsPace } from './spools-pace.js';

const port: MessagePort | null = parentPort;
assert(port !== null, 'spools are written in a thread of their own');
const tell = (message: FromSpools): void => port.postMessage(message);
const spools = new Spools({
  files: diskFiles,
  now: () => Date.now(),
  monotonic: () => performance.now(),
  tell,
});
const pace = new SpoolsPace(spools, (delayMs, action) => {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
});

port.on('message', (message: ToSpools) => {
  if (message.kind !== 'close') {
    spools.hear(message);
    pace.heard();
    return;
  }
  pace.stop();
  void spools.close().finally(() => port.close());
});
collectWhenTold();
tell({ kind: 'open' });

/** What the job pool runs, by name: finite tasks, several at a time in each thread. */
import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from '../adapters/system/collect-garbage.js';
import { HeapKeeper } from './heap-keeper.js';
import * as making from './recordings/make-files.js';
import * as sealing from './recordings/seal-file.js';
import * as decoding from './sound/decode.js';
import * as rendering from './sound/render-music.js';

// Decoders say on the console what they think of a file. It is told by what becomes of the task.
console.error = () => {};

const keeper = new HeapKeeper({ usedBytes: () => getHeapStatistics().used_heap_size, collect: collectGarbage });

const kept =
  <Task, Outcome>(job: (task: Task) => Promise<Outcome>) =>
  (task: Task): Promise<Outcome> =>
    keeper.after(() => job(task));

export const makeFiles = kept(making.makeFiles);
export const sealFile = kept(sealing.sealFile);
export const decodeSound = kept(decoding.decodeSound);
export const renderMusic = kept(rendering.renderMusic);

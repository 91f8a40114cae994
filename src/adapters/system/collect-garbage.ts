/** V8's collector, when it is asked rather than when it needs room. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Only contexts made after this have the function.
setFlagsFromString('--expose-gc');

const collect: () => void = runInNewContext('gc');

/** Collects all of this thread's heap, and returns when that is done: some ten milliseconds. */
export function collectGarbage(): void {
  collect();
  // Pages that were freed are kept for what comes next, and given to the system by the collection after.
  collect();
}

/** V8's collector, when it is asked rather than when it needs room. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Only contexts made after this have the function.
setFlagsFromString('--expose-gc');

/** Collects all of this thread's heap, and returns when that is done: some ten milliseconds. */
export const collectGarbage: () => void = runInNewContext('gc');

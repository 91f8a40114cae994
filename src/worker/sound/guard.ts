/** Calls into decoders that are fed by strangers: none may hold its thread for longer than a time. */
import { createContext, Script } from 'node:vm';
import { err, ok, type Result } from '../../base/result.js';
import { messageOf } from '../../base/thrown.js';

/** A piece takes a few milliseconds; a loop without end takes this, and no more. */
export const guardedMs = 1000;

const box: { call: () => unknown } = { call: () => {} };
const context = createContext(box);
const script = new Script('call()');

/**
 * What `call` returns; or that it threw, or was cut off. Loops in WebAssembly are cut off too. Whatever it worked on
 * is then in no state to be used again. A promise that it returns is beyond this guard.
 */
export function guarded<T>(call: () => T, withinMs = guardedMs): Result<T, string> {
  let value: T | undefined;
  box.call = () => {
    value = call();
  };
  try {
    script.runInContext(context, { timeout: withinMs });
    return ok(value as T);
  } catch (error) {
    return err(messageOf(error));
  } finally {
    box.call = () => {};
  }
}

/** Parties that come and go while the others talk. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers } from './callers.js';
import type { Shape } from './shapes.js';

/** How long each stays, and stays away. Long enough to be heard out (bench/load/generator/exchange.cc). */
const staysMs = 2500;
const awayMs = 300;

export type Churn = { readonly joins: number; readonly leaves: number };

/** Of those who come and go by their part, until `isOver`; null when there are none. */
export async function churn(callers: Callers, shape: Shape, legs: number, isOver: AbortSignal): Promise<Churn | null> {
  const restless = Array.from({ length: legs }, (_, leg) => leg).filter((leg) => shape.part(leg).comesAndGoes);
  if (restless.length === 0) return null;
  let [joins, leaves] = [0, 0];
  const wait = (ms: number): Promise<void> => sleep(ms, undefined, { signal: isOver }).catch(() => {});
  const comeAndGo = async (leg: number): Promise<void> => {
    // Not all at once.
    await wait((staysMs * leg) / legs);
    while (!isOver.aborted) {
      await callers.hangUp(leg);
      leaves += 1;
      await wait(awayMs);
      await callers.dial(leg);
      joins += 1;
      await wait(staysMs);
    }
  };
  await Promise.all(restless.map(comeAndGo));
  return { joins, leaves };
}

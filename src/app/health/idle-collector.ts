/**
 * Gives memory back when there is nothing to do. V8 collects when it needs room, and what a great conference left would
 * stay until the next one; collecting at once holds the control thread up for some ten milliseconds, and so it is done
 * when nobody is there to notice: some seconds after the last leg has gone, once.
 */
import type { Cancel, Clock } from '../../base/ports.js';

export const idleLookMs = 2500;
/** Looks in a row without a leg: by then the callbacks of an end are delivered, or wait for their receiver. */
export const idleLooksMin = 3;

export type IdleCollectorParts = {
  readonly legs: () => number;
  /** One at each look: what threads let go of in one is there to be given back in the next. */
  readonly steps: readonly (() => void)[];
  readonly clock: Pick<Clock, 'after'>;
};

export interface IdleCollector {
  start(): void;
  stop(): void;
}

export function createIdleCollector({ legs, steps, clock }: IdleCollectorParts): IdleCollector {
  let cancel: Cancel = () => {};
  /** Since there was a leg. A daemon that has just begun has nothing to give back. */
  let idleLooks = idleLooksMin + steps.length;
  const look = (): void => {
    idleLooks = legs() > 0 ? 0 : idleLooks + 1;
    steps[idleLooks - idleLooksMin]?.();
    cancel = clock.after(idleLookMs, look);
  };
  return {
    start: look,
    stop: () => cancel(),
  };
}

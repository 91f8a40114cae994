/** Runs jobs strictly one after another; a job that fails fails alone. */

/** Far more than a room can be asked in the time of one commit; beyond it something floods. */
export const commandsQueuedMax = 10_000;

export interface CommandQueue {
  /** Null when too many wait already. */
  add<T>(job: () => Promise<T>): Promise<T> | null;
  /** As `add`, whatever waits: for what must not be lost. */
  addAlways<T>(job: () => Promise<T>): Promise<T>;
  /** Jobs waiting or running. */
  length(): number;
}

export function createCommandQueue(): CommandQueue {
  let last: Promise<unknown> = Promise.resolve();
  let length = 0;
  const addAlways = <T>(job: () => Promise<T>): Promise<T> => {
    length += 1;
    const result = last.then(job).finally(() => {
      length -= 1;
    });
    // Whoever added the job hears of its failure; the next one only waits for it.
    last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  };
  return {
    add: (job) => (length >= commandsQueuedMax ? null : addAlways(job)),
    addAlways,
    length: () => length,
  };
}

/**
 * Runs jobs strictly one after another; a job that fails fails alone. Jobs of one kind that are added right after each
 * other, while the first of them still waits, may be run as one.
 */

/** Far more than a room can be asked in the time of one commit; beyond it something floods. */
export const commandsQueuedMax = 10_000;

/** How jobs that wait side by side become one. */
export interface Together<I, R> {
  /** Whether `next` may be run with `items`, which are in the order they were added. */
  fits(items: readonly I[], next: I): boolean;
  /** One result for each of `items`, in their order. */
  run(items: readonly I[]): Promise<readonly R[]>;
}

export interface CommandQueue {
  /** Null when too many wait already. */
  add<T>(job: () => Promise<T>): Promise<T> | null;
  /** As `add`, whatever waits: for what must not be lost. */
  addAlways<T>(job: () => Promise<T>): Promise<T>;
  /** As `add`, run together with what was added before it when nothing else was added between. */
  addTogether<I, R>(together: Together<I, R>, item: I): Promise<R> | null;
  /** Jobs waiting or running. */
  length(): number;
}

export function createCommandQueue(): CommandQueue {
  let last: Promise<unknown> = Promise.resolve();
  let length = 0;
  /** Takes an item of the same `Together` into the job that was added last; null while that is no such job. */
  let join: ((together: unknown, item: unknown) => Promise<unknown> | null) | null = null;

  const addAlways = <T>(job: () => Promise<T>): Promise<T> => {
    length += 1;
    join = null;
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

  const addFirst = <I, R>(together: Together<I, R>, first: I): Promise<R> => {
    const items = [first];
    const results = addAlways(() => {
      if (join === joinThis) join = null;
      return together.run(items).finally(() => {
        length -= items.length - 1;
      });
    });
    const resultOf = async (index: number): Promise<R> => (await results)[index] as R;
    const joinThis = (other: unknown, item: unknown): Promise<unknown> | null => {
      if (other !== together || !together.fits(items, item as I)) return null;
      length += 1;
      items.push(item as I);
      return resultOf(items.length - 1);
    };
    join = joinThis;
    return resultOf(0);
  };

  return {
    add: (job) => (length >= commandsQueuedMax ? null : addAlways(job)),
    addAlways,
    addTogether<I, R>(together: Together<I, R>, item: I) {
      if (length >= commandsQueuedMax) return null;
      const joined = join?.(together, item) ?? null;
      return joined === null ? addFirst(together, item) : (joined as Promise<R>);
    },
    length: () => length,
  };
}

/** What was pushed, for one reader who takes it by `for await`: bounded, the oldest goes first. */

export class BoundedQueue<T> implements AsyncIterableIterator<T> {
  readonly #max: number;
  readonly #onDrop: (dropped: T) => void;
  readonly #onReturn: () => void;
  readonly #items: T[] = [];
  #waiting: { readonly resolve: (result: IteratorResult<T>) => void; readonly reject: (error: Error) => void } | null =
    null;
  #end: { readonly error: Error | null } | null = null;

  /** `onDrop` is told of each that found no place, `onReturn` when its reader has had enough. */
  constructor(max: number, onDrop: (dropped: T) => void = () => {}, onReturn: () => void = () => {}) {
    this.#max = max;
    this.#onDrop = onDrop;
    this.#onReturn = onReturn;
  }

  push(item: T): void {
    if (this.#end !== null) return;
    if (this.#waiting !== null) {
      this.#take()?.resolve({ done: false, value: item });
      return;
    }
    if (this.#items.length >= this.#max) {
      const dropped = this.#items.shift();
      if (dropped !== undefined) this.#onDrop(dropped);
    }
    this.#items.push(item);
  }

  /** What was pushed before is still read; then comes the end, or `error`. The first end counts. */
  end(error: Error | null = null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    const waiting = this.#take();
    if (error === null) waiting?.resolve({ done: true, value: undefined });
    else waiting?.reject(error);
  }

  next(): Promise<IteratorResult<T>> {
    const [item] = this.#items.splice(0, 1);
    if (item !== undefined) return Promise.resolve({ done: false, value: item });
    if (this.#end !== null) {
      const { error } = this.#end;
      return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
    }
    if (this.#waiting !== null) return Promise.reject(new Error('one reader at a time'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.#items.length = 0;
    this.end();
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take() {
    const waiting = this.#waiting;
    this.#waiting = null;
    return waiting;
  }
}

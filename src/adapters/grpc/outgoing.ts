/** What a handler writes a stream of replies to: says when the client reads too slowly, and never fails. */
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import type { MonotonicMs } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';

/** A client that takes nothing for as long while something waits for it is cut off. */
export const stallMsMax = 60_000;

export interface Outgoing<Reply> {
  /** False while what was written waits for the client: what is written now is kept in memory. */
  isReady(): boolean;
  /** Dropped when the call is over. */
  write(reply: Reply): void;
  /** Resolves when the client takes more, or the call is over. */
  ready(): Promise<void>;
  /** Resolves when the client has taken all that was written, or the call is over. */
  taken(): Promise<void>;
  /** Called each time the client takes more after it did not. */
  onReady(listener: () => void): void;
}

/** `onStalled` is called at most once, and has to end the call. */
export function outgoingOf<Reply>(
  call: ServerWritableStream<unknown, Reply> | ServerDuplexStream<unknown, Reply>,
  clock: Pick<Clock, 'monotonic' | 'after'>,
  onStalled: () => void,
): Outgoing<Reply> {
  const isOpen = (): boolean => !call.cancelled && call.writable;
  const isReady = (): boolean => !call.writableNeedDrain;
  let untaken = 0;
  let movedAtMs: MonotonicMs = clock.monotonic();
  let isWatched = false;
  let onTaken = (): void => {};
  // One timer at a time, which lasts until nothing waits: a frame costs none.
  const watch = (afterMs: number): void => {
    isWatched = true;
    clock.after(afterMs, () => {
      isWatched = false;
      if (untaken === 0 || call.cancelled) return;
      const leftMs = movedAtMs + stallMsMax - clock.monotonic();
      if (leftMs > 0) watch(leftMs);
      else onStalled();
    });
  };
  const until = (event: (done: () => void) => void): Promise<void> =>
    new Promise<void>((resolve) => {
      const done = (): void => {
        call.off('drain', done);
        call.off('close', done);
        call.off('cancelled', done);
        resolve();
      };
      call.on('close', done);
      call.on('cancelled', done);
      event(done);
    });
  return {
    isReady,
    write: (reply) => {
      if (!isOpen()) return;
      if (untaken === 0) movedAtMs = clock.monotonic();
      untaken += 1;
      call.write(reply, () => {
        untaken -= 1;
        movedAtMs = clock.monotonic();
        if (untaken === 0) onTaken();
      });
      if (!isWatched) watch(stallMsMax);
    },
    ready: async () => {
      if (isReady() || !isOpen()) return;
      await until((done) => call.on('drain', done));
    },
    taken: async () => {
      if (untaken === 0 || !isOpen()) return;
      await until((done) => {
        onTaken = done;
      });
    },
    onReady: (listener) => {
      call.on('drain', listener);
    },
  };
}

/** What a handler writes a stream of replies to: says when the client reads too slowly, and never fails. */
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';

export interface Outgoing<Reply> {
  /** False while what was written waits for the client: what is written now is kept in memory. */
  isReady(): boolean;
  /** Dropped when the call is over. */
  write(reply: Reply): void;
  /** Resolves when the client takes more, or the call is over. */
  ready(): Promise<void>;
  /** Called each time the client takes more after it did not. */
  onReady(listener: () => void): void;
}

export function outgoingOf<Reply>(
  call: ServerWritableStream<unknown, Reply> | ServerDuplexStream<unknown, Reply>,
): Outgoing<Reply> {
  const isOpen = (): boolean => !call.cancelled && call.writable;
  const isReady = (): boolean => !call.writableNeedDrain;
  return {
    isReady,
    write: (reply) => {
      if (isOpen()) call.write(reply);
    },
    ready: async () => {
      if (isReady() || !isOpen()) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          call.off('drain', done);
          call.off('close', done);
          resolve();
        };
        call.on('drain', done);
        call.on('close', done);
      });
    },
    onReady: (listener) => {
      call.on('drain', listener);
    },
  };
}

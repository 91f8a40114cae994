/** What a handler writes a stream of replies to: says when the client reads too slowly, and never fails. */
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';

export class Outgoing<Reply> {
  readonly #call: ServerWritableStream<unknown, Reply> | ServerDuplexStream<unknown, Reply>;

  constructor(call: ServerWritableStream<unknown, Reply> | ServerDuplexStream<unknown, Reply>) {
    this.#call = call;
  }

  /** False while what was written waits for the client: what is written now is kept in memory. */
  isReady(): boolean {
    return !this.#call.writableNeedDrain;
  }

  /** Dropped when the call is over. */
  write(reply: Reply): void {
    if (this.#isOpen()) this.#call.write(reply);
  }

  /** Resolves when the client takes more, or the call is over. */
  async ready(): Promise<void> {
    if (this.isReady() || !this.#isOpen()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#call.off('drain', done);
        this.#call.off('close', done);
        resolve();
      };
      this.#call.on('drain', done);
      this.#call.on('close', done);
    });
  }

  /** Called each time the client takes more after it did not. */
  onReady(listener: () => void): void {
    this.#call.on('drain', listener);
  }

  #isOpen(): boolean {
    return !this.#call.cancelled && this.#call.writable;
  }
}

/** One HTTP request whose answer is read as it is wanted: a sender that is faster than the reader has to wait. */
import type { Dispatcher } from 'undici';
import type { Cancel, Clock } from '../../base/ports.js';
import { type ExchangeRequest, type FailureReason, failureReason, firstOf } from './exchange.js';

export type OpenResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly location: string | null;
      /** Null when it was not sent. */
      readonly header: (name: string) => string | null;
      readonly body: OpenBody;
    }
  | { readonly kind: 'failed'; readonly reason: FailureReason };

export type OpenAnswer = Extract<OpenResult, { kind: 'answered' }>;

export type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly reason: FailureReason };

/** Between these many unread bytes the sender is let go on, and made to wait. */
const waitingBytes = { resume: 32 * 1024, pause: 64 * 1024 } as const;

/** Resolves with the first line and headers of the answer. Never rejects. */
export function openExchange(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  clock: Clock,
  request: ExchangeRequest,
): Promise<OpenResult> {
  const { origin, path, method, headers, body: sent } = request;
  return new Promise((resolve) => {
    let hasStarted = false;
    let isOver = false;
    let cancelPhase: Cancel = () => {};
    let abort = (): void => {};
    const body = new OpenBody(clock, request.readTimeoutMs);
    const failed = (reason: FailureReason): void => {
      if (isOver) return;
      isOver = true;
      cancelPhase();
      cancelTotal();
      abort();
      resolve({ kind: 'failed', reason });
    };
    const failAfter = (delayMs: number, reason: 'connect' | 'timeout'): void => {
      cancelPhase();
      cancelPhase = clock.after(delayMs, () => failed(reason));
    };
    const cancelTotal = clock.after(request.totalTimeoutMs, () => failed('timeout'));
    failAfter(request.connectTimeoutMs, 'connect');

    dispatcher.dispatch(
      { origin, path, method, headers: { ...headers }, body: sent, headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart(controller) {
          hasStarted = true;
          abort = () => controller.abort(new Error('no longer wanted'));
          // The time to connect ran out while the request was still waiting for its socket.
          if (isOver) abort();
          else failAfter(request.readTimeoutMs, 'timeout');
        },
        onResponseStart(controller, status, responseHeaders) {
          if (isOver || status < 200) return;
          isOver = true;
          cancelPhase();
          cancelTotal();
          body.begin(controller);
          const header = (name: string): string | null => firstOf(responseHeaders[name]);
          resolve({ kind: 'answered', status, location: header('location'), header, body });
        },
        onResponseData(_controller, chunk) {
          body.push(chunk);
        },
        onResponseEnd() {
          abort = () => {};
          body.end({ kind: 'end' });
          failed('protocol');
        },
        onResponseError(_controller, error) {
          abort = () => {};
          const reason = failureReason(error, hasStarted);
          body.end({ kind: 'failed', reason });
          failed(reason);
        },
      },
    );
  });
}

type Controller = Pick<Dispatcher.DispatchController, 'pause' | 'resume' | 'abort'>;
type LastPiece = Exclude<Piece, { kind: 'bytes' }>;

export class OpenBody {
  readonly #clock: Clock;
  readonly #readTimeoutMs: number;
  #controller: Controller | null = null;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isPaused = false;
  #last: LastPiece | null = null;
  /** Whoever reads, while there is nothing to read. */
  #waiting: ((piece: Piece) => void) | null = null;

  constructor(clock: Clock, readTimeoutMs: number) {
    this.#clock = clock;
    this.#readTimeoutMs = readTimeoutMs;
  }

  /** One at a time. Fails when nothing comes for as long as may pass between two packets. */
  read(): Promise<Piece> {
    const bytes = this.#pieces.shift();
    if (bytes !== undefined) {
      this.#bytes -= bytes.length;
      if (this.#isPaused && this.#bytes <= waitingBytes.resume) this.#resume();
      return Promise.resolve({ kind: 'bytes', bytes });
    }
    if (this.#last !== null) return Promise.resolve(this.#last);
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#readTimeoutMs, () => {
        this.cancel({ kind: 'failed', reason: 'timeout' });
      });
      this.#waiting = (piece) => {
        cancel();
        this.#waiting = null;
        resolve(piece);
      };
    });
  }

  /** Nobody wants the rest; who waits for it is told `last`. */
  cancel(last: LastPiece = { kind: 'end' }): void {
    const isFirst = this.#last === null;
    this.#pieces = [];
    this.#bytes = 0;
    this.end(last);
    if (isFirst) this.#controller?.abort(new Error('no longer wanted'));
  }

  begin(controller: Controller): void {
    this.#controller = controller;
  }

  push(bytes: Uint8Array): void {
    if (this.#last !== null) return;
    if (this.#waiting !== null) {
      this.#waiting({ kind: 'bytes', bytes });
      return;
    }
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    if (this.#isPaused || this.#bytes < waitingBytes.pause) return;
    this.#isPaused = true;
    this.#controller?.pause();
  }

  end(last: LastPiece): void {
    this.#last ??= last;
    this.#waiting?.(this.#last);
  }

  #resume(): void {
    this.#isPaused = false;
    this.#controller?.resume();
  }
}

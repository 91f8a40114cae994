/**
 * The refusals that wait on each connection. Each holds a stream of HTTP/2, and a client may have many: one that has a
 * crowd of them may have fewer calls at once until they are gone, so that what else it asks waits on its own side,
 * where it costs nothing here. Clients of gRPC keep calls back until they may be sent.
 */
import type { Http2Session, ServerHttp2Stream } from 'node:http2';

/** Refusals that wait on one connection and make a crowd; no more of them come then. */
export const crowdMin = 25;

type Calls = { letIn: number; waiting: number; isNarrow: boolean };

export class Crowds {
  readonly #streamsMax: number;
  readonly #calls = new WeakMap<Http2Session, Calls>();

  /** `streamsMax`: calls that a connection without a crowd may have at once. */
  constructor(streamsMax: number) {
    this.#streamsMax = streamsMax;
  }

  /** One more call, until its stream is closed. */
  add(stream: ServerHttp2Stream, what: 'letIn' | 'waiting'): void {
    const { session } = stream;
    if (session === undefined || session.destroyed) return;
    const calls = this.#calls.get(session) ?? { letIn: 0, waiting: 0, isNarrow: false };
    this.#calls.set(session, calls);
    calls[what] += 1;
    stream.once('close', () => {
      calls[what] -= 1;
      if (calls.isNarrow && calls.waiting === 0) this.#settle(session, calls, false);
    });
    if (!calls.isNarrow && calls.waiting >= crowdMin) this.#settle(session, calls, true);
  }

  #settle(session: Http2Session, calls: Calls, isNarrow: boolean): void {
    if (session.destroyed) return;
    calls.isNarrow = isNarrow;
    session.settings({ maxConcurrentStreams: isNarrow ? calls.letIn + crowdMin : this.#streamsMax });
  }
}

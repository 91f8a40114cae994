/**
 * What grpc-js leaves to its host: how many connections there are and from where, pings that are a flood, and the end
 * of single calls whose client takes nothing any more, of which grpc-js would wait for the last byte.
 */
import { constants, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import { Allowance } from '../../app/allowance.js';
import type { Metrics } from '../../app/metrics.js';
import type { Connections } from '../../app/requests/connections.js';
import type { Clock } from '../../base/ports.js';

/**
 * Of one connection. Clients measure the line with a ping for each time that data comes, so that a media stream brings
 * fifty a second.
 */
export const pingsAllowed = { perSecond: 100, burst: 500 };

/** Says to the handlers which stream of HTTP/2 a call is; what a client sends under this name is overwritten. */
const streamKey = 'parley-stream';

export class ConnectionGuard {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #metrics: Metrics;
  readonly #connections: Connections;
  /** Those that are open, which connections bound. */
  readonly #streams = new Map<string, ServerHttp2Stream>();
  #lastStream = 0;

  constructor(clock: Pick<Clock, 'monotonic'>, metrics: Metrics, connections: Connections) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#connections = connections;
  }

  /** REQUIRES: before `server` is bound. grpc-js shows its HTTP/2 server to nobody, so it is met where it is made. */
  watch(server: Server): void {
    const making = server as unknown as { createHttp2Server(credentials: ServerCredentials): Http2Server };
    const make = making.createHttp2Server.bind(server);
    making.createHttp2Server = (credentials) => {
      const made = make(credentials);
      this.#watch(made);
      return made;
    };
  }

  /** Ends a call at once, whatever of its answer is still to be taken; one that is over is left alone. */
  cut(metadata: Metadata, why: 'slow-reader' | 'too-long'): void {
    const [key] = metadata.get(streamKey);
    const stream = typeof key === 'string' ? this.#streams.get(key) : undefined;
    if (stream === undefined || stream.closed) return;
    this.#metrics.count('parley_rpcs_cut_total', { why });
    // To clients of gRPC this is RESOURCE_EXHAUSTED.
    stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #watch(server: Http2Server): void {
    server.on('connection', (socket: Socket) => this.#connections.admit(socket));
    server.on('session', (session) => {
      const pings = new Allowance(this.#clock, () => pingsAllowed);
      session.on('ping', () => {
        if (session.destroyed || pings.take('all') === 0) return;
        this.#metrics.count('parley_connections_cut_total', { why: 'pings' });
        session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
        session.destroy();
      });
    });
    server.prependListener('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      this.#lastStream += 1;
      const key = String(this.#lastStream);
      headers[streamKey] = key;
      this.#streams.set(key, stream);
      stream.once('close', () => this.#streams.delete(key));
    });
  }
}

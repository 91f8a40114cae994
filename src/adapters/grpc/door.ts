/**
 * Where calls come in: a stream of HTTP/2 is given to grpc-js when its call is let in. Whoever is refused is answered
 * here, which costs the stream and nothing else, and one that is answered late only waits.
 */
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { DescMethod } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Clock } from '../../base/ports.js';
import type { Admission, Refusal } from './admission.js';
import type { AdmittedCalls } from './admitted-calls.js';
import { type Accounts, isOpenToAll } from './authentication.js';
import { type ComingCall, type CountingParts, noteEnd } from './coming-call.js';
import { Crowds } from './crowds.js';
import { Peers } from './peers.js';
import type { RpcSpans } from './rpc-spans.js';
import { TrailersOnly } from './trailers-only.js';

export type DoorParts = CountingParts & {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly accounts: Accounts;
  readonly admission: Admission;
  readonly calls: AdmittedCalls;
  /** Null: calls have no spans. */
  readonly spans: Pick<RpcSpans, 'begin'> | null;
  /** By path. */
  readonly methods: ReadonlyMap<string, DescMethod>;
  /** Calls that a connection may have at once. */
  readonly streamsMax: number;
};

export class Door {
  readonly #parts: DoorParts;
  readonly #peers = new Peers();
  readonly #answers = new TrailersOnly();
  readonly #crowds: Crowds;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#crowds = new Crowds(parts.streamsMax);
  }

  /** REQUIRES: grpc-js listens to the streams of `server` already. */
  stand(server: Http2Server): void {
    const behind = server.listeners('stream') as ((...event: unknown[]) => void)[];
    server.removeAllListeners('stream');
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...more: unknown[]) => {
      const handOver = (): void => {
        for (const listener of behind) listener.call(server, stream, headers, ...more);
      };
      // What is no gRPC has an answer of HTTP.
      if (headers['content-type']?.startsWith('application/grpc') !== true) handOver();
      else if (!stream.destroyed) this.#receive(stream, headers, handOver);
    });
  }

  #receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, handOver: () => void): void {
    const { admission, calls } = this.#parts;
    const call = this.#callOf(stream, headers);
    const refusal = admission.refusalOf(call);
    if (refusal === null) {
      stream.once('close', () => admission.leave(call));
      this.#crowds.add(stream, 'letIn');
      calls.enter(call, handOver);
    } else this.#refuse(call, refusal);
  }

  #callOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): ComingCall {
    const { clock, accounts, spans, methods } = this.#parts;
    const { ':path': path = '', authorization = null, traceparent = '' } = headers;
    const { from, subject } = this.#peers.of(stream);
    const method = methods.get(path);
    const isTraced = method !== undefined && !isOpenToAll(path);
    const opens = () => accounts(authorization, subject);
    return {
      ...{ path, isUnary: method?.methodKind === 'unary', accountSid: opens(), opens, from, stream },
      cameAtMs: clock.monotonic(),
      span: isTraced ? (spans?.begin(method, String(traceparent)) ?? null) : null,
    };
  }

  #refuse(call: ComingCall, { failure, afterMs }: Refusal): void {
    const { stream } = call;
    // It is closed then, and there is nobody to tell.
    stream.once('error', () => {});
    const answer = (): void => {
      noteEnd(call, failure.code, this.#parts);
      this.#answers.answer(stream, failure);
    };
    if (afterMs === 0) {
      answer();
      return;
    }
    this.#crowds.add(stream, 'waiting');
    const left = (): void => {
      forget();
      noteEnd(call, status.CANCELLED, this.#parts);
    };
    const forget = this.#parts.clock.after(afterMs, () => {
      stream.off('close', left);
      answer();
    });
    stream.once('close', left);
  }
}

/** A refusal on the wire: one block of headers that ends the stream, which gRPC calls Trailers-Only. */
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type Failure, toStatus } from './failure.js';

/** Failures that are remembered: those of a flood are alike. */
const madeMax = 64;

export class TrailersOnly {
  readonly #made = new Map<string, OutgoingHttpHeaders>();

  /** What the client still sends is not read: its stream is reset once it has the answer. */
  answer(stream: ServerHttp2Stream, failure: Failure): void {
    if (stream.destroyed || stream.closed) return;
    stream.respond(this.#headersOf(failure), { endStream: true });
  }

  #headersOf(failure: Failure): OutgoingHttpHeaders {
    const key = `${failure.reason} ${failure.message}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    if (this.#made.size >= madeMax) this.#made.clear();
    const made = headersOf(failure);
    this.#made.set(key, made);
    return made;
  }
}

function headersOf(failure: Failure): OutgoingHttpHeaders {
  const { code, details, metadata } = toStatus(failure);
  return {
    [constants.HTTP2_HEADER_STATUS]: constants.HTTP_STATUS_OK,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc+proto',
    'grpc-status': code,
    'grpc-message': encodeURI(details),
    ...metadata.toHttp2Headers(),
  };
}

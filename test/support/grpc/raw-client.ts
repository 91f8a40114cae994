/** A client of gRPC that does what no library lets one do: reads nothing, pings for ever. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  constants,
} from 'node:http2';
import { create, type DescMethod, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { onTestFinished } from 'vitest';

export function rawClient(port: number, options: ClientSessionOptions = {}): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, options);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** Windows of no bytes: the peer may send heads and nothing else. */
export const readsNothing: ClientSessionOptions = { settings: { initialWindowSize: 0 } };

/** Sends one message, and leaves the answer to whoever listens. */
export function ask<M extends DescMethod>(
  session: ClientHttp2Session,
  method: M,
  message: MessageInitShape<M['input']>,
): ClientHttp2Stream {
  const bytes = toBinary(method.input, create<M['input']>(method.input, message));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  const stream = open(session, method);
  stream.end(Buffer.concat([head, bytes]));
  return stream;
}

/** Begins a call and says nothing more. */
export function open(session: ClientHttp2Session, method: DescMethod): ClientHttp2Stream {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: `/${method.parent.typeName}/${method.name}`,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
    [constants.HTTP2_HEADER_TE]: 'trailers',
  });
  stream.on('error', () => {});
  return stream;
}

/** How the peer ended it: an error code of HTTP/2. */
export const ended = (stream: ClientHttp2Stream): Promise<number> =>
  new Promise((resolve) => stream.once('close', () => resolve(stream.rstCode)));

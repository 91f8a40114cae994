/** The HTTP/2 server below grpc-js, which shows it to nobody: it is met where it is made. */
import type { Http2Server } from 'node:http2';
import type { Server, ServerCredentials } from '@grpc/grpc-js';

/** REQUIRES: before `server` is bound. `meet` is called with each, which listens to its streams but has none yet. */
export function meetHttp2Server(server: Server, meet: (http2: Http2Server) => void): void {
  const making = server as unknown as { createHttp2Server(credentials: ServerCredentials): Http2Server };
  const make = making.createHttp2Server.bind(server);
  making.createHttp2Server = (credentials) => {
    const made = make(credentials);
    meet(made);
    return made;
  };
}

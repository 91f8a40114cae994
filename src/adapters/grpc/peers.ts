/** Who is at the other end of a connection: looked up once for all of its calls. */
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { TLSSocket } from 'node:tls';
import type { Subject } from './authentication.js';

export type Peer = {
  /** Its address; empty when the connection is gone already. */
  readonly from: string;
  /** Null: it has shown no certificate. */
  readonly subject: Subject | null;
};

const nobody: Peer = { from: '', subject: null };

export class Peers {
  readonly #known = new WeakMap<Http2Session, Peer>();

  of({ session }: ServerHttp2Stream): Peer {
    if (session === undefined || session.destroyed) return nobody;
    const peer = this.#known.get(session) ?? peerOf(session);
    this.#known.set(session, peer);
    return peer;
  }
}

function peerOf({ socket }: Http2Session): Peer {
  const from = socket.remoteAddress ?? '';
  if (!(socket instanceof TLSSocket)) return { from, subject: null };
  const { subject } = socket.getPeerCertificate();
  return { from, subject: subject === undefined ? null : { ...subject } };
}

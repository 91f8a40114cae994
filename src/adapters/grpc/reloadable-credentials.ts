/** TLS of the gRPC face whose certificate is replaced while it listens. */
import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { TlsIdentity, TlsPem } from '../../app/tls.js';

export class ReloadableCredentials extends ServerCredentials {
  constructor(identity: TlsIdentity, handshakeMsMax: number) {
    const first = identity.current();
    // Whether clients are asked for a certificate is settled when the face begins to listen.
    const isAsked = first.clientAuthorities !== null;
    super({ requestCert: isAsked, rejectUnauthorized: isAsked, handshakeTimeout: handshakeMsMax }, contextOf(first));
    identity.onChange((pem) => this.updateSecureContextOptions(contextOf(pem)));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

const contextOf = ({ cert, key, clientAuthorities }: TlsPem): SecureContextOptions => ({
  cert,
  key,
  ...(clientAuthorities === null ? {} : { ca: clientAuthorities }),
});

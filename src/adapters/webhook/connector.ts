/** How sockets to receivers are opened: only to addresses the egress policy allows. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { buildConnector } from 'undici';
import type { EgressPolicy } from './egress.js';

/** `code` as system errors have one. */
export class EgressRefusedError extends Error {
  readonly code = 'EGRESS_REFUSED';

  constructor() {
    super('the egress policy allows no address of the host');
  }
}

type Connector = ReturnType<typeof buildConnector>;
type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

export type ConnectorOptions = {
  readonly isAllowed: EgressPolicy;
  /** For name, connection and TLS. */
  readonly timeoutMs: number;
  /** PEM certificates of authorities trusted beside the public ones; null: none. */
  readonly authorities: string | null;
  /** How names are looked up, as `dns.lookup`. */
  readonly resolve?: typeof lookup;
};

/** A literal address is not looked up, so it is judged before. */
export function createConnector({ isAllowed, timeoutMs, authorities, resolve = lookup }: ConnectorOptions): Connector {
  const allowedLookup = (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const allowed = addresses.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (first === undefined) return callback(new EgressRefusedError(), []);
      if (options.all === true) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup: allowedLookup,
    ...(authorities === null ? {} : { ca: [...rootCertificates, authorities] }),
  });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isAllowed(host)) {
      queueMicrotask(() => callback(new EgressRefusedError(), null));
      return;
    }
    connect(options, callback);
  };
}

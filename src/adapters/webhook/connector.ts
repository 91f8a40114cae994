/** How sockets to receivers are opened: only to addresses the egress policy allows. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP } from 'node:net';
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

/** `timeoutMs` covers name, connection and TLS. A literal address is not looked up, so it is judged before. */
export function createConnector(isAllowed: EgressPolicy, timeoutMs: number): Connector {
  const allowedLookup = (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const allowed = addresses.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (first === undefined) return callback(new EgressRefusedError(), []);
      if (options.all === true) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
  const connect = buildConnector({ timeout: timeoutMs, lookup: allowedLookup });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isAllowed(host)) {
      queueMicrotask(() => callback(new EgressRefusedError(), null));
      return;
    }
    connect(options, callback);
  };
}

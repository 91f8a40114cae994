/** An address a datagram can be sent to; `host` is a literal IPv4 or IPv6 address, never a name. */
export type Endpoint = { readonly host: string; readonly port: number };

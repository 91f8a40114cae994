/** `host:port` of a listener; an IPv6 host stands in brackets. */
import { BlockList, isIP, isIPv4 } from 'node:net';

export type ListenAddress = {
  /** A literal address or a name. */
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Null when `text` is not of the form. */
export function parseListenAddress(text: string): ListenAddress | null {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) return null;
  return bracketed !== undefined && isIP(bracketed) !== 6 ? null : { host, port };
}

export const listenAddressText = ({ host, port }: ListenAddress): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

/** Can only this machine reach it? */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === 'localhost';
  return loopback.check(host, isIPv4(host) ? 'ipv4' : 'ipv6');
}

/** Every address of the machine: good to bind to, nothing to send to. */
export const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** Literal IP addresses as the sixteen bytes of the engine layout, and back. */
import { isIPv4, isIPv6 } from 'node:net';
import { assert } from '../../base/assert.js';

export type AddressFamily = 4 | 6;

export type AddressBytes = {
  readonly family: AddressFamily;
  /** Network byte order; IPv4 in the first four of the sixteen. */
  readonly bytes: Uint8Array;
};

/** Null when `host` is not a literal address without a zone. */
export function addressBytes(host: string): AddressBytes | null {
  const bytes = new Uint8Array(16);
  if (isIPv4(host)) {
    bytes.set(host.split('.').map(Number));
    return { family: 4, bytes };
  }
  if (!isIPv6(host) || host.includes('%')) return null;
  bytes.set(ipv6Groups(host).flatMap((group) => [group >> 8, group & 0xff]));
  return { family: 6, bytes };
}

export function bytesAddress(family: AddressFamily, bytes: Uint8Array): string {
  assert(bytes.length === 16, 'an address has sixteen bytes');
  if (family === 4) return bytes.subarray(0, 4).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  // The URL parser writes the shortest form (RFC 5952) and wraps it in brackets.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The eight groups of a valid IPv6 literal, `::` filled up and a dotted tail taken as two groups. */
function ipv6Groups(host: string): readonly number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  const [high = 0, low = 0] =
    dotted === null ? [] : [(Number(dotted[1]) << 8) | Number(dotted[2]), (Number(dotted[3]) << 8) | Number(dotted[4])];
  const text = dotted === null ? host : `${host.slice(0, dotted.index)}${high.toString(16)}:${low.toString(16)}`;
  const parse = (part: string | undefined): readonly number[] =>
    part === undefined || part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [head, tail] = text.split('::');
  const [before, after] = [parse(head), parse(tail)];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

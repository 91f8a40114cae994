/** Literal IP addresses in SDP: an engine never looks up a name that came with an offer. */

export type AddressFamily = 4 | 6;

const octetPattern = /^(?:0|[1-9]\d{0,2})$/;
const groupPattern = /^[0-9a-f]{1,4}$/i;
const ipv6GroupCount = 8;
const ipv4Multicast = 224;

/** Null when `host` is not an IPv4 or IPv6 literal; zones (`%eth0`) are not part of one. */
export function addressFamily(host: string): AddressFamily | null {
  if (ipv4Octets(host) !== null) return 4;
  return ipv6Groups(host) === null ? null : 6;
}

/** `0.0.0.0` and `::`: the sender does not know, or does not want to say. */
export const isUnspecified = (host: string): boolean =>
  (ipv4Octets(host) ?? ipv6Groups(host) ?? [1]).every((part) => part === 0);

/** Addresses of more than one listener: nobody may make Parley flood a group or a subnet. */
export function isShared(host: string): boolean {
  const octets = ipv4Octets(host);
  if (octets !== null) return (octets[0] ?? 0) >= ipv4Multicast;
  const groups = ipv6Groups(host) ?? [];
  const [first = 0] = groups;
  const isMappedIpv4 = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return first >= 0xff00 || (isMappedIpv4 && (groups[6] ?? 0) >> 8 >= ipv4Multicast);
}

function ipv4Octets(host: string): readonly number[] | null {
  const parts = host.split('.');
  if (parts.length !== 4 || !parts.every((part) => octetPattern.test(part) && Number(part) <= 255)) return null;
  return parts.map(Number);
}

/** RFC 4291 §2.2: eight groups, one run of zeros left out at most, the last two perhaps written as IPv4. */
function ipv6Groups(host: string): readonly number[] | null {
  const lastColon = host.lastIndexOf(':');
  const tail = ipv4Octets(host.slice(lastColon + 1));
  const text = lastColon < 0 || tail === null ? host : `${host.slice(0, lastColon + 1)}${asGroups(tail)}`;
  const halves = text.split('::');
  const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const written = [...head, ...rest];
  if (halves.length > 2 || !written.every((group) => groupPattern.test(group))) return null;
  const missing = ipv6GroupCount - written.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...new Array<string>(missing).fill('0'), ...rest].map((group) => Number.parseInt(group, 16));
}

const asGroups = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string =>
  `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;

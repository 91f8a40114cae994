/**
 * Where webhooks may go. Judged on the address that is about to be connected to, after the name was looked up, so that
 * no name can point into the network Parley runs in.
 */
import { BlockList, isIP, isIPv4 } from 'node:net';

export type AddressRange = { readonly network: string; readonly prefix: number };

/** `address` is a literal IPv4 or IPv6 address. */
export type EgressPolicy = (address: string) => boolean;

/** Everything that is not the public internet: IANA's special-purpose registries, and multicast. */
const refusedRanges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
];

/** Null when `text` is not an address, a slash and the length of a prefix. */
export function parseAddressRange(text: string): AddressRange | null {
  const [, network = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const bits = isIP(network) === 0 ? -1 : isIPv4(network) ? 32 : 128;
  const prefix = Number(digits);
  return prefix <= bits ? { network, prefix } : null;
}

/** Public addresses, and those of `allowed`. */
export function createEgressPolicy(allowed: readonly AddressRange[]): EgressPolicy {
  const refusedList = blockList(refusedRanges.flatMap((text) => parseAddressRange(text) ?? []));
  const allowedList = blockList(allowed);
  return (address) => {
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    return isIP(address) !== 0 && (allowedList.check(address, family) || !refusedList.check(address, family));
  };
}

function blockList(ranges: readonly AddressRange[]): BlockList {
  const list = new BlockList();
  for (const { network, prefix } of ranges) list.addSubnet(network, prefix, isIPv4(network) ? 'ipv4' : 'ipv6');
  return list;
}

/**
 * Where webhooks may go. Addresses are judged when they are about to be connected to, after the name was looked up, so
 * that no name can point into the network Parley runs in; ports and the hosts of an account before anything is asked.
 */
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { AccountSid } from '../../base/brands.js';
import type { WebhookUrl } from '../../callbacks/url.js';

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
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
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

export type Ports = readonly { readonly first: number; readonly last: number }[];

/** Null when `text` is not a list of ports and ranges of them, from 1 to 65535, between commas. */
export function parsePorts(text: string): Ports | null {
  const ports = text.split(',').map((part) => {
    const [, low = '', high = low] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    const [first, last] = [Number(low), Number(high)];
    return first >= 1 && last >= first && last <= 65_535 ? { first, last } : null;
  });
  return ports.every((range) => range !== null) ? ports : null;
}

/** A host by its name or address, or all names below one, as in `*.example.org`; in lower case. Null: neither. */
export function parseHostRule(text: string): string | null {
  const host = text.trim().toLowerCase();
  return isIP(host) !== 0 || /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(host) ? host : null;
}

/** The rule that a URL of the account breaks, in words; null when it may be requested. */
export type WebRules = (accountSid: AccountSid, url: WebhookUrl) => string | null;

export type WebRulesParts = {
  readonly ports: Ports;
  /** Where an account's webhooks may go (`parseHostRule`); null: anywhere. */
  readonly hostsOf: (accountSid: AccountSid) => readonly string[] | null;
};

export function createWebRules({ ports, hostsOf }: WebRulesParts): WebRules {
  return (accountSid, { scheme, host }) => {
    const [, name = host, digits] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
    const port = digits === undefined ? { http: 80, https: 443 }[scheme] : Number(digits);
    if (!ports.some(({ first, last }) => port >= first && port <= last))
      return `port ${port} is not among those allowed`;
    const hosts = hostsOf(accountSid);
    const bare = name.replace(/^\[|\]$/g, '');
    if (hosts === null || hosts.some((rule) => isWithin(bare, rule))) return null;
    return `host ${bare} is not among those of the account`;
  };
}

const isWithin = (host: string, rule: string): boolean =>
  rule.startsWith('*.') ? isIP(host) === 0 && host.endsWith(rule.slice(1)) : host === rule;

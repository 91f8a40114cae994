/** Making, reading and writing sids (CONTRACT §9). */
import type { AccountSid, CallSid, ConferenceSid, RecordingSid } from './brands.js';
import type { Random } from './ports.js';

type SidOf = {
  readonly account: AccountSid;
  readonly call: CallSid;
  readonly conference: ConferenceSid;
  readonly recording: RecordingSid;
};
export type SidKind = keyof SidOf;

/** `uuid` is the SignalWire spelling, `prefixed` the Twilio one; both name the same sid. */
export type SidStyle = 'uuid' | 'prefixed';

const prefixes: Readonly<Record<SidKind, string>> = { account: 'AC', call: 'CA', conference: 'CF', recording: 'RE' };
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const hexPattern = /^[0-9a-f]{32}$/;

const uuidOfHex = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** A fresh version 4 UUID. */
export function newSid<K extends SidKind>(_kind: K, random: Random): SidOf[K] {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return uuidOfHex(hex) as SidOf[K];
}

/** Accepts both spellings, any case; null when `text` is neither. */
export function parseSid<K extends SidKind>(kind: K, text: string): SidOf[K] | null {
  const lower = text.toLowerCase();
  if (uuidPattern.test(lower)) return lower as SidOf[K];
  if (text.slice(0, 2) === prefixes[kind] && hexPattern.test(lower.slice(2))) {
    return uuidOfHex(lower.slice(2)) as SidOf[K];
  }
  return null;
}

/** The spelling that leaves the daemon. */
export function formatSid<K extends SidKind>(kind: K, sid: SidOf[K], style: SidStyle): string {
  return style === 'uuid' ? sid : `${prefixes[kind]}${sid.replaceAll('-', '')}`;
}

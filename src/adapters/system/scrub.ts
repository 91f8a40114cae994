/**
 * What must not be read in a log is struck out of it: fields that bear the name of a secret or of a phone number,
 * however deep they are, and whatever looks like one in any text, messages of errors included. Those who log leave such
 * things out themselves; this is for what others quote.
 */
import { pino } from 'pino';

export const censor = '[redacted]';

/** Never logged. */
const secretFields: ReadonlySet<string> = new Set([
  ...(['from', 'to', 'caller', 'called', 'sdp', 'sdpoffer', 'sdpanswer', 'body', 'document', 'parameters'] as const),
  ...(['authorization', 'token', 'tokens', 'password', 'signingkey', 'signingkeys', 'secret'] as const),
]);

/** Deeper than anything that is logged; what is below is left out. */
const depthMax = 8;

const patterns: readonly (readonly [found: RegExp, instead: string])[] = [
  // User and password of a URL, up to its last @: some have one in them, or quotes. And what follows its path.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, `$1${censor}@`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, `$1?${censor}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${censor}`],
  // Keys of SDP (RFC 4568).
  [/\binline:[\w+/=|:-]+/gi, `inline:${censor}`],
  // Numbers of telephones: in URIs, and as E.164 has them.
  [/\b(sips?:(?=[^\s@]*@)|tel:)\+?[\d.()-]{7,}/gi, `$1${censor}`],
  [/\+\d{7,15}\b/g, censor],
  [/^\d{7,15}$/, censor],
];

export function scrubbedText(text: string): string {
  return patterns.reduce((rest, [found, instead]) => rest.replace(found, instead), text);
}

/** A copy; what was thrown becomes its type, message and stack. */
export function scrubbed(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubbedText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  if (depth >= depthMax) return '[…]';
  if (value instanceof Error) return scrubbed({ ...pino.stdSerializers.err(value) }, depth);
  if (Array.isArray(value)) return value.map((each) => scrubbed(each, depth + 1));
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      secretFields.has(name.toLowerCase()) && each !== null ? censor : scrubbed(each, depth + 1),
    ]),
  );
}

/**
 * Keys of SRTP in SDP: the attribute `a=crypto` (RFC 4568, RFC 7714 §14). Total over any text. An SDP text with such
 * a line holds a key: it is never logged.
 */
import { err, ok, type Result } from '../../base/result.js';
import { type MasterKeyId, masterBytes, SrtpKey, type SrtpSuite, srtpSuites } from '../srtp-key.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { refused, type SdpRefusal } from './offer.js';

/** A line that can be taken up: what the offerer sends with. */
export type CryptoLine = {
  readonly tag: number;
  readonly key: SrtpKey;
  /** Null when its packets carry none. */
  readonly masterKeyId: MasterKeyId | null;
};

/** Lines of one medium that are looked at; an offer of more is refused. */
export const cryptoLinesMax = 32;
/** The engine strips identifiers of up to so many bytes. */
export const masterKeyIdBytesMax = 4;

const attribute = 'a=crypto:';
const tagPattern = /^(?:0|[1-9]\d{0,8})$/;
const inlinePattern = /^inline:([^|;]*)(?:\|([^|:;]+))?(?:\|(\d{1,10}):(\d{1,3}))?$/i;
const lifetimePattern = /^(?:2\^(\d{1,2})|(\d{1,15}))$/;
/** RFC 3711 §9.2: no more packets than this under one key. */
const lifetimeMax = 2 ** 48;

const suitesRule = `must offer one of ${srtpSuites.join(', ')}`;

/**
 * The values of `a=crypto` in each `m=` section, in the order of the text. Read from the text itself: the SDP grammar
 * used elsewhere keeps one session parameter of each line and drops the others, UNENCRYPTED_SRTP among them.
 */
export function cryptoValues(sdp: string): readonly (readonly string[])[] {
  const sections: string[][] = [];
  for (const line of sdp.split(/\r\n|\n|\r/)) {
    if (line.startsWith('m=')) sections.push([]);
    else if (line.startsWith(attribute)) sections.at(-1)?.push(line.slice(attribute.length));
  }
  return sections;
}

/** The usable line whose suite comes first in `preference`; of equals, the one offered first (RFC 4568 §5.1.2). */
export function chooseCrypto(
  values: readonly string[],
  preference: readonly SrtpSuite[],
): Result<CryptoLine, SdpRefusal> {
  if (values.length === 0) return refused('a=crypto', 'must be there');
  if (values.length > cryptoLinesMax) return refused('a=crypto', `must not appear more than ${cryptoLinesMax} times`);
  const tags = values.map((value) => value.trim().split(/[ \t]/, 1)[0] ?? '');
  // The answer names a line by its tag alone.
  if (new Set(tags).size !== tags.length) return refused('a=crypto', 'must not repeat a tag');
  const lines = values.map(parseCrypto);
  const usable = lines.flatMap((line) => (line.ok && preference.includes(line.value.key.suite) ? [line.value] : []));
  const rank = ({ key }: CryptoLine) => preference.indexOf(key.suite);
  const [best] = usable.toSorted((a, b) => rank(a) - rank(b));
  if (best !== undefined) return ok(best);
  const rule = lines.flatMap((line) => (line.ok || line.error === suitesRule ? [] : [line.error]))[0];
  return refused('a=crypto', rule ?? `must offer one of ${preference.join(', ')}`);
}

/** One value of `a=crypto`; otherwise the rule it breaks. */
export function parseCrypto(value: string): Result<CryptoLine, string> {
  const [tag = '', name = '', keys = '', ...parameters] = value.trim().split(/[ \t]+/);
  if (!tagPattern.test(tag)) return err('must begin with a tag of at most nine digits');
  const suite = srtpSuites.find((known) => known === name.toUpperCase());
  if (suite === undefined) return err(suitesRule);
  for (const parameter of parameters) {
    const rule = sessionParameterRule(parameter);
    if (rule !== null) return err(rule);
  }
  if (keys.includes(';')) return err('must give one key');
  const [, base64, lifetime, mkiValue, mkiBytes] = inlinePattern.exec(keys) ?? [];
  if (base64 === undefined) return err('must give a key as inline:KEY|LIFETIME|MKI:LENGTH');
  if (lifetime !== undefined && !isLifetime(lifetime)) return err('must give a lifetime of 1 to 2^48 packets');
  const masterKeyId = mkiValue === undefined ? null : masterKeyIdOf(Number(mkiValue), Number(mkiBytes));
  if (masterKeyId === undefined) return err(`must give a master key identifier of 1 to ${masterKeyIdBytesMax} bytes`);
  const bytes = decodeBase64(base64);
  if (bytes === null || bytes.length !== masterBytes[suite]) {
    return err(`must give ${masterBytes[suite]} bytes of key and salt in base64 for ${suite}`);
  }
  return ok({ tag: Number(tag), key: new SrtpKey(suite, bytes), masterKeyId });
}

/** The attribute that says: we send with this key. It holds the key in clear. */
export function cryptoAttribute(tag: number, key: SrtpKey): { id: number; suite: string; config: string } {
  const bytes = key.reveal();
  const config = `inline:${encodeBase64(bytes)}`;
  bytes.fill(0);
  return { id: tag, suite: key.suite, config };
}

/** RFC 4568 §6.3: parameters change what packets look like, so all must be understood. Null when this one is. */
function sessionParameterRule(parameter: string): string | null {
  const name = parameter.toUpperCase();
  // A hint, which the engine's window exceeds or ignores; and what says of itself that it may be ignored.
  if (/^WSH=\d+$/.test(name) || name.startsWith('-')) return null;
  if (name.startsWith('UNENCRYPTED_')) return 'must not ask for packets without encryption';
  if (name.startsWith('UNAUTHENTICATED_')) return 'must not ask for packets without authentication';
  return 'must have no session parameter but WSH';
}

function isLifetime(text: string): boolean {
  const [, exponent, decimal] = lifetimePattern.exec(text) ?? [];
  const packets = exponent === undefined ? Number(decimal ?? 0) : 2 ** Number(exponent);
  return packets >= 1 && packets <= lifetimeMax;
}

function masterKeyIdOf(value: number, bytes: number): MasterKeyId | undefined {
  return bytes >= 1 && bytes <= masterKeyIdBytesMax && value < 256 ** bytes ? { value, bytes } : undefined;
}

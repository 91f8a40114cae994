/**
 * The text of an offer, taken apart and checked (RFC 8866). Total over any text: what does not fit is a refusal that
 * names the line and the rule. The grammar is sdp-transform's; nothing it returns is believed before it was looked at.
 */
import { type MediaDescription, parse } from 'sdp-transform';
import { err, ok, type Result } from '../../base/result.js';

export const offerBytesMax = 64 * 1024;
export const lineCharactersMax = 2048;
export const mediaLinesMax = 32;

/** `field` names a line or attribute as SDP spells it. */
export type SdpRefusal = { readonly field: string; readonly rule: string };

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** An `m=` line; the rest of its section is kept as parsed and judged only for the line that is chosen. */
export type OfferedMedia = {
  readonly type: string;
  /** 0: switched off. */
  readonly port: number;
  readonly protocol: string;
  /** Payload types or other formats, in the order of preference; never empty. */
  readonly formats: readonly string[];
  readonly section: MediaDescription;
};

export type Offer = {
  readonly timing: { readonly start: number; readonly stop: number };
  readonly connection: MediaDescription['connection'];
  readonly direction: Direction;
  /** In the order of the offer; never empty. */
  readonly media: readonly OfferedMedia[];
};

const linePattern = /^[a-z]=(?:[^\p{Cc}]|\t)*$/u;
const tokenPattern = /^[\w!#$%&'*+.^`{|}~-]+$/;
const portMax = 65_535;

export function parseOffer(text: string): Result<Offer, SdpRefusal> {
  if (text.length > offerBytesMax || new TextEncoder().encode(text).length > offerBytesMax) {
    return refused('sdp', `must not be longer than ${offerBytesMax} bytes`);
  }
  const lines = text.replace(/[\r\n]+$/, '').split(/\r\n|\n/);
  const bad = lines.findIndex((line) => line.length > lineCharactersMax || !linePattern.test(line));
  if (bad >= 0) {
    return refused(
      `line ${bad + 1}`,
      `must be a letter, "=" and at most ${lineCharactersMax - 2} printable characters`,
    );
  }
  if (lines[0] !== 'v=0') return refused('v=', 'must be the first line and be 0');

  const session = parse(lines.join('\r\n'));
  if (session.media.length === 0) return refused('m=', 'must be there');
  if (session.media.length > mediaLinesMax) return refused('m=', `must not appear more than ${mediaLinesMax} times`);
  const media: OfferedMedia[] = [];
  for (const section of session.media) {
    const offered = mediaLine(section);
    if (offered === null) return refused('m=', 'must give media type, port, protocol and formats');
    media.push(offered);
  }
  const start = integerIn(session.timing?.start, Number.MAX_SAFE_INTEGER) ?? 0;
  const stop = integerIn(session.timing?.stop, Number.MAX_SAFE_INTEGER) ?? 0;
  const { connection, direction = 'sendrecv' } = session;
  return ok({ timing: { start, stop }, connection, direction, media });
}

/** A whole number from 0 to `max`; null for anything else the parser may have left there. */
export function integerIn(value: unknown, max: number): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max ? value : null;
}

export const refused = (field: string, rule: string): { readonly ok: false; readonly error: SdpRefusal } =>
  err({ field, rule });

function mediaLine(section: MediaDescription): OfferedMedia | null {
  const { type, protocol } = section;
  const port = integerIn(section.port, portMax);
  const formats = String(section.payloads ?? '')
    .split(' ')
    .filter((format) => format !== '');
  if (port === null || !type || !protocol || formats.length === 0) return null;
  if (!formats.every((format) => tokenPattern.test(format))) return null;
  return { type: String(type), port, protocol: String(protocol), formats, section };
}

/** Which request something came of, in the words of W3C Trace Context: the same id from command to callback. */
import type { Random } from './ports.js';

export type Trace = {
  /** 32 hexadecimal digits in lower case, not all 0. */
  readonly traceId: string;
  /** Whether whoever began it records it. */
  readonly isSampled: boolean;
  /** Of what the next is recorded below, 16 hexadecimal digits; left out: nothing of it is recorded here. */
  readonly spanId?: string;
};

/** One that has a span here. */
export type RecordedTrace = Required<Trace>;

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Of a `traceparent` header (W3C Trace Context §3.2); null for one that is none, and then a new trace begins. */
export function parseTraceparent(text: string): Trace | null {
  const parent = parseParent(text);
  return parent === null ? null : { traceId: parent.traceId, isSampled: parent.isSampled };
}

/** As `parseTraceparent`, for what is recorded below the span that the header names. */
export function parseParent(text: string): RecordedTrace | null {
  const [, version = 'ff', traceId = '', parentId = '', flags = '', more] = pattern.exec(text.trim()) ?? [];
  const isOfLaterVersion = version !== '00';
  if (version === 'ff' || (more !== undefined && !isOfLaterVersion)) return null;
  if (/^0*$/.test(traceId) || /^0*$/.test(parentId)) return null;
  return { traceId, isSampled: (Number.parseInt(flags, 16) & 1) === 1, spanId: parentId };
}

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

/** At least one bit is set, or it would mean nothing. */
function idOf(random: Random, count: number): string {
  const bytes = random.bytes(count);
  if (bytes.every((byte) => byte === 0)) bytes[count - 1] = 1;
  return hexOf(bytes);
}

export const newTrace = (random: Random): Trace => ({ traceId: idOf(random, 16), isSampled: true });

/**
 * The header for one request of the trace: below what is recorded of it, else by an id of its own. It is the same when
 * the request is repeated.
 */
export const traceparentOf = (trace: Trace, random: Random): string =>
  headerOf({ ...trace, spanId: trace.spanId ?? idOf(random, 8) });

export const headerOf = ({ traceId, spanId, isSampled }: RecordedTrace): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

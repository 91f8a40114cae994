/** Where traces go: the settings of tracing. */
import { z } from 'zod';
import { parseEndpoint } from './storage.js';
import { numberBetween, read, text } from './values.js';

/** Tokens of RFC 9110, and what may stand in a header. */
const headerPattern = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x20-\x7e]*?)\s*$/;

/** Of `name=value`, with commas or line ends between them. */
function parseHeaders(value: string): Readonly<Record<string, string>> | null {
  const said = value.split(/[,\n]/).filter((entry) => entry.trim() !== '');
  const headers = said.map((entry) => headerPattern.exec(entry));
  if (headers.some((header) => header === null)) return null;
  return Object.fromEntries(headers.map((header) => [header?.[1]?.toLowerCase() ?? '', header?.[2] ?? '']));
}

export const tracingSettings = {
  /** Base URL of a collector that speaks OTLP over HTTP; left out: nothing is traced. */
  tracingEndpoint: read(parseEndpoint, 'must be an http:// or https:// URL without credentials or a query').optional(),
  /** Sent with every request to it. */
  tracingHeaders: read(parseHeaders, 'must be name=value, separated by commas or lines').prefault(''),
  /** Of the traces that begin here; those of others are recorded when whoever began them says so. */
  tracingSampleRatio: numberBetween(0, 1).prefault(1),
  tracingServiceName: text.pipe(z.string().min(1).max(255)).prefault('parley'),
} as const;

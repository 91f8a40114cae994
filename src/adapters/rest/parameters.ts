/**
 * Parameters as data: one declaration says how a text is read, what is said of it when it cannot be, and how the
 * OpenAPI document describes it.
 */
import { auditedUrl } from '../../app/audit.js';
import { type EpochMs, epochMs } from '../../base/brands.js';
import { type RecordingEvent, recordingEvents } from '../../base/flavour.js';
import { err, ok, type Result } from '../../base/result.js';
import { absoluteUrl } from '../../callbacks/resolve-url.js';
import { type HttpMethod, urlCharactersMax } from '../../conference/state.js';
import { badParameter, type RestFailure } from './failure.js';
import type { Said } from './said.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

type Fault = { readonly rule: string; readonly code?: number };

export type Parameter<T> = {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly read: (text: string) => Result<T, Fault>;
  /** Repeated names are one list, its words parted by spaces. */
  readonly isList?: true;
  /** Who leaves it out, or blank, is refused. */
  readonly isRequired?: true;
  /** What the audit trail keeps of it: no secret that a URL may hold. */
  readonly audited: (text: string) => string;
};

/** By their names on the wire. */
export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

/** Undefined: not said. */
export type ReadParameters<P extends Parameters> = {
  readonly [Name in keyof P]: (P[Name] extends Parameter<infer T> ? T : never) | undefined;
};

/** Of a name that was said more than once the last counts. The first fault refuses. */
export function readParameters<P extends Parameters>(table: P, said: Said): Result<ReadParameters<P>, RestFailure> {
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(table)) {
    const text = saidOf(parameter, said.get(name));
    if (parameter.isRequired === true && (text ?? '').trim() === '') return err(badParameter(name, 'is required'));
    if (text === undefined) continue;
    const read = parameter.read(text);
    if (!read.ok) return err(badParameter(name, read.error.rule, read.error.code));
    values[name] = read.value;
  }
  return ok(values as ReadParameters<P>);
}

/** Of a name that may be a list all count. */
export const saidOf = ({ isList }: Parameter<unknown>, values: readonly string[] | undefined): string | undefined =>
  isList === true ? values?.join(' ') : values?.at(-1);

const itself = (text: string): string => text.slice(0, 128);

/** `True` comes from Python and from old samples. */
export const flag = (description: string): Parameter<boolean> => ({
  description,
  schema: { type: 'boolean' },
  read: (text) => {
    const lower = text.trim().toLowerCase();
    if (lower === 'true' || lower === 'false') return ok(lower === 'true');
    return err({ rule: 'must be true or false' });
  },
  audited: itself,
});

/** As a vendor documents it of one parameter: whatever is not true is false (CONTRACT §7.4). */
export const forgivingFlag = (description: string): Parameter<boolean> => ({
  ...flag(description),
  read: (text) => ok(text.trim().toLowerCase() === 'true'),
});

export const choice = <const T extends string>(
  values: readonly T[],
  description: string,
  code?: number,
): Parameter<T> => ({
  description,
  schema: { type: 'string', enum: [...values] },
  read: (text) => {
    const value = values.find((each) => each === text.trim());
    if (value !== undefined) return ok(value);
    return err({ rule: `must be one of ${values.join(', ')}`, ...(code === undefined ? {} : { code }) });
  },
  audited: itself,
});

export const httpMethod = (description: string, code = 13_221): Parameter<HttpMethod> => ({
  description,
  schema: { type: 'string', enum: ['GET', 'POST'] },
  read: (text) => {
    const method = text.trim().toUpperCase();
    return method === 'GET' || method === 'POST' ? ok(method) : err({ rule: 'must be GET or POST', code });
  },
  audited: itself,
});

const urlSchema = { type: 'string', format: 'uri', maxLength: urlCharactersMax };

const readUrl = (text: string, code: number): Result<string, Fault> => {
  const url = absoluteUrl(text);
  if (url !== null) return ok(url);
  return err({ rule: `must be an absolute http or https URL of at most ${urlCharactersMax} characters`, code });
};

export const webUrl = (description: string, code = 11_100): Parameter<string> => ({
  description,
  schema: urlSchema,
  read: (text) => readUrl(text, code),
  audited: auditedUrl,
});

/** Null: the empty text, which stands for silence. */
export const webUrlOrNothing = (description: string, code = 13_233): Parameter<string | null> => ({
  description,
  schema: { anyOf: [urlSchema, { type: 'string', maxLength: 0 }] },
  read: (text) => (text.trim() === '' ? ok(null) : readUrl(text, code)),
  audited: auditedUrl,
});

export const text = (description: string, charactersMax: number): Parameter<string> => ({
  description,
  schema: { type: 'string', maxLength: charactersMax },
  read: (value) =>
    [...value].length <= charactersMax ? ok(value) : err({ rule: `must have at most ${charactersMax} characters` }),
  audited: (value) => `${value.length} characters`,
});

export const required = <T>(parameter: Parameter<T>): Parameter<T> & { readonly isRequired: true } => ({
  ...parameter,
  schema: { ...parameter.schema, pattern: '\\S' },
  isRequired: true,
});

export const wholeNumber = (
  [min, max]: readonly [number, number],
  description: string,
  code = 20_001,
): Parameter<number> => ({
  description,
  schema: { type: 'integer', minimum: min, maximum: max },
  read(value) {
    const number = /^\d{1,9}$/.test(value.trim()) ? Number(value) : Number.NaN;
    return number >= min && number <= max
      ? ok(number)
      : err({ rule: `must be a whole number from ${min} to ${max}`, code });
  },
  audited: itself,
});

export const words = <const T extends string>(
  of: readonly T[],
  description: string,
  code: number,
): Parameter<readonly T[]> => ({
  description: `${description} Of ${of.join(', ')}; several are repeated, or parted by spaces or commas.`,
  schema: { type: 'string', pattern: `^(${of.join('|')})([ ,]+(${of.join('|')}))*$` },
  isList: true,
  read(value) {
    const said = value.split(/[\s,]+/).filter((word) => word !== '');
    const known = said.map((word) => of.find((each) => each === word));
    if (known.every((word) => word !== undefined)) return ok([...new Set(known)]);
    return err({ rule: `must be of ${of.join(', ')}`, code });
  },
  audited: itself,
});

export const recordingEventList = (description: string): Parameter<readonly RecordingEvent[]> =>
  words(recordingEvents, description, 13_621);

/** From the first to the last millisecond. */
export type Span = { readonly fromMs: EpochMs; readonly untilMs: EpochMs };

const dayMs = 86_400_000;
const dayPattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** A UTC day, or an instant, which spans its second (RFC 3339). */
export function parseSpan(value: string): Span | null {
  const trimmed = value.trim();
  const [, year, month, day] = dayPattern.exec(trimmed) ?? [];
  if (year !== undefined) {
    const fromMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
    const isDay = new Date(fromMs).toISOString().startsWith(trimmed);
    return isDay ? { fromMs: epochMs(fromMs), untilMs: epochMs(fromMs + dayMs - 1) } : null;
  }
  const atMs = instantPattern.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  if (Number.isNaN(atMs)) return null;
  const fromMs = Math.floor(atMs / 1000) * 1000;
  return { fromMs: epochMs(fromMs), untilMs: epochMs(fromMs + 999) };
}

export const span = (description: string): Parameter<Span> => ({
  description,
  schema: {
    anyOf: [
      { type: 'string', format: 'date' },
      { type: 'string', format: 'date-time' },
    ],
  },
  read: (value) => {
    const read = parseSpan(value);
    return read === null ? err({ rule: 'must be a day as in 2024-04-04, or an instant of RFC 3339' }) : ok(read);
  },
  audited: itself,
});

type SpanName<Name extends string> = Name | `${Name}<` | `${Name}>`;

/** The three names of a filter by time: `Name`, `Name<`, `Name>`, the last two with the day itself (CONTRACT §7.3). */
export const spans = <const Name extends string>(name: Name, what: string): Record<SpanName<Name>, Parameter<Span>> =>
  ({
    [name]: span(`${what} on this UTC day.`),
    [`${name}<`]: span(`${what} on this UTC day or before; on the wire \`${name}<=2024-04-04\`.`),
    [`${name}>`]: span(`${what} on this UTC day or later; on the wire \`${name}>=2024-04-04\`.`),
  }) as Record<SpanName<Name>, Parameter<Span>>;

/** What the three together let through. */
export function spanOf<Name extends string>(
  name: Name,
  said: Readonly<Partial<Record<SpanName<Name>, Span | undefined>>>,
): { readonly fromMs: EpochMs | null; readonly untilMs: EpochMs | null } {
  const on: Span | undefined = said[name];
  const before: Span | undefined = said[`${name}<`];
  const after: Span | undefined = said[`${name}>`];
  const froms = [on?.fromMs, after?.fromMs].filter((each) => each !== undefined);
  const untils = [on?.untilMs, before?.untilMs].filter((each) => each !== undefined);
  return {
    fromMs: froms.length === 0 ? null : epochMs(Math.max(...froms)),
    untilMs: untils.length === 0 ? null : epochMs(Math.min(...untils)),
  };
}

/**
 * What one attribute may say, what it means when it says nothing, and what is done when it says something else
 * (CONTRACT §1.2, §2.1). The tables made of these are read by documents and by typed instructions alike.
 */
import type { Result } from '../base/result.js';
import { type HttpMethod, urlCharactersMax } from '../conference/state.js';
import type { Finding } from './finding.js';

export const regionCharactersMax = 64;

/** The absolute URL that a text names in its place, as it was typed where it was absolute; null when it names none. */
export type ResolveUrl = (text: string) => string | null;

export type Trouble = {
  /** What is wrong and what is done instead. */
  readonly message: string;
  /** Where the fault has a number of its own. */
  readonly code?: number;
};

export type Reading<V> = { readonly value: V; readonly trouble: Trouble | null };

export type AttributeRule<V> = {
  /** Whose value counts: each leg's own, or one for the whole room (CONTRACT §1.3). */
  readonly scope: 'leg' | 'room';
  /** What it may say, for people: docs/attributes.md. */
  readonly values: string;
  /** When it is left out; null where that is to be told from every value. */
  readonly fallback: V;
  /** What would say the same as leaving it out; null where nothing does. */
  readonly fallbackText: string | null;
  readonly code: number;
  readonly level: Finding['level'];
  /** A leg that cannot have what it asks for here does not join (CONTRACT §1.2). */
  readonly keepsOut: boolean;
  readonly read: (text: string, resolveUrl: ResolveUrl) => Reading<V>;
};

export type AttributeTable = Readonly<Record<string, AttributeRule<unknown>>>;
export type ValuesOf<T extends AttributeTable> = {
  readonly [N in keyof T]: T[N] extends AttributeRule<infer V> ? V : never;
};

export type RuleOptions = {
  readonly code: number;
  readonly scope?: 'leg' | 'room';
  readonly level?: Finding['level'];
  readonly keepsOut?: boolean;
};

const fine = <V>(value: V): Reading<V> => ({ value, trouble: null });

/** How values and what is left out are told of. */
type Told<V> = { readonly values: string; readonly fallback: V; readonly fallbackText: string | null };

const leftOut = (values: string): Told<null> => ({ values, fallback: null, fallbackText: null });

function rule<V>(
  told: Told<V>,
  { code, scope = 'leg', level = 'warning', keepsOut = false }: RuleOptions,
  read: AttributeRule<V>['read'],
): AttributeRule<V> {
  return { ...told, scope, code, level, keepsOut, read };
}

/** `true` or `false` in any case: some SDKs write `True`. */
export const flag = (fallback: boolean, options: RuleOptions): AttributeRule<boolean> =>
  choice({ true: true, false: false }, fallback, options);

/** One of the names of `values`, in any case. */
export function choice<const V, F extends V | null>(
  values: Readonly<Record<string, V>>,
  fallback: F,
  options: RuleOptions,
): AttributeRule<V | F> {
  const byName = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
  const names = Object.keys(values).join(', ');
  const taken = Object.entries(values).find(([, value]) => value === fallback)?.[0];
  const message = `not one of ${names}: taken as ${taken ?? 'left out'}`;
  const told = { values: names, fallback, fallbackText: taken ?? null };
  return rule<V | F>(told, options, (text) => {
    const value = byName.get(text.trim().toLowerCase());
    return value === undefined ? { value: fallback, trouble: { message } } : fine(value);
  });
}

export const method = (options: RuleOptions): AttributeRule<HttpMethod> =>
  choice<HttpMethod, HttpMethod>({ GET: 'GET', POST: 'POST' }, 'POST', options);

/** An integer from `min` to `max`. */
export function integer<F extends number | null>(
  [min, max]: readonly [number, number],
  fallback: F,
  options: RuleOptions,
): AttributeRule<number | F> {
  const message = `not a whole number from ${min} to ${max}: taken as ${fallback ?? 'left out'}`;
  const fallbackText = fallback === null ? null : String(fallback);
  return rule<number | F>({ values: `${min} to ${max}`, fallback, fallbackText }, options, (text) => {
    const value = /^\s*[+-]?\d{1,12}\s*$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? fine(value) : { value: fallback, trouble: { message } };
  });
}

/** A URL; empty is as left out. */
export const url = (options: RuleOptions): AttributeRule<string | null> =>
  rule<string | null>(leftOut('a URL'), options, (text, resolveUrl) => {
    if (text.trim() === '') return fine(null);
    const value = resolveUrl(text);
    return { value, trouble: value === null ? { message: `${noUrl}: taken as left out` } : null };
  });

/** A URL; the empty text is a value of its own. */
export const urlOrEmpty = (options: RuleOptions & { readonly otherwise: string }): AttributeRule<string | null> =>
  rule<string | null>(leftOut('a URL, or empty'), options, (text, resolveUrl) => {
    if (text.trim() === '') return fine('');
    const value = resolveUrl(text);
    return { value, trouble: value === null ? { message: `${noUrl}, nor empty: ${options.otherwise}` } : null };
  });

const noUrl = `not an http or https URL of at most ${urlCharactersMax} characters`;

/** Names out of `known`, between spaces or commas; each once, in the order of saying. */
export const tokens = <T extends string>(
  known: readonly T[],
  options: RuleOptions,
): AttributeRule<readonly T[] | null> =>
  rule<readonly T[] | null>(leftOut(`any of ${known.join(' ')}`), options, (text) => {
    const said = text.split(/[\s,]+/).filter((token) => token !== '');
    const value = [...new Set(said)].flatMap((token) => known.find((name) => name === token) ?? []);
    const isOdd = said.some((token) => !known.some((name) => name === token));
    return { value, trouble: isOdd ? { message: 'unknown events are left out' } : null };
  });

/** Free text, trimmed; empty is as left out. */
export const text = (charactersMax: number, options: RuleOptions): AttributeRule<string | null> =>
  rule<string | null>(leftOut(`text of at most ${charactersMax} characters`), options, (given) => {
    const value = given.trim();
    if ([...value].length <= charactersMax) return fine(value === '' ? null : value);
    return { value: null, trouble: { message: `more than ${charactersMax} characters: taken as left out` } };
  });

/** Read by `parse`; null is as left out. */
export const parsed = <V>(
  parse: (text: string) => Result<V | null, Trouble>,
  { values, ...options }: RuleOptions & { readonly values: string },
): AttributeRule<V | null> =>
  rule<V | null>(leftOut(values), options, (given) => {
    const result = parse(given);
    return result.ok ? fine(result.value) : { value: null, trouble: result.error };
  });

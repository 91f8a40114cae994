/** What the fragment of a webhook URL asks of its delivery, as in `#ct=500&rc=2&rp=5xx,ct` (CONTRACT §6.2). */

/** Which failures are tried again, as the vendors spell them. */
export const retryTokens = ['4xx', '5xx', 'ct', 'rt', 'all'] as const;
export type RetryToken = (typeof retryTokens)[number];

/** Null: did not say. */
export type DeliveryOverrides = {
  /** 100 to 10,000; keys `ct` and `ot`. */
  readonly connectTimeoutMs: number | null;
  /** 100 to 15,000, until the first byte of the answer and between its packets; key `rt`. */
  readonly readTimeoutMs: number | null;
  /** 100 to 15,000, redirects included; key `tt`. */
  readonly totalTimeoutMs: number | null;
  /** 0 to 5 tries after the first; key `rc`. */
  readonly retries: number | null;
  /** Key `rp`. */
  readonly retryOn: ReadonlySet<RetryToken> | null;
};

export const noOverrides: DeliveryOverrides = {
  connectTimeoutMs: null,
  readTimeoutMs: null,
  totalTimeoutMs: null,
  retries: null,
  retryOn: null,
};

const connectTimeoutMsRange = [100, 10_000] as const;
const timeoutMsRange = [100, 15_000] as const;
const retriesRange = [0, 5] as const;

/** Total: keys that are unknown and values that mean nothing are passed over, numbers out of range are clamped. */
export function parseOverrides(fragment: string): DeliveryOverrides {
  let overrides = noOverrides;
  for (const pair of fragment.split('&')) {
    const equals = pair.indexOf('=');
    if (equals >= 0) overrides = { ...overrides, ...override(pair.slice(0, equals), pair.slice(equals + 1)) };
  }
  return overrides;
}

function override(key: string, value: string): Partial<DeliveryOverrides> {
  switch (key) {
    case 'ct':
    case 'ot':
      return said('connectTimeoutMs', clampedInteger(value, connectTimeoutMsRange));
    case 'rt':
      return said('readTimeoutMs', clampedInteger(value, timeoutMsRange));
    case 'tt':
      return said('totalTimeoutMs', clampedInteger(value, timeoutMsRange));
    case 'rc':
      return said('retries', clampedInteger(value, retriesRange));
    case 'rp':
      return said('retryOn', retryTokensIn(value));
    default:
      return {};
  }
}

const said = <K extends keyof DeliveryOverrides>(name: K, value: DeliveryOverrides[K]): Partial<DeliveryOverrides> =>
  value === null ? {} : { [name]: value };

function clampedInteger(text: string, [min, max]: readonly [number, number]): number | null {
  return /^-?\d+$/.test(text) ? Math.min(max, Math.max(min, Number(text))) : null;
}

/** Commas may arrive percent-encoded. Null when no token is known. */
function retryTokensIn(text: string): ReadonlySet<RetryToken> | null {
  const words = text.toLowerCase().split(/,|%2c/);
  const tokens = retryTokens.filter((token) => words.includes(token));
  return tokens.length === 0 ? null : new Set(tokens);
}

/** Where things are: paths as they are asked for, and as answers name them. */
import type { AccountSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import { formatSid } from '../../base/sids.js';

/** The only version there is, of both vendors. */
export const apiVersion = '2010-04-01';

const prefixed = /^\/api\/laml(?=\/2010-04-01(?:[/?]|$))/;

/**
 * A path and its query as it is routed: under one prefix, without the suffix of its format or a slash at the end.
 * `elsewhere`: the path of what the suffix makes another thing of; null: it does not.
 */
export function routedUrl(url: string, elsewhere: (path: string) => string | null): string {
  const [path = '', ...query] = url.replace(prefixed, '').split('?');
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  const whole = path.slice(0, end);
  const bare = elsewhere(whole) ?? whole.replace(/\.json$/, '');
  const routed = path.startsWith(`/${apiVersion}`) ? bare : path;
  return query.length === 0 ? routed || '/' : `${routed || '/'}?${query.join('?')}`;
}

/** Of what an account has; `segments` are names and sids as they are shown, or labels. */
export const uriOf = (flavour: Flavour, accountSid: AccountSid, ...segments: readonly string[]): string =>
  [
    `${flavour.uriPrefix}/${apiVersion}/Accounts`,
    formatSid('account', accountSid, flavour.sidStyle),
    ...segments.map(encodeURIComponent),
  ].join('/');

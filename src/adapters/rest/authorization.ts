/** Who asks: Basic with sid and token of the account, as SDKs send it, or the token as bearer (CONTRACT §7.1). */
import type { AccountSid } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';

/** Null: no account has this token. With null, as every function here: none was shown. */
export type TokenOwner = (token: string | null) => AccountSid | null;

/** Whom Basic credentials name; null: nobody, or there are none. */
export function namedIn(authorization: string | null): AccountSid | null {
  const [, shown = ''] = /^basic +([\x21-\x7e]+) *$/i.exec(authorization ?? '') ?? [];
  return parseSid('account', splitOnce(Buffer.from(shown, 'base64').toString('utf8'))[0]);
}

/** Who has shown a token of theirs; null: nobody. `authorization` is the header as sent, null without one. */
export function authorized(authorization: string | null, ownerOf: TokenOwner): AccountSid | null {
  const [, scheme = '', shown = ''] = /^(basic|bearer) +([\x21-\x7e]+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return ownerOf(shown);
  if (scheme === '') return authorization === null ? ownerOf(null) : null;
  const [user, token] = splitOnce(Buffer.from(shown, 'base64').toString('utf8'));
  // Found by its token first, so that whether there is an account of this sid cannot be told.
  const owner = ownerOf(token);
  return owner !== null && owner === parseSid('account', user) ? owner : null;
}

function splitOnce(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

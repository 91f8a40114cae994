/** Which `m=` line of an offer is taken up, and how it asks to be secured. */
import { ok, type Result } from '../../base/result.js';
import { type Offer, type OfferedMedia, refused, type SdpRefusal } from './offer.js';
import { cryptoValues } from './sdes.js';
import { type Security, type SecurityPolicy, securityOf } from './security.js';

export type AudioLine = { readonly offered: OfferedMedia; readonly security: Security };

/**
 * The first audio line that is switched on and can be taken. Where a secure one is offered, no plain one will do: the
 * offer is then secured or refused.
 */
export function audioLine(offer: Offer, offerText: string, policy: SecurityPolicy): Result<AudioLine, SdpRefusal> {
  const keysOf = cryptoValues(offerText);
  const lines = offer.media.flatMap((offered, index) => {
    if (offered.type !== 'audio' || offered.port === 0) return [];
    const security = securityOf(offered.protocol, keysOf[index] ?? [], policy);
    return [security.ok ? ok({ offered, security: security.value }) : security];
  });
  const isSecure = ({ protocol }: OfferedMedia): boolean => protocol.includes('SAVP');
  const wantsSecure = offer.media.some((line) => line.type === 'audio' && line.port !== 0 && isSecure(line));
  const taken = lines.find((line) => line.ok && (!wantsSecure || isSecure(line.value.offered)));
  return taken ?? lines.find((line) => !line.ok) ?? refused('m=audio', 'must be offered with a port other than 0');
}

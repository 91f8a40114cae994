/** Whether the packets of an audio line are secured, by what was offered and by policy. */
import { ok, type Result } from '../../base/result.js';
import type { SrtpSuite } from '../srtp-key.js';
import { refused, type SdpRefusal } from './offer.js';
import { type CryptoLine, chooseCrypto } from './sdes.js';

export type Security = { readonly kind: 'plain' } | { readonly kind: 'srtp'; readonly crypto: CryptoLine };

export type SecurityPolicy = {
  /** Suites that may be used, the most wanted first. */
  readonly suites: readonly SrtpSuite[];
  /** What RTP/AVP becomes when it comes with usable keys (RFC 8643): the offerer would take either. */
  readonly opportunistic: 'plain' | 'srtp';
};

const plain: Security = { kind: 'plain' };

/**
 * `values`: of `a=crypto` of the line. What is offered as secure is secured or refused, never answered
 * plain.
 */
export function securityOf(
  protocol: string,
  values: readonly string[],
  policy: SecurityPolicy,
): Result<Security, SdpRefusal> {
  switch (protocol) {
    case 'RTP/SAVP':
    case 'RTP/SAVPF': {
      const chosen = chooseCrypto(values, policy.suites);
      return chosen.ok ? ok({ kind: 'srtp', crypto: chosen.value }) : chosen;
    }
    case 'RTP/AVP':
    case 'RTP/AVPF': {
      const chosen = policy.opportunistic === 'srtp' ? chooseCrypto(values, policy.suites) : null;
      return ok(chosen?.ok ? { kind: 'srtp', crypto: chosen.value } : plain);
    }
    default:
      return refused('m=audio', 'must be RTP/AVP, RTP/AVPF, or RTP/SAVP or RTP/SAVPF with a=crypto');
  }
}

/** A call that is secured stays so: an offer that would end it is refused, and the call goes on as it was. */
export const downgrades = (previous: Security, next: Security): boolean =>
  previous.kind === 'srtp' && next.kind === 'plain';

/**
 * Whether a later offer asks for new keys. If not, the session and both keys go on, rollover counters and all: the
 * answer repeats the key of the one before.
 */
export function rekeys(previous: Security, next: Security): boolean {
  if (next.kind === 'plain') return false;
  if (previous.kind === 'plain') return true;
  const [a, b] = [previous.crypto.masterKeyId, next.crypto.masterKeyId];
  return !previous.crypto.key.equals(next.crypto.key) || a?.value !== b?.value || a?.bytes !== b?.bytes;
}

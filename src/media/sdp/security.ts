/** Whether the packets of an audio line are secured, by what was offered, by policy, and by what was agreed before. */
import { ok, type Result } from '../../base/result.js';
import type { LegSecurity } from '../engine-port.js';
import type { SrtpKey, SrtpSuite } from '../srtp-key.js';
import { refused, type SdpRefusal } from './offer.js';
import { type CryptoLine, chooseCrypto } from './sdes.js';

/** What an offer asks for. */
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
      return refused('m=audio', `must be RTP/AVP, RTP/AVPF, RTP/SAVP or RTP/SAVPF with a=crypto, not ${protocol}`);
  }
}

/**
 * The keys of both sides. `before`: what the call has now, null when it begins. A call that is secured stays so; with
 * the peer's key the same, both keys go on, rollover counters and all; `newKey` is asked for whatever is new.
 */
export function agreedSecurity(
  asked: Security,
  before: LegSecurity | null,
  newKey: (suite: SrtpSuite) => SrtpKey,
): Result<LegSecurity, SdpRefusal> {
  if (asked.kind === 'plain') {
    return before?.kind === 'srtp'
      ? refused('m=audio', 'must be RTP/SAVP or RTP/SAVPF as before: a secured call stays secured')
      : ok({ kind: 'plain' });
  }
  const { key: inbound, masterKeyId: inboundKeyId } = asked.crypto;
  if (before?.kind === 'srtp' && before.inbound.equals(inbound)) {
    const known = before.inboundKeyId;
    if (known?.value === inboundKeyId?.value && known?.bytes === inboundKeyId?.bytes) return ok(before);
  }
  return ok({ kind: 'srtp', inbound, inboundKeyId, outbound: newKey(inbound.suite) });
}

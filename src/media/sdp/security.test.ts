import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LegSecurity } from '../engine-port.js';
import { masterBytes, SrtpKey, type SrtpSuite, srtpSuites } from '../srtp-key.js';
import { cryptoAttribute } from './sdes.js';
import { agreedSecurity, type Security, type SecurityPolicy, securityOf } from './security.js';

const policy: SecurityPolicy = { suites: srtpSuites, opportunistic: 'plain' };
const line = (suite: SrtpSuite, tag = 1, seed = 1): string => {
  const { id, config } = cryptoAttribute(tag, new SrtpKey(suite, new Uint8Array(masterBytes[suite]).fill(seed)));
  return `${id} ${suite} ${config}`;
};
const cm80 = line('AES_CM_128_HMAC_SHA1_80');

const security = (protocol: string, crypto: readonly string[], given = policy): Security => {
  const result = securityOf(protocol, crypto, given);
  if (!result.ok) throw new Error(result.error.rule);
  return result.value;
};
const plain = security('RTP/AVP', []);

describe('securityOf', () => {
  it.each(['RTP/SAVP', 'RTP/SAVPF'])('secures %s with a usable line', (protocol) => {
    const taken = security(protocol, [cm80]);
    expect(taken.kind === 'srtp' && taken.crypto.key.suite).toBe('AES_CM_128_HMAC_SHA1_80');
  });

  it.each(['RTP/SAVP', 'RTP/SAVPF'])('refuses %s without one', (protocol) => {
    for (const crypto of [[], ['1 F8_128_HMAC_SHA1_80 inline:x'], [`${cm80} UNENCRYPTED_SRTP`]]) {
      const result = securityOf(protocol, crypto, policy);
      expect(!result.ok && result.error.field).toBe('a=crypto');
    }
  });

  it.each(['RTP/AVP', 'RTP/AVPF'])('leaves %s plain, unless the policy says otherwise', (protocol) => {
    expect(security(protocol, []).kind).toBe('plain');
    expect(security(protocol, [cm80]).kind).toBe('plain');
    expect(security(protocol, [cm80], { ...policy, opportunistic: 'srtp' }).kind).toBe('srtp');
    expect(security(protocol, ['nonsense'], { ...policy, opportunistic: 'srtp' }).kind).toBe('plain');
  });

  it.each(['UDP/TLS/RTP/SAVPF', 'udptl', '', 'rtp/savp'])('refuses %j', (protocol) => {
    const result = securityOf(protocol, [cm80], policy);
    expect(!result.ok && result.error.field).toBe('m=audio');
  });

  it('never makes secure media plain, whatever comes with it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('RTP/SAVP', 'RTP/SAVPF'),
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(cm80), fc.constant(`2${cm80.slice(1)} KDR=1`))),
        fc.constantFrom<SecurityPolicy['opportunistic']>('plain', 'srtp'),
        (protocol, crypto, opportunistic) => {
          const result = securityOf(protocol, crypto, { ...policy, opportunistic });
          expect(result.ok ? result.value.kind : 'refused').not.toBe('plain');
        },
      ),
    );
  });
});

describe('agreedSecurity', () => {
  const of = (text: string): Security => security('RTP/SAVP', [text]);
  let keys = 0;
  const newKey = (suite: SrtpSuite): SrtpKey => {
    keys += 1;
    return new SrtpKey(suite, new Uint8Array(masterBytes[suite]).fill(100 + keys));
  };
  const agreed = (asked: Security, before: LegSecurity | null): LegSecurity => {
    const result = agreedSecurity(asked, before, newKey);
    return result.ok ? result.value : expect.fail(result.error.rule);
  };

  it('answers a key with a fresh one of the same suite', () => {
    const security = agreed(of(cm80), null);
    if (security.kind !== 'srtp') return expect.fail('secured');
    expect(security.inbound.reveal()).toEqual(new Uint8Array(30).fill(1));
    expect(security.outbound.suite).toBe('AES_CM_128_HMAC_SHA1_80');
    expect(security.outbound.equals(security.inbound)).toBe(false);
    expect(agreed(plain, null)).toEqual({ kind: 'plain' });
  });

  it('goes on with both keys when the key is offered again, under whatever tag', () => {
    const before = agreed(of(cm80), null);
    for (const again of [cm80, line('AES_CM_128_HMAC_SHA1_80', 2), `${cm80}|2^20`]) {
      expect(agreed(of(again), before)).toBe(before);
    }
  });

  it('makes a new key for another key, suite or identifier, and when media becomes secure', () => {
    const before = agreed(of(cm80), null);
    const identified = agreed(of(`${cm80}|1:1`), null);
    for (const [asked, known] of [
      [line('AES_CM_128_HMAC_SHA1_80', 1, 2), before],
      [line('AES_CM_128_HMAC_SHA1_32'), before],
      [`${cm80}|1:1`, before],
      [`${cm80}|1:2`, identified],
      [cm80, identified],
      [cm80, { kind: 'plain' } as const],
    ] as const) {
      const next = agreed(of(asked), known);
      if (next.kind !== 'srtp') return expect.fail('secured');
      expect(known.kind === 'srtp' && next.outbound.equals(known.outbound)).toBe(false);
    }
  });

  it('refuses to become plain', () => {
    const before = agreed(of(cm80), null);
    const result = agreedSecurity(plain, before, newKey);
    expect(result.ok ? null : result.error.field).toBe('m=audio');
    expect(agreed(plain, { kind: 'plain' })).toEqual({ kind: 'plain' });
  });
});

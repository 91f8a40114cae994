import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masterBytes, SrtpKey, type SrtpSuite, srtpSuites } from '../srtp-key.js';
import { writeCrypto } from './sdes.js';
import { downgrades, rekeys, type Security, type SecurityPolicy, securityOf } from './security.js';

const policy: SecurityPolicy = { suites: srtpSuites, opportunistic: 'plain' };
const line = (suite: SrtpSuite, tag = 1, seed = 1): string =>
  writeCrypto(tag, new SrtpKey(suite, new Uint8Array(masterBytes[suite]).fill(seed)));
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

describe('downgrades', () => {
  it('is true only from secure to plain', () => {
    const secure = security('RTP/SAVP', [cm80]);
    expect(downgrades(secure, plain)).toBe(true);
    expect(downgrades(secure, secure)).toBe(false);
    expect(downgrades(plain, secure)).toBe(false);
    expect(downgrades(plain, plain)).toBe(false);
  });
});

describe('rekeys', () => {
  const of = (text: string): Security => security('RTP/SAVP', [text]);

  it('is false when the key is offered again, under whatever tag', () => {
    expect(rekeys(of(cm80), of(cm80))).toBe(false);
    expect(rekeys(of(cm80), of(line('AES_CM_128_HMAC_SHA1_80', 2)))).toBe(false);
    expect(rekeys(of(cm80), of(`${cm80}|2^20`))).toBe(false);
    expect(rekeys(plain, plain)).toBe(false);
  });

  it('is true for another key, suite or identifier, and when media becomes secure', () => {
    expect(rekeys(of(cm80), of(line('AES_CM_128_HMAC_SHA1_80', 1, 2)))).toBe(true);
    expect(rekeys(of(cm80), of(line('AES_CM_128_HMAC_SHA1_32')))).toBe(true);
    expect(rekeys(of(cm80), of(`${cm80}|1:1`))).toBe(true);
    expect(rekeys(of(`${cm80}|1:1`), of(`${cm80}|1:2`))).toBe(true);
    expect(rekeys(plain, of(cm80))).toBe(true);
  });
});

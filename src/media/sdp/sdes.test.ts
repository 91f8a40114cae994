import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masterBytes, SrtpKey, type SrtpSuite, srtpSuites } from '../srtp-key.js';
import { encodeBase64 } from './base64.js';
import { type CryptoLine, chooseCrypto, cryptoAttribute, cryptoLinesMax, cryptoValues, parseCrypto } from './sdes.js';

const keyOf = (suite: SrtpSuite, seed = 1): SrtpKey =>
  new SrtpKey(
    suite,
    Uint8Array.from({ length: masterBytes[suite] }, (_, i) => i * 3 + seed),
  );
const inline = (suite: SrtpSuite, seed = 1): string => `inline:${encodeBase64(keyOf(suite, seed).reveal())}`;
const cm80 = 'AES_CM_128_HMAC_SHA1_80';
const cm32 = 'AES_CM_128_HMAC_SHA1_32';
const gcm128 = 'AEAD_AES_128_GCM';
const gcm256 = 'AEAD_AES_256_GCM';

const parsed = (value: string): CryptoLine => {
  const line = parseCrypto(value);
  if (!line.ok) throw new Error(line.error);
  return line.value;
};
const ruleOf = (value: string): string => {
  const line = parseCrypto(value);
  if (line.ok) throw new Error('a usable line');
  return line.error;
};

describe('parseCrypto', () => {
  it('reads the example of RFC 4568', () => {
    const line = parsed(`1 ${cm80} inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4`);
    expect(line.tag).toBe(1);
    expect(line.key.suite).toBe(cm80);
    expect(new TextDecoder().decode(line.key.reveal())).toContain('semctl');
    expect(line.masterKeyId).toEqual({ value: 1, bytes: 4 });
  });

  it.each(srtpSuites)('reads what it writes of %s', (suite) => {
    const { id, suite: name, config } = cryptoAttribute(7, keyOf(suite));
    const line = parsed(`${id} ${name} ${config}`);
    expect(line.tag).toBe(7);
    expect(line.key.equals(keyOf(suite))).toBe(true);
    expect(line.masterKeyId).toBeNull();
  });

  it.each([
    `1 ${cm80} ${inline(cm80)}`,
    `1 ${cm80.toLowerCase()} ${inline(cm80).replace('inline', 'INLINE')}`,
    `1\t${cm80}  ${inline(cm80)} `,
    `999999999 ${cm80} ${inline(cm80)}|2^48`,
    `0 ${cm80} ${inline(cm80)}|1048576`,
    `1 ${cm80} ${inline(cm80)}|1:1`,
    `1 ${cm80} ${inline(cm80)}|2^31|255:1`,
    `1 ${cm80} ${inline(cm80)} WSH=64`,
    `1 ${cm80} ${inline(cm80)} WSH=1024 -FOO=bar`,
    `1 ${gcm128} ${inline(gcm128)}`,
    `1 ${gcm128} ${inline(gcm128).replaceAll('=', '')}`,
  ])('takes %s', (value) => {
    expect(parseCrypto(value).ok).toBe(true);
  });

  it.each([
    ['', 'tag'],
    [`01 ${cm80} ${inline(cm80)}`, 'tag'],
    [`1234567890 ${cm80} ${inline(cm80)}`, 'tag'],
    [`-1 ${cm80} ${inline(cm80)}`, 'tag'],
    [`1 AES_192_CM_HMAC_SHA1_80 ${inline(cm80)}`, 'one of'],
    [`1 ${cm80}`, 'inline'],
    [`1 ${cm80} uri:https://192.0.2.1/key`, 'inline'],
    [`1 ${cm80} inline:`, '30 bytes'],
    [`1 ${cm80} inline:AAAA`, '30 bytes'],
    [`1 ${cm80} ${inline(gcm128)}`, '30 bytes'],
    [`1 ${gcm128} ${inline(cm80)}`, '28 bytes'],
    [`1 ${gcm256} ${inline(gcm128)}`, '44 bytes'],
    [`1 ${cm80} ${inline(cm80)}|2^49`, 'lifetime'],
    [`1 ${cm80} ${inline(cm80)}|0`, 'lifetime'],
    [`1 ${cm80} ${inline(cm80)}|3^2`, 'lifetime'],
    [`1 ${cm80} ${inline(cm80)}|1:5`, 'identifier'],
    [`1 ${cm80} ${inline(cm80)}|1:0`, 'identifier'],
    [`1 ${cm80} ${inline(cm80)}|256:1`, 'identifier'],
    [`1 ${cm80} ${inline(cm80)}|1:1|2^20`, 'inline'],
    [`1 ${cm80} ${inline(cm80)}|1:1;${inline(cm80, 9)}|2:1`, 'one key'],
    [`1 ${cm80} ${inline(cm80)} UNENCRYPTED_SRTP`, 'without encryption'],
    [`1 ${cm80} ${inline(cm80)} UNENCRYPTED_SRTCP`, 'without encryption'],
    [`1 ${cm80} ${inline(cm80)} WSH=64 unencrypted_srtcp`, 'without encryption'],
    [`1 ${cm80} ${inline(cm80)} UNAUTHENTICATED_SRTP`, 'without authentication'],
    [`1 ${cm80} ${inline(cm80)} KDR=5`, 'session parameter'],
    [`1 ${cm80} ${inline(cm80)} FEC_ORDER=FEC_SRTP`, 'session parameter'],
    [`1 ${cm80} ${inline(cm80)} WSH=`, 'session parameter'],
  ])('refuses %j', (value, rule) => {
    expect(ruleOf(value)).toContain(rule);
  });

  it('is total, and tells nobody the key', () => {
    const piece = fc.constantFrom(
      '1',
      ' ',
      cm80,
      inline(cm80),
      'inline:',
      '|',
      '2^20',
      ':',
      ';',
      '4',
      'KDR=1',
      '\t',
      '=',
    );
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(hostile, (value) => {
        const line = parseCrypto(value);
        if (line.ok) expect(line.value.key.reveal()).toHaveLength(masterBytes[line.value.key.suite]);
        expect(JSON.stringify(line)).not.toContain(inline(cm80).slice(7));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('chooseCrypto', () => {
  const lines = [
    `1 ${cm32} ${inline(cm32)}`,
    `2 ${cm80} ${inline(cm80, 2)}`,
    '3 F8_128_HMAC_SHA1_80 inline:x',
    `4 ${gcm128} ${inline(gcm128)}`,
    `5 ${cm80} ${inline(cm80, 5)}`,
  ];
  const tagOf = (values: readonly string[], preference: readonly SrtpSuite[] = srtpSuites): number | string => {
    const chosen = chooseCrypto(values, preference);
    return chosen.ok ? chosen.value.tag : chosen.error.rule;
  };

  it('takes the strongest, whatever the order', () => {
    expect(tagOf(lines)).toBe(4);
    expect(tagOf(lines.toReversed())).toBe(4);
  });

  it('obeys another preference, and of equals takes the one offered first', () => {
    expect(tagOf(lines, [cm80, gcm128])).toBe(2);
    expect(tagOf(lines, [cm32])).toBe(1);
  });

  it('steps over lines it cannot use', () => {
    expect(tagOf([`1 ${gcm256} inline:AAAA`, `2 ${gcm128} ${inline(gcm128)} KDR=1`, `3 ${cm80} ${inline(cm80)}`])).toBe(
      3,
    );
  });

  it('says why there is none', () => {
    expect(tagOf([])).toBe('must be there');
    expect(tagOf(['1 F8_128_HMAC_SHA1_80 inline:x'])).toContain('must offer one of AEAD_AES_256_GCM');
    expect(tagOf([lines[3] ?? ''], [cm80])).toBe(`must offer one of ${cm80}`);
    expect(tagOf(['1 F8_128_HMAC_SHA1_80 inline:x', `2 ${cm80} ${inline(cm80)} KDR=1`])).toContain('session parameter');
  });

  it('refuses a tag that could mean two lines', () => {
    expect(tagOf([`1 ${cm80} ${inline(cm80)}`, `1 ${cm32} ${inline(cm32)}`])).toContain('repeat');
  });

  it('looks at a bounded number of lines', () => {
    const many = Array.from({ length: cryptoLinesMax + 1 }, (_, i) => `${i} ${cm80} ${inline(cm80)}`);
    expect(tagOf(many)).toContain(`${cryptoLinesMax}`);
    expect(tagOf(many.slice(1))).toBe(1);
  });
});

describe('cryptoValues', () => {
  it('gives each section its own lines, whole, and none to the session', () => {
    const sdp = [
      'v=0',
      'a=crypto:9 A x',
      'm=audio 1 RTP/SAVP 0',
      'a=crypto:1 B y WSH=64 UNENCRYPTED_SRTP',
      'a=ptime:20',
    ];
    const more = ['m=video 0 RTP/AVP 96', 'm=audio 2 RTP/SAVP 0', 'a=crypto:1 C z', 'a=crypto:2 D z'];
    expect(cryptoValues([...sdp, ...more].join('\r\n'))).toEqual([
      ['1 B y WSH=64 UNENCRYPTED_SRTP'],
      [],
      ['1 C z', '2 D z'],
    ]);
    expect(cryptoValues(sdp.join('\n'))).toHaveLength(1);
  });
});

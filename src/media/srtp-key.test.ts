import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Random } from '../base/ports.js';
import { masterBytes, newSrtpKey, SrtpKey, srtpSuites } from './srtp-key.js';

const bytes = Uint8Array.from({ length: 30 }, (_, i) => i + 200);
const key = new SrtpKey('AES_CM_128_HMAC_SHA1_80', bytes);

describe('SrtpKey', () => {
  it('shows itself in no log, text, snapshot or clone', () => {
    const shown = [
      JSON.stringify({ key }),
      `${key}`,
      String(key),
      inspect(key, { depth: 9, showHidden: true }),
      inspect({ nested: { key } }, { depth: 9 }),
      JSON.stringify(Object.entries(key)),
      JSON.stringify(structuredClone(key)),
    ].join('\n');
    expect(shown).not.toMatch(/200|201|229|yMnK/);
    expect(JSON.stringify({ key })).toBe('{"key":"[secret]"}');
  });

  it('reveals a copy, of a copy', () => {
    const source = bytes.slice();
    const own = new SrtpKey('AES_CM_128_HMAC_SHA1_80', source);
    source.fill(0);
    own.reveal().fill(0);
    expect(own.reveal()).toEqual(bytes);
  });

  it('equals only the same bytes for the same suite', () => {
    expect(key.equals(new SrtpKey('AES_CM_128_HMAC_SHA1_80', bytes))).toBe(true);
    expect(key.equals(new SrtpKey('AES_CM_128_HMAC_SHA1_32', bytes))).toBe(false);
    for (const i of [0, 15, 29]) {
      const other = bytes.slice();
      other[i] = 7;
      expect(key.equals(new SrtpKey('AES_CM_128_HMAC_SHA1_80', other))).toBe(false);
    }
  });

  it('has the length of its suite', () => {
    expect(() => new SrtpKey('AEAD_AES_128_GCM', bytes)).toThrow('length of its suite');
  });
});

describe('SrtpKey of a Buffer', () => {
  it('is a copy, and gives copies', () => {
    const given = Buffer.alloc(30, 7);
    const key = new SrtpKey('AES_CM_128_HMAC_SHA1_80', given);
    given.fill(0);
    key.reveal().fill(0);
    expect(key.reveal()).toEqual(new Uint8Array(30).fill(7));
  });
});

describe('newSrtpKey', () => {
  it('takes as many random bytes as the suite needs', () => {
    const random: Random = { bytes: (count) => new Uint8Array(count).fill(9), fraction: () => 0 };
    for (const suite of srtpSuites) {
      expect(newSrtpKey(random)(suite).reveal()).toEqual(new Uint8Array(masterBytes[suite]).fill(9));
    }
  });
});

import { describe, expect, it } from 'vitest';
import { decodeG711, encodeG711, type G711Law, silenceCodes } from './g711.js';

const laws: readonly G711Law[] = ['pcmu', 'pcma'];

describe('decodeG711', () => {
  it('knows the ends of both laws (G.711 tables 1 and 2)', () => {
    expect([...decodeG711('pcmu', Uint8Array.of(0x00, 0x80, 0x7f, 0xff))]).toEqual([-32_124, 32_124, 0, 0]);
    expect([...decodeG711('pcma', Uint8Array.of(0x2a, 0xaa, 0x55, 0xd5))]).toEqual([-32_256, 32_256, -8, 8]);
  });
});

describe('encodeG711', () => {
  it.each(laws)('%s takes every sample to the nearest value there is', (law) => {
    const values = [
      ...decodeG711(
        law,
        Uint8Array.from({ length: 256 }, (_, code) => code),
      ),
    ];
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const decoded = decodeG711(law, encodeG711(law, samples));
    for (let index = 0; index < samples.length; index += 97) {
      const sample = samples[index] ?? 0;
      const nearest = Math.min(...values.map((value) => Math.abs(value - sample)));
      expect(Math.abs((decoded[index] ?? 0) - sample)).toBe(nearest);
    }
  });

  it.each(laws)('%s says silence with the code of silence', (law) => {
    expect([...encodeG711(law, new Int16Array(3))]).toEqual([silenceCodes[law], silenceCodes[law], silenceCodes[law]]);
  });
});

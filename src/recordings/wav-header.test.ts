import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wavDataOffset, wavHeader } from './wav-header.js';

const word = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

describe('wavHeader', () => {
  it('is RIFF as long as its sizes fit, and RF64 with them in a chunk of its own from then on', () => {
    const last = (0xffff_ffff - 36 - 1) / 2;
    const small = wavHeader({ rateHz: 8000, channels: 1 }, Math.floor(last));
    expect([word(small, 0), small.length, wavDataOffset(small)]).toEqual(['RIFF', 44, 44]);
    const samples = 3_000_000_000;
    const large = wavHeader({ rateHz: 48_000, channels: 2 }, samples);
    const view = new DataView(large.buffer);
    expect([word(large, 0), word(large, 12), wavDataOffset(large)]).toEqual(['RF64', 'ds64', 80]);
    expect([view.getBigUint64(28, true), view.getBigUint64(36, true)]).toEqual([BigInt(samples) * 4n, BigInt(samples)]);
    expect(view.getBigUint64(20, true)).toBe(BigInt(samples) * 4n + 72n);
  });
});

describe('wavDataOffset', () => {
  it('passes over chunks of any length', () => {
    const head = Buffer.concat([
      wavHeader({ rateHz: 8000, channels: 1 }, 1).subarray(0, 36),
      Buffer.from([...Buffer.from('JUNK'), 3, 0, 0, 0, 1, 2, 3, 0]),
      Buffer.from('data\x02\0\0\0', 'latin1'),
    ]);
    expect(wavDataOffset(head)).toBe(56);
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const offset = wavDataOffset(bytes);
        expect(offset === null || (offset >= 20 && offset <= bytes.length)).toBe(true);
        const riff = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), bytes]);
        expect(wavDataOffset(riff) ?? 20).toBeGreaterThanOrEqual(20);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growingWavHeader, growingWavHeaderBytes, wavDataOffset, wavHeader } from './wav-header.js';

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

describe('growingWavHeader', () => {
  /** The most that 32 bits hold, in whole samples. */
  const most = Math.floor((0xffff_ffff - growingWavHeaderBytes + 8) / 4);

  it.each([
    [8000, 1, 0],
    [16_000, 1, 320],
    [48_000, 2, 960],
    [48_000, 2, most],
    [48_000, 2, most + 1],
    [48_000, 2, 0x6000_0000],
  ])('of %i Hz and %i channels with %i samples is as long as ever, and read as such', (rateHz, channels, samples) => {
    const header = growingWavHeader({ rateHz, channels }, samples);
    expect(header).toHaveLength(growingWavHeaderBytes);
    const isLarge = samples > most;
    expect([word(header, 0), word(header, 12)]).toEqual(isLarge ? ['RF64', 'ds64'] : ['RIFF', 'JUNK']);
    expect(wavDataOffset(header)).toBe(growingWavHeaderBytes);
    const view = new DataView(header.buffer);
    const dataBytes = samples * channels * 2;
    expect(isLarge ? Number(view.getBigUint64(28, true)) : view.getUint32(76, true)).toBe(dataBytes);
    expect(isLarge ? Number(view.getBigUint64(20, true)) : view.getUint32(4, true)).toBe(dataBytes + 72);
    expect([view.getUint16(58, true), view.getUint32(60, true)]).toEqual([channels, rateHz]);
  });

  it('becomes large in the place that was kept for it, and a whole file does without that place', () => {
    const format = { rateHz: 8000, channels: 1 };
    const [growing, whole] = [growingWavHeader(format, 100), wavHeader(format, 100)];
    expect([...growing.subarray(48)]).toEqual([...whole.subarray(12)]);
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

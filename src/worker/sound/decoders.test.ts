import { describe, expect, it } from 'vitest';
import { createDecoder } from './decoders.js';

/** Most significant bit first, without reflection: both sums of FLAC (RFC 9639 §9.1.8, §9.3). */
function sum(bytes: readonly number[], bits: 8 | 16, polynomial: number): number {
  const top = 1 << (bits - 1);
  return bytes.reduce((before, byte) => {
    let value = before ^ (byte << (bits - 8));
    for (let bit = 0; bit < 8; bit++) {
      value = (value & top) === 0 ? value << 1 : ((value << 1) ^ polynomial) & (2 * top - 1);
    }
    return value;
  }, 0);
}

/** FLAC whose every frame is as short as can be, and as long: eight channels of 65,535 samples that never change. */
function swellingFlac(frames: number): Uint8Array {
  const streamInfo = [0, 16, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x4e, 0xf0, ...Array(20).fill(0)];
  const file = [0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34, ...streamInfo];
  for (let number = 0; number < frames; number++) {
    const head = [0xff, 0xf8, 0x79, 0x78, number, 0xff, 0xfe];
    const frame = [...head, sum(head, 8, 0x07), ...Array(8).fill([0, 0, 1]).flat()];
    const check = sum(frame, 16, 0x8005);
    file.push(...frame, check >> 8, check & 255);
  }
  return Uint8Array.from(file);
}

describe('a decoder', () => {
  it('of FLAC makes no more of a piece than some 30 MB, however it swells', async () => {
    const file = swellingFlac(100);
    const decoder = await createDecoder('flac', file);
    if (!decoder.ok) throw new Error(decoder.error);
    const { pieceBytes } = decoder.value;
    const made: number[] = [];
    for (let at = 0; at < file.length; at += pieceBytes) {
      const piece = await decoder.value.decode(file.subarray(at, at + pieceBytes));
      if (piece.ok) made.push((piece.value?.mono.length ?? 0) * 8 * 4);
    }
    decoder.value.free();
    expect(made.length).toBe(Math.ceil(file.length / pieceBytes));
    expect(Math.max(...made)).toBeGreaterThan(2_000_000);
    expect(Math.max(...made)).toBeLessThan(36_000_000);
  });

  it('that is made for nothing that is known is none', async () => {
    expect(await createDecoder('ogg', new Uint8Array(512))).toEqual({
      ok: false,
      error: 'an Ogg file of a codec that is not played',
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chunkAt,
  chunksOf,
  headBytes,
  nonceOf,
  parseHead,
  saltBytes,
  sealedBytesOf,
  tagBytes,
  writeHead,
} from './sealed-file.js';

const shapes = fc.record({ chunkBytes: fc.integer({ min: 1, max: 1 << 20 }), bytes: fc.nat(1 << 24) });

describe('a sealed file', () => {
  it('begins with what was written', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.stringMatching(/^[\w.-]{1,32}$/),
        fc.uint8Array({ minLength: saltBytes, maxLength: saltBytes }),
        (shape, keyName, salt) => {
          const head = writeHead({ ...shape, keyName, salt });
          expect(head).toHaveLength(headBytes);
          expect(parseHead(head)).toEqual({ ...shape, keyName, salt });
        },
      ),
    );
  });

  it('is none whatever else it begins with', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2 * headBytes }), (bytes) => {
        expect(parseHead(bytes)).toBeNull();
      }),
    );
    const head = writeHead({ keyName: 'k', chunkBytes: 1, bytes: 1, salt: new Uint8Array(saltBytes) });
    for (const [at, value] of [
      [0, 0],
      [8, 0],
      [8, 33],
      [44, 255],
      [48, 255],
    ] as const) {
      const spoilt = head.slice();
      spoilt[at] = value;
      expect(parseHead(spoilt)).toBeNull();
    }
  });

  it('has chunks that follow one another without a gap, from the head to its end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(300), (chunkBytes, bytes) => {
        const shape = { chunkBytes, bytes };
        let [plain, sealed] = [0, headBytes];
        for (let index = 0; index < chunksOf(shape); index += 1) {
          const chunk = chunkAt(shape, index);
          expect([chunk.first, chunk.sealedFirst]).toEqual([plain, sealed]);
          expect(chunk.sealedEnd - chunk.sealedFirst).toBe(chunk.end - chunk.first + tagBytes);
          [plain, sealed] = [chunk.end, chunk.sealedEnd];
        }
        expect([plain, sealed]).toEqual([bytes, sealedBytesOf(shape)]);
      }),
    );
  });

  it('has a nonce of its own for each chunk', () => {
    expect([...nonceOf(0x0102)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  });
});

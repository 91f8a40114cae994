import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { guarded } from './guard.js';

/** A loop without end, as a decoder has one when a file sends it astray: `(module (func (export "f") (loop br 0)))`. */
const wasm = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0],
  ...[7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11],
];
// The types of Node do not know WebAssembly.
const endless: () => void = runInThisContext(
  `new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from([${wasm.join()}]))).exports.f`,
);

describe('a guarded call', () => {
  it('says what it returns, or what it threw', () => {
    expect(guarded(() => 42)).toEqual({ ok: true, value: 42 });
    expect(
      guarded(() => {
        throw new Error('spoilt');
      }),
    ).toEqual({ ok: false, error: 'spoilt' });
  });

  it.each<readonly [string, () => void]>([
    [
      'JavaScript',
      () => {
        for (;;);
      },
    ],
    ['WebAssembly', endless],
  ])('that never ends in %s is cut off, and the next is not', (_, call) => {
    expect(guarded(call, 20)).toMatchObject({ ok: false });
    expect(guarded(() => 'next')).toEqual({ ok: true, value: 'next' });
  });
});

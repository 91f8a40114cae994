import { expect, it } from 'vitest';
import { type CodecName, codecs } from './engine-layout.js';
import { assumedNs, loadOf } from './leg-load.js';

it('is the same for all codecs without state, heard or not', () => {
  for (const codec of ['pcmu', 'pcma', 'l16', 'linear16'] as const) {
    for (const isHeard of [true, false]) expect(loadOf(assumedNs({ codec, isHeard }))).toBe(5.5 / 20_000);
  }
});

it('is far more for one that is heard in Opus, the same for all that are not, and whole', () => {
  const pcmu = assumedNs({ codec: 'pcmu', isHeard: true });
  expect(assumedNs({ codec: 'opus', isHeard: true })).toBeGreaterThan(10 * pcmu);
  for (const codec of Object.keys(codecs) as CodecName[]) {
    const [heard, unheard] = [assumedNs({ codec, isHeard: true }), assumedNs({ codec, isHeard: false })];
    expect(heard).toBeGreaterThanOrEqual(unheard);
    expect(unheard).toBe(pcmu);
    expect([heard, unheard].every(Number.isInteger)).toBe(true);
  }
});

import { describe, expect, it } from 'vitest';
import type { WaitAudio } from './state.js';
import { isSameWaitAudio } from './wait-audio.js';

const different: readonly (WaitAudio | null)[] = [
  null,
  { kind: 'default-music' },
  { kind: 'silence' },
  { kind: 'document', target: { url: 'https://app/a', method: 'GET' } },
  { kind: 'document', target: { url: 'https://app/a', method: 'POST' } },
  { kind: 'document', target: { url: 'https://app/b', method: 'GET' } },
];

describe('isSameWaitAudio', () => {
  it('is true of an audio and a copy of it, and of nothing else', () => {
    for (const [row, a] of different.entries()) {
      for (const [column, b] of different.entries()) {
        expect(isSameWaitAudio(a, structuredClone(b)), `${row} and ${column}`).toBe(row === column);
      }
    }
  });
});

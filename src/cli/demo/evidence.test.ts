import { describe, expect, it } from 'vitest';
import { evidenceRateHz, examine, type Heard, holds, type Utterance } from './evidence.js';
import type { Name } from './screenplay.js';

/** Two seconds of something that is like nothing else: noise with a pulse of its own. */
function voice(seed: number): Int16Array {
  let state = seed;
  return Int16Array.from({ length: 2 * evidenceRateHz }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state >>> 16) - 32_768) * 0.2 * Math.sin((index * seed) / 900);
  });
}

const utterance = (who: Name, startedAtMs: number, heardBy: readonly Name[], seed: number): Utterance => ({
  who,
  text: '',
  startedAtMs,
  samples: voice(seed),
  heardBy,
});

/** A recording of ten seconds that begins at 0.5 s, with lines put in 60 ms after they were said. */
function recording(who: Name, parts: readonly (readonly [Utterance, number])[]): Heard {
  const samples = new Int16Array(10 * evidenceRateHz);
  for (const [line, gain] of parts) {
    const at = ((line.startedAtMs + 60 - 500) * evidenceRateHz) / 1000;
    line.samples.forEach((sample, index) => {
      samples[at + index] = (samples[at + index] ?? 0) + sample * gain;
    });
  }
  return { who, startedAtMs: 500, samples };
}

/** Without the sign of a rounded zero. */
const whole = (value: number): number => Math.round(value) + 0;

const alone = utterance('Ben', 1000, ['Ana'], 7);
const [first, second] = [utterance('Ben', 4000, ['Ana'], 11), utterance('Mona', 4500, ['Ana'], 13)];
const solo = utterance('Mona', 7000, ['Ana'], 17);
const lines = [alone, first, second, solo];

describe('examine', () => {
  it('finds each of two voices that speak at once, and how loud', () => {
    const found = examine(lines, [
      recording('Ana', [
        [alone, 1],
        [first, 1],
        [second, 0.5],
        [solo, 1],
      ]),
    ]);
    expect(found.map(({ gainDb }) => whole(gainDb))).toEqual([0, 0, -6, 0]);
    expect(found.map(holds)).toEqual([true, true, false, true]);
  });

  it('calls silence silence, and wants it where nothing was to be heard', () => {
    const found = examine([{ ...alone, heardBy: [] }], [recording('Ana', [])]);
    expect(found).toEqual([{ line: 0, speaker: 'Ben', listener: 'Ana', wanted: false, gainDb: -120 }]);
    expect(found.map(holds)).toEqual([true]);
  });

  it('takes one who came later for one who heard nothing', () => {
    const early = utterance('Ben', -9000, [], 7);
    expect(examine([early], [recording('Ana', [])]).map(holds)).toEqual([true]);
  });

  it('notices a voice that leaks', () => {
    const leaking = { ...solo, heardBy: [] };
    const [found] = examine([leaking], [recording('Ana', [[leaking, 0.05]])]);
    expect(found?.gainDb).toBeCloseTo(-27, 0);
    expect(found !== undefined && holds(found)).toBe(false);
  });
});

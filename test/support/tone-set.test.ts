import { describe, expect, it } from 'vitest';
import { toDb } from '../../src/cli/caller/levels.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { decodeG711, encodeG711, type G711Law } from '../../src/client/g711.js';
import { chooseTones } from './tone-set.js';
import { amplitudeOf, createPhasorAt } from './tones.js';

const rateHz = 8000;
const windowSamples = 2 ** 16;
const amplitude = 1200;
const laws = Array.from(
  { length: 20 },
  (_, index): G711Law | null => (['pcmu', 'pcma', null] as const)[index % 3] ?? null,
);

/** Power of what G.711 makes of all the others in the place of the tone it hits worst, dB against that tone. */
function worstPollutionDb(frequenciesHz: readonly number[]): number {
  const meters = frequenciesHz.map((hz) => createPhasorAt(hz, rateHz));
  const powers = frequenciesHz.map(() => 0);
  frequenciesHz.forEach((hz, talker) => {
    const law = laws[talker] ?? null;
    if (law === null) return;
    const coded = decodeG711(law, encodeG711(law, new Tone({ hz, amplitude, rateHz }).next(windowSamples)));
    meters.forEach((phasorAt, place) => {
      if (place !== talker) powers[place] = (powers[place] ?? 0) + (amplitudeOf(phasorAt(coded)) / amplitude) ** 2;
    });
  });
  return toDb(Math.max(...powers));
}

describe('chooseTones', () => {
  it('puts every tone where what G.711 makes of the others is below the bound, as spacing does not', () => {
    const chosen = chooseTones({ laws, amplitude, windowSamples, pollutionDbMax: -80 });
    expect(worstPollutionDb(chosen)).toBeLessThan(-80);
    expect(worstPollutionDb(laws.map((_, index) => 350 + 150 * index))).toBeGreaterThan(-60);
  });

  it('gives each leg its own place, with whole periods in the window', () => {
    const chosen = chooseTones({ laws, amplitude, windowSamples, pollutionDbMax: -80 });
    expect(chosen).toHaveLength(laws.length);
    expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
    expect(chosen.filter((hz) => !Number.isInteger((hz * windowSamples) / rateHz))).toEqual([]);
  });
});

/**
 * Nothing accepted is lost, by simulation. `make sim` runs many more seeds; PARLEY_SIM_SEED=N lives one through again.
 */
import { describe, expect, it } from 'vitest';
import { live } from './story.js';

const one = process.env.PARLEY_SIM_SEED;
const count = Number(process.env.PARLEY_SIM_SEEDS ?? 50);
const seeds = one === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(one)];

describe('a daemon in a simulated world', () => {
  it(
    `keeps its word through ${seeds.length} seeds`,
    async () => {
      let [accepted, told, crashes] = [0, 0, 0];
      for (const seed of seeds) {
        const ending = await live(seed);
        expect(ending.complaints.slice(0, 10), `PARLEY_SIM_SEED=${seed}`).toEqual([]);
        accepted += ending.accepted;
        told += ending.told;
        crashes += ending.crashes;
      }
      expect(accepted).toBeGreaterThan(20 * seeds.length);
      expect(told).toBeGreaterThan(accepted);
      expect(crashes).toBeGreaterThan(3 * seeds.length);
    },
    60_000 + seeds.length * 2000,
  );
});

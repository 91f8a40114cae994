import { expect, it } from 'vitest';
import { legLoad } from './leg-load.js';

it('is what legs cost on average once there are some, and assumed before', () => {
  expect(legLoad(0.3, 300)).toBeCloseTo(0.001);
  expect(legLoad(0.3, 49)).toBe(5.5 / 20_000);
  expect(legLoad(0, 300)).toBe(5.5 / 200_000);
});

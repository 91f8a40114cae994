import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { stepMs } from './spools.js';
import { idleStepMs, SpoolsPace } from './spools-pace.js';

function paced() {
  const clock = new VirtualClock();
  const spools = { open: 0, steps: 0 };
  const pace = new SpoolsPace(
    {
      size: () => spools.open,
      step: () => {
        spools.steps += 1;
      },
    },
    (delayMs, action) => clock.after(delayMs, action),
  );
  const open = (count: number): void => {
    spools.open = count;
    pace.heard();
  };
  const stepsIn = async (ms: number): Promise<number> => {
    const before = spools.steps;
    await clock.advance(ms);
    return spools.steps - before;
  };
  return { clock, pace, open, stepsIn };
}

describe('SpoolsPace', () => {
  it('steps seldom while there are no spools', async () => {
    const { stepsIn } = paced();
    expect(await stepsIn(10 * idleStepMs)).toBe(10);
  });

  it('steps as often as spools are served from the moment in which there is one', async () => {
    const { open, stepsIn } = paced();
    await stepsIn(idleStepMs / 4);
    open(1);
    expect(await stepsIn(10 * stepMs)).toBe(10);
    open(0);
    expect(await stepsIn(stepMs)).toBe(1);
    expect(await stepsIn(10 * idleStepMs)).toBe(10);
  });

  it('is put off by nothing that is said while there are spools', async () => {
    const { open, stepsIn } = paced();
    open(1);
    let steps = 0;
    for (let count = 2; count < 12; count += 1) {
      open(count);
      steps += await stepsIn(stepMs / 2);
    }
    expect(steps).toBe(5);
  });

  it('steps no more once it is stopped', async () => {
    const { clock, open, pace, stepsIn } = paced();
    open(1);
    pace.stop();
    expect([await stepsIn(10 * idleStepMs), clock.pending()]).toEqual([0, 0]);
  });
});

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { createIdleCollector, idleLookMs, idleLooksMin } from './idle-collector.js';

function started() {
  const clock = new VirtualClock();
  const facts = { legs: 0, collected: 0, trimmed: 0 };
  const collector = createIdleCollector({
    legs: () => facts.legs,
    steps: [
      () => {
        facts.collected += 1;
      },
      () => {
        facts.trimmed += 1;
      },
    ],
    clock,
  });
  collector.start();
  return { clock, facts, collector };
}

describe('the idle collector', () => {
  it('collects once, some time after the last leg has gone', async () => {
    const { clock, facts } = started();
    facts.legs = 3;
    await clock.advance(100 * idleLookMs);
    expect(facts.collected).toBe(0);
    facts.legs = 0;
    await clock.advance((idleLooksMin - 1) * idleLookMs);
    expect(facts.collected).toBe(0);
    await clock.advance(idleLookMs);
    expect(facts).toMatchObject({ collected: 1, trimmed: 0 });
    await clock.advance(idleLookMs);
    expect(facts).toMatchObject({ collected: 1, trimmed: 1 });
    await clock.advance(100 * idleLookMs);
    expect(facts).toMatchObject({ collected: 1, trimmed: 1 });
  });

  it('waits again for whoever came meanwhile', async () => {
    const { clock, facts } = started();
    for (const legs of [1, 0, 2, 0]) {
      facts.legs = legs;
      await clock.advance((idleLooksMin - 1) * idleLookMs);
    }
    expect(facts.collected).toBe(0);
    await clock.advance(idleLookMs);
    expect(facts.collected).toBe(1);
  });

  it('leaves a daemon that has never had a leg alone, and looks no more once it was stopped', async () => {
    const { clock, facts, collector } = started();
    await clock.advance(100 * idleLookMs);
    expect(facts).toMatchObject({ collected: 0, trimmed: 0 });
    collector.stop();
    expect(clock.pending()).toBe(0);
  });
});

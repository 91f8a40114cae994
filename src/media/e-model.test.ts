import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concealed, delayImpairment, equipmentImpairment, mosOf, rate } from './e-model.js';

const perfect = { equipment: concealed, delayMs: 0, lossRatio: 0, burstRatio: 1 };
const g729a = { ie: 11, bpl: 19 };

describe('the E-model', () => {
  it.each([
    [93.2, 4.41],
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
    [0, 1],
    [100, 4.5],
  ])('has the opinion that G.107 annex B has of R %d: %d', (r, mos) => {
    expect(mosOf(r)).toBeCloseTo(mos, 1);
    expect(Math.abs(mosOf(r) - mos)).toBeLessThan(0.011);
  });

  it.each([
    [1, 15],
    [2, 19],
    [4, 26],
    [8, 36],
  ])('impairs G.729A at %d %% of random loss as G.113 measured: %d', (percent, impairment) => {
    expect(Math.abs(equipmentImpairment(g729a, percent / 100, 1) - impairment)).toBeLessThan(0.6);
  });

  it.each([
    [0, 0],
    [100, 0],
    [150, 0.16],
    [200, 3.04],
    [300, 14.76],
    [400, 24.07],
  ])('impairs %d ms of delay by %d', (delayMs, impairment) => {
    expect(delayImpairment(delayMs)).toBeCloseTo(impairment, 1);
  });

  it('rates a faultless call as the defaults of G.107 are rated', () => {
    expect(rate(perfect).r).toBe(93.2);
    expect(rate(perfect).mos).toBeCloseTo(4.41, 2);
  });

  const impairments = fc.record({
    equipment: fc.record({
      ie: fc.double({ min: 0, max: 60, noNaN: true }),
      bpl: fc.double({ min: 1, max: 60, noNaN: true }),
    }),
    delayMs: fc.double({ min: 0, max: 5000, noNaN: true }),
    lossRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    burstRatio: fc.double({ min: 1, max: 20, noNaN: true }),
  });
  const slack = 1e-9;

  it('stays on its scale', () => {
    fc.assert(
      fc.property(impairments, (given) => {
        const { r, mos } = rate(given);
        return r >= 0 && r <= 93.2 && mos >= 1 && mos <= 4.42;
      }),
    );
  });

  it('never rates more delay, loss, bursts or a worse codec higher', () => {
    fc.assert(
      fc.property(impairments, fc.double({ min: 0, max: 1, noNaN: true }), (given, more) => {
        const { r, mos } = rate(given);
        const worse = [
          { ...given, delayMs: given.delayMs + more * 500 },
          { ...given, lossRatio: Math.min(1, given.lossRatio + more) },
          { ...given, burstRatio: given.burstRatio + more * 5 },
          { ...given, equipment: { ...given.equipment, ie: given.equipment.ie + more * 30 } },
          { ...given, equipment: { ...given.equipment, bpl: given.equipment.bpl / (1 + more) } },
        ].map(rate);
        return worse.every((rating) => rating.r <= r + slack && rating.mos <= mos + slack);
      }),
    );
  });
});

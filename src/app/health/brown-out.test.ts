import { describe, expect, it } from 'vitest';
import { tickHistogramEdgesUs } from '../../media/engine-layout.js';
import {
  brownOutSteps,
  effortOn,
  isTaken,
  type Ladder,
  ladderAtRest,
  patienceMax,
  patienceMin,
  stepLadder,
  type TickWindow,
  tickCounts,
  tickWindow,
} from './brown-out.js';

const easy: TickWindow = { load: 0.3, longShare: 0 };
const between: TickWindow = { load: 0.7, longShare: 0 };
const strained: TickWindow = { load: 0.85, longShare: 0 };
const stumbling: TickWindow = { load: 0.5, longShare: 0.35 };
/** One tick of four takes 9 ms. */
const largeRoom: TickWindow = { load: 0.5, longShare: 0.26 };

const ladderAfter = (ladder: Ladder, ...windows: readonly TickWindow[]): Ladder => windows.reduce(stepLadder, ladder);
const times = (count: number, window: TickWindow): readonly TickWindow[] => new Array<TickWindow>(count).fill(window);

describe('stepLadder', () => {
  it('takes no step while the ticks have time', () => {
    expect(ladderAfter(ladderAtRest, ...times(100, easy), ...times(100, between)).rung).toBe(0);
  });

  it('takes a large room, which makes one tick of four long, as it is', () => {
    expect(ladderAfter(ladderAtRest, ...times(100, largeRoom)).rung).toBe(0);
    expect(ladderAfter(ladderAtRest, strained, ...times(patienceMin, largeRoom)).rung).toBe(0);
  });

  it.each([strained, stumbling])(
    'takes a step at once when they have not (%j), and the next a window later',
    (window) => {
      expect(ladderAfter(ladderAtRest, window).rung).toBe(1);
      expect(ladderAfter(ladderAtRest, window, window).rung).toBe(1);
      expect(ladderAfter(ladderAtRest, window, window, window).rung).toBe(2);
    },
  );

  it('ends on the last step', () => {
    expect(ladderAfter(ladderAtRest, ...times(50, strained)).rung).toBe(brownOutSteps.length);
  });

  it('stays where it is between the two bounds', () => {
    const ladder = ladderAfter(ladderAtRest, strained, ...times(1000, between));
    expect(ladder.rung).toBe(1);
  });

  it('undoes one step after ten seconds of ease in a row, and the next after ten more', () => {
    const ladder = ladderAfter(ladderAtRest, strained, strained, strained);
    expect(ladderAfter(ladder, ...times(patienceMin - 1, easy)).rung).toBe(2);
    expect(ladderAfter(ladder, ...times(patienceMin, easy)).rung).toBe(1);
    expect(ladderAfter(ladder, ...times(2 * patienceMin - 1, easy)).rung).toBe(1);
    expect(ladderAfter(ladder, ...times(2 * patienceMin, easy)).rung).toBe(0);
  });

  it('begins to count anew when ease was interrupted', () => {
    const ladder = ladderAfter(
      ladderAtRest,
      strained,
      ...times(patienceMin - 1, easy),
      between,
      ...times(patienceMin - 1, easy),
    );
    expect(ladder.rung).toBe(1);
  });

  it('waits twice as long each time it undid a step too early, up to a bound, until it has been at rest', () => {
    let ladder = ladderAfter(ladderAtRest, strained);
    for (let patience = patienceMin; patience <= patienceMax; patience *= 2) {
      expect(ladderAfter(ladder, ...times(patience - 1, easy)).rung).toBe(1);
      ladder = ladderAfter(ladder, ...times(patience, easy));
      expect(ladder.rung).toBe(0);
      // The window in which a step was undone tells nothing yet.
      ladder = ladderAfter(ladder, strained, strained);
    }
    expect(ladder.patience).toBe(patienceMax);
    const rested = ladderAfter(ladder, ...times(2 * patienceMax, easy));
    expect(rested).toEqual(ladderAtRest);
  });
});

describe('tickWindow', () => {
  const counts = (ticks: number, workNs: number, longTicks: number) => ({ ticks, workNs, longTicks });

  it('is the mean share of 5 ms, and the share of ticks that were long', () => {
    expect(tickWindow(counts(100, 1e9, 7), counts(150, 1e9 + 50 * 2e6, 12))).toEqual({ load: 0.4, longShare: 0.1 });
  });

  it('says nothing of a shard that stands still', () => {
    expect(tickWindow(counts(100, 1e9, 7), counts(109, 2e9, 8))).toBeNull();
  });
});

describe('tickCounts', () => {
  it('counts the ticks above 4 ms as long', () => {
    const histogram = [...tickHistogramEdgesUs, Infinity].map((edge) => (edge <= 4000 ? 1000 : 1));
    expect(tickCounts({ ticks: 5, tick_work_ns: 6, tick_work_histogram: histogram })).toEqual({
      ticks: 5,
      workNs: 6,
      longTicks: histogram.filter((count) => count === 1).length,
    });
  });
});

describe('effortOn', () => {
  it('bounds more with each step, and nothing at rest', () => {
    expect(effortOn(0)).toEqual({ opusComplexityMax: 10, rankedAboveMax: null, talkersMax: 64 });
    expect(effortOn(1)).toEqual({ opusComplexityMax: 1, rankedAboveMax: null, talkersMax: 64 });
    expect(effortOn(2)).toEqual({ opusComplexityMax: 1, rankedAboveMax: 12, talkersMax: 3 });
    expect(effortOn(3)).toEqual(effortOn(2));
    expect([2, 3].map((rung) => isTaken(rung, 'room-rate'))).toEqual([false, true]);
    expect([3, 4].map((rung) => isTaken(rung, 'joins'))).toEqual([false, true]);
  });
});

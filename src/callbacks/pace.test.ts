import { describe, expect, it } from 'vitest';
import { type Pace, paceAfter, unproven } from './pace.js';
import type { WebhookOutcome } from './webhook.js';

const limits = { first: 4, most: 32 };
const answered = (tookMs: number, status = 204): WebhookOutcome => ({ kind: 'answered', status, tookMs });
const failed = (reason: 'timeout' | 'connect' | 'refused-by-policy'): WebhookOutcome => ({
  kind: 'failed',
  reason,
  tookMs: 5,
});

const paced = (outcomes: readonly WebhookOutcome[], pace: Pace = unproven(limits)): Pace =>
  outcomes.reduce((before, outcome) => paceAfter(before, outcome, limits), pace);

const times = (count: number, outcome: WebhookOutcome): readonly WebhookOutcome[] => Array(count).fill(outcome);

describe('the pace of a receiver', () => {
  it('is quick once it has answered within a second, whatever it says, and no more when it takes longer', () => {
    expect(unproven(limits)).toEqual({ isQuick: false, window: 4 });
    expect(paced([answered(999, 500)]).isQuick).toBe(true);
    expect(paced([answered(5), answered(1000)]).isQuick).toBe(false);
    expect(paced([answered(5), failed('timeout')]).isQuick).toBe(false);
  });

  it('grows with each answer that takes its time, and slowly where answers come at once', () => {
    expect(paced(times(3, answered(400))).window).toBe(7);
    expect(paced(times(100, answered(400))).window).toBe(32);
    expect(Math.floor(paced(times(4, answered(3))).window)).toBe(4);
    expect(Math.floor(paced(times(5, answered(3))).window)).toBe(5);
    expect(paced(times(10_000, answered(3))).window).toBe(32);
  });

  it('halves where nothing comes or too much is said to come, and never falls below the first', () => {
    const wide = { isQuick: true, window: 32 };
    expect(paced([failed('timeout')], wide)).toEqual({ isQuick: false, window: 16 });
    expect(paced([answered(3, 503)], wide)).toEqual({ isQuick: true, window: 16 });
    expect(paced([answered(3, 429)], wide)).toEqual({ isQuick: true, window: 16 });
    expect(paced(times(9, failed('connect')), wide)).toEqual({ isQuick: false, window: 4 });
  });

  it('is as it was after a request that was never made', () => {
    const wide = { isQuick: true, window: 20 };
    expect(paced([failed('refused-by-policy')], wide)).toEqual(wide);
  });
});

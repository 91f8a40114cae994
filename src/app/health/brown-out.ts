/**
 * When a shard's ticks come near their 5 ms although newcomers are refused, because those who are in have come to cost
 * more or the machine gives less, it spends less on sound, step by step, and again more when it can: no tick is dropped
 * before that (ADR 0015). Pure: what was measured goes in, the rung comes out.
 */

import { type Effort, unboundedEffort } from '../../media/effort.js';
import { tickHistogramEdgesUs } from '../../media/engine-layout.js';
import { beatMs } from './beat.js';

/** In the order they are taken: what is missed least comes first. The last closes the door to newcomers. */
export const brownOutSteps = ['opus-complexity', 'talkers', 'room-rate', 'joins'] as const;
export type BrownOutStep = (typeof brownOutSteps)[number];

/** How often the ticks are looked at; a step is given as long again to show what it does. */
export const brownOutWindowMs = beatMs;

const tickNs = 5e6;

/** A tick longer than this is near its end. */
const longTickUs = 4000;
const firstLongBucket = tickHistogramEdgesUs.indexOf(longTickUs) + 1;

/** Fewer ticks in a window say nothing: the thread stands still, which is another's to find out (liveness.ts). */
const ticksMin = 10;

const strainedLoad = 0.8;
const easyLoad = 0.6;

/**
 * A large room has one tick of each four to itself, and makes it long by being large; the three after it catch up, at
 * the same places of every frame, and nobody hears anything. More long ticks than those, with what a window may begin
 * with.
 */
const strainedLongShare = 0.3;

/** Windows of ease in a row before a step is undone, 10 s; twice as many each time one was undone too early. */
export const patienceMin = 40;
export const patienceMax = patienceMin * 16;

/** What a shard has counted since its start. */
export type TickCounts = { readonly ticks: number; readonly workNs: number; readonly longTicks: number };

/** What the ticks of a window were like: the mean share of 5 ms, and the share of those that were long. */
export type TickWindow = { readonly load: number; readonly longShare: number };

export type Ladder = {
  /** Steps taken, 0 to all of brownOutSteps. */
  readonly rung: number;
  /** The window now measured began before the step did. */
  readonly isSettling: boolean;
  /** In a row. */
  readonly easyWindows: number;
  readonly patience: number;
  /** A step was undone since the ladder was last at rest. */
  readonly hasDescended: boolean;
};

export const ladderAtRest: Ladder = {
  rung: 0,
  isSettling: false,
  easyWindows: 0,
  patience: patienceMin,
  hasDescended: false,
};

export function tickCounts(stats: Readonly<Record<string, number | readonly number[]>>): TickCounts {
  const histogram = stats.tick_work_histogram;
  const buckets = Array.isArray(histogram) ? (histogram as readonly number[]) : [];
  return {
    ticks: Number(stats.ticks),
    workNs: Number(stats.tick_work_ns),
    longTicks: buckets.slice(firstLongBucket).reduce((sum, count) => sum + count, 0),
  };
}

/** Null when there were too few ticks to tell. */
export function tickWindow(before: TickCounts, now: TickCounts): TickWindow | null {
  const ticks = now.ticks - before.ticks;
  if (ticks < ticksMin) return null;
  return {
    load: (now.workNs - before.workNs) / (ticks * tickNs),
    longShare: (now.longTicks - before.longTicks) / ticks,
  };
}

/** The ladder after a window. It moves by one rung at most. */
export function stepLadder(ladder: Ladder, { load, longShare }: TickWindow): Ladder {
  if (load >= strainedLoad || longShare >= strainedLongShare) return climb(ladder);
  if (load >= easyLoad) return { ...ladder, isSettling: false, easyWindows: 0 };
  const easyWindows = ladder.easyWindows + 1;
  if (easyWindows < ladder.patience) return { ...ladder, isSettling: false, easyWindows };
  if (ladder.rung === 0) return ladderAtRest;
  return { ...ladder, rung: ladder.rung - 1, isSettling: true, easyWindows: 0, hasDescended: true };
}

function climb(ladder: Ladder): Ladder {
  const held = { ...ladder, isSettling: false, easyWindows: 0 };
  if (ladder.isSettling || ladder.rung === brownOutSteps.length) return held;
  const patience = ladder.hasDescended ? Math.min(ladder.patience * 2, patienceMax) : ladder.patience;
  return { ...held, rung: ladder.rung + 1, isSettling: true, patience, hasDescended: false };
}

export const isTaken = (rung: number, step: BrownOutStep): boolean => brownOutSteps.indexOf(step) < rung;

/** Opus at a fifth of its usual effort is heard as a little less clean; a third costs half. */
const brownOutOpusComplexity = 1;
/** Everybody is mixed in rooms of so many; in larger ones, three at once are as many as a listener can follow. */
const brownOutRankedAbove = 12;
const brownOutTalkers = 3;

/** What a shard may spend on this rung. */
export function effortOn(rung: number): Effort {
  return {
    ...unboundedEffort,
    ...(isTaken(rung, 'opus-complexity') ? { opusComplexityMax: brownOutOpusComplexity } : {}),
    ...(isTaken(rung, 'talkers') ? { rankedAboveMax: brownOutRankedAbove, talkersMax: brownOutTalkers } : {}),
  };
}

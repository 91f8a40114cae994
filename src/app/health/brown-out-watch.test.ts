/** The ladder beside shards whose ticks cost what the test says, and less once less is asked of them. */
import { describe, expect, it } from 'vitest';
import { shardView } from '../../../test/support/shard-view.js';
import { recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { err, ok, type Result } from '../../base/result.js';
import { type Effort, unboundedEffort } from '../../media/effort.js';
import { tickHistogramEdgesUs } from '../../media/engine-layout.js';
import type { EngineCommand, EngineRefusal } from '../../media/engine-port.js';
import { brownOutSteps, brownOutWindowMs } from './brown-out.js';
import { createBrownOutWatch } from './brown-out-watch.js';

const tickMs = 5;
const longBucket = tickHistogramEdgesUs.indexOf(4000) + 1;

/**
 * What a tick costs on average, and what `peaks` of four in a row cost, when nothing is bounded; as shares of 5 ms.
 */
type Demand = { mean: number; peak: number; peaks: number };

class Shard {
  readonly demand: Demand = { mean: 0.2, peak: 0.3, peaks: 1 };
  effort: Effort = unboundedEffort;
  isOpen = true;
  isSaving = false;
  isAlive = true;
  #ticks = 0;
  #workNs = 0;
  readonly #histogram = new Array<number>(tickHistogramEdgesUs.length + 1).fill(0);

  pass(ms: number): void {
    const relief =
      (this.effort.opusComplexityMax < 10 ? 0.8 : 1) *
      (this.effort.talkersMax < 64 ? 0.9 : 1) *
      (this.isSaving ? 0.9 : 1);
    for (let tick = 0; tick < ms / tickMs; tick += 1) {
      this.#ticks += 1;
      this.#workNs += this.demand.mean * relief * tickMs * 1e6;
      const isLong = this.#ticks % 4 < this.demand.peaks && this.demand.peak * relief * tickMs > 4;
      const bucket = isLong ? longBucket : 0;
      this.#histogram[bucket] = (this.#histogram[bucket] ?? 0) + 1;
    }
  }

  stats() {
    return { ticks: this.#ticks, tick_work_ns: this.#workNs, tick_work_histogram: [...this.#histogram] };
  }
}

function watchOf(shardCount = 1) {
  const clock = new VirtualClock();
  const shards = Array.from({ length: shardCount }, () => new Shard());
  const [metrics, logger] = [recordingMetrics(), recordingLogger()];
  const refusals: EngineRefusal[] = [];
  const engine = {
    shards: () => shards.map((shard, id) => shardView(id, { alive: shard.isAlive, stats: shard.stats() })),
    apply(id: number, [command]: readonly EngineCommand[]): Result<void, EngineRefusal> {
      const refusal = refusals.shift();
      if (refusal !== undefined) return err(refusal);
      const shard = shards[id];
      if (command?.kind === 'limit-effort' && shard !== undefined) shard.effort = command.effort;
      return ok(undefined);
    },
    admitNewcomers(id: number, isOpen: boolean) {
      const shard = shards[id];
      if (shard !== undefined) shard.isOpen = isOpen;
    },
  };
  const rateSaving = {
    save(id: number, isSaving: boolean) {
      const shard = shards[id];
      if (shard !== undefined) shard.isSaving = isSaving;
    },
  };
  const watch = createBrownOutWatch({ engine, rateSaving, clock, metrics, logger });
  const first = shards[0] ?? expect.fail();
  return {
    watch,
    clock,
    shards,
    first,
    metrics,
    logger,
    refusals,
    /** Virtual time, in which the shards tick. */
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += brownOutWindowMs) {
        for (const shard of shards) shard.pass(brownOutWindowMs);
        await clock.advance(brownOutWindowMs);
      }
    },
    taken: () => brownOutSteps.filter((step) => metrics.value('parley_brown_out_shards', { step }) > 0),
    changes: (change: 'taken' | 'undone') =>
      brownOutSteps.map((step) => metrics.value('parley_brown_out_changes_total', { step, change })),
  };
}

describe('createBrownOutWatch', () => {
  it('leaves a shard alone that has time', async () => {
    const { watch, pass, first, taken, logger } = watchOf();
    watch.start();
    await pass(60_000);
    expect(taken()).toEqual([]);
    expect(first.effort).toEqual(unboundedEffort);
    expect(logger.lines).toEqual([]);
  });

  it('takes as many steps as it needs, and no more', async () => {
    const { watch, pass, first, taken, changes, logger } = watchOf();
    watch.start();
    await pass(5000);
    first.demand.mean = 0.95;
    await pass(5000);
    expect(taken()).toEqual(['opus-complexity']);
    expect(first.effort.opusComplexityMax).toBe(1);
    expect(first.isOpen).toBe(true);
    first.demand.mean = 1.05;
    await pass(5000);
    expect(taken()).toEqual(['opus-complexity', 'talkers']);
    expect(first.effort.talkersMax).toBe(3);
    expect(first.isSaving).toBe(false);
    first.demand.mean = 1.15;
    await pass(5000);
    expect(taken()).toEqual(['opus-complexity', 'talkers', 'room-rate']);
    expect(first.isSaving).toBe(true);
    expect(first.isOpen).toBe(true);
    expect(changes('taken')).toEqual([1, 1, 1, 0]);
    expect(logger.lines).toEqual(new Array(3).fill({ level: 'warn', event: 'brown-out-step-taken' }));
  });

  it('closes the door within two seconds when nothing else is enough', async () => {
    const { watch, pass, first, taken } = watchOf();
    watch.start();
    await pass(1000);
    first.demand.mean = 2;
    await pass(2000);
    expect(taken()).toEqual([...brownOutSteps]);
    expect(first.isSaving).toBe(true);
    expect(first.isOpen).toBe(false);
  });

  it('sees two full quarters of the frame although the mean is low, and lets one large room be', async () => {
    const { watch, pass, first, taken } = watchOf();
    watch.start();
    await pass(1000);
    first.demand.peak = 0.97;
    await pass(5000);
    expect(taken()).toEqual([]);
    first.demand.peaks = 2;
    await pass(5000);
    expect(taken()).toEqual(['opus-complexity']);
  });

  it('undoes every step in the other order when there is time again, and says so', async () => {
    const { watch, pass, first, taken, changes, logger } = watchOf();
    watch.start();
    await pass(1000);
    first.demand.mean = 2;
    await pass(3000);
    first.demand.mean = 0.3;
    await pass(10_000);
    expect(taken()).toEqual(['opus-complexity', 'talkers', 'room-rate']);
    expect([first.isOpen, first.isSaving]).toEqual([true, true]);
    await pass(10_000);
    expect(taken()).toEqual(['opus-complexity', 'talkers']);
    expect(first.isSaving).toBe(false);
    await pass(10_000);
    expect(taken()).toEqual(['opus-complexity']);
    await pass(10_000);
    expect(taken()).toEqual([]);
    expect(first.effort).toEqual(unboundedEffort);
    expect(changes('undone')).toEqual([1, 1, 1, 1]);
    expect(logger.lines.slice(-4)).toEqual(new Array(4).fill({ level: 'info', event: 'brown-out-step-undone' }));
  });

  it('does not swing when a step undone is needed again', async () => {
    const { watch, pass, first, changes } = watchOf();
    watch.start();
    await pass(1000);
    // Enough with the step to undo it, too much without.
    first.demand.mean = 0.81;
    first.demand.peak = 0.81;
    const relieved = 0.58;
    for (let second = 0; second < 1200; second += 1) {
      const isBounded = first.effort.opusComplexityMax < 10;
      first.demand.mean = isBounded ? relieved : 0.81;
      await pass(1000);
    }
    // Twenty minutes: at first every ten seconds, then twice as rarely each time, up to 160 s.
    expect(changes('undone')[0]).toBeLessThanOrEqual(11);
    expect(changes('undone')[0]).toBeGreaterThanOrEqual(6);
  });

  it('bounds only the shard that needs it, and forgets one that has failed', async () => {
    const { watch, pass, shards, metrics } = watchOf(2);
    const [calm, busy] = [shards[0] ?? expect.fail(), shards[1] ?? expect.fail()];
    watch.start();
    await pass(1000);
    busy.demand.mean = 2;
    await pass(3000);
    expect(calm.effort).toEqual(unboundedEffort);
    expect(busy.isOpen).toBe(false);
    expect(metrics.value('parley_brown_out_shards', { step: 'joins' })).toBe(1);
    busy.isAlive = false;
    await pass(250);
    expect(metrics.value('parley_brown_out_shards', { step: 'joins' })).toBe(0);
  });

  it('tells the engine with a later window what it has no place for now', async () => {
    const { watch, pass, first, refusals, changes } = watchOf();
    watch.start();
    await pass(1000);
    first.demand.mean = 0.95;
    refusals.push({ kind: 'engine-full', what: 'command-ring' }, { kind: 'engine-full', what: 'command-ring' });
    await pass(500);
    expect(first.effort).toEqual(unboundedEffort);
    await pass(250);
    expect(first.effort.opusComplexityMax).toBe(1);
    expect(changes('taken')).toEqual([1, 0, 0, 0]);
  });

  it('looks no more when it is stopped', async () => {
    const { watch, clock, pass, first } = watchOf();
    watch.start();
    watch.stop();
    first.demand.mean = 2;
    await pass(5000);
    expect(first.effort).toEqual(unboundedEffort);
    expect(clock.pending()).toBe(0);
  });
});

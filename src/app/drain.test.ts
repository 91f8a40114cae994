import { describe, expect, it } from 'vitest';
import { recordingLogger, recordingMetrics } from '../../test/support/silent.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { epochMs } from '../base/brands.js';
import { Drain } from './drain.js';

const never = new Promise<never>(() => {});

function drainOf(left = 3) {
  const clock = new VirtualClock();
  const [metrics, logger] = [recordingMetrics(), recordingLogger()];
  const told: boolean[] = [];
  const world = { left, ends: 0, endAll: async (): Promise<void> => {} };
  const drain = new Drain({
    ...{ clock, metrics, logger },
    left: () => world.left,
    async endAll() {
      world.ends += 1;
      await world.endAll();
      world.left = 0;
    },
    onChange: (isDraining) => told.push(isDraining),
  });
  return { drain, clock, metrics, world, told };
}

describe('a drain', () => {
  it('lets in whoever comes to a live conference, and says so once', () => {
    const { drain, metrics, told } = drainOf();
    expect([drain.admission(), metrics.value('parley_draining')]).toEqual(['all', 0]);
    drain.begin(null);
    drain.begin(null);
    expect([drain.admission(), metrics.value('parley_draining')]).toEqual(['live-conferences', 1]);
    expect(told).toEqual([true]);
    expect(drain.state()).toEqual({ draining: true, deadlineAtMs: null, isGoingDown: false });
  });

  it('ends what is left at its deadline, and lets nobody in while it does', async () => {
    const { drain, clock, world } = drainOf();
    let ended = (): void => {};
    world.endAll = () => new Promise((resolve) => (ended = resolve));
    drain.begin(60_000);
    expect(drain.state().deadlineAtMs).toBe(epochMs(clock.now() + 60_000));
    await clock.advance(59_999);
    expect(world.ends).toBe(0);
    await clock.advance(1);
    expect([world.ends, drain.admission(), drain.cancel()]).toEqual([
      1,
      'none',
      { ok: false, error: { kind: 'being-ended' } },
    ]);
    ended();
    await clock.advance(0);
    expect([drain.admission(), drain.cancel().ok, drain.admission()]).toEqual(['live-conferences', true, 'all']);
  });

  it('has the newest of its deadlines, and none once it is called off', async () => {
    const { drain, clock, world, told } = drainOf();
    drain.begin(1000);
    drain.begin(5000);
    await clock.advance(4999);
    expect(world.ends).toBe(0);
    expect(drain.cancel().ok).toBe(true);
    await clock.advance(10_000);
    expect([world.ends, clock.pending(), told]).toEqual([0, 0, [true, false]]);
  });
});

describe('going down', () => {
  /** Ms of virtual time that it took. */
  const went = async ({ drain, clock }: ReturnType<typeof drainOf>, withinMs: number, hurried: Promise<void>) => {
    const startedMs = clock.monotonic();
    let tookMs: number | null = null;
    void drain.goDown(withinMs, hurried).then(() => {
      tookMs = clock.monotonic() - startedMs;
    });
    await clock.advance(withinMs + 1000);
    return tookMs;
  };

  it('waits for nobody when nothing is left', async () => {
    const each = drainOf(0);
    expect(await went(each, 60_000, never)).toBe(0);
    expect([each.drain.admission(), each.world.ends]).toEqual(['none', 0]);
  });

  it('waits until the last has left', async () => {
    const each = drainOf(1);
    each.clock.after(7000, () => {
      each.world.left = 0;
    });
    expect(await went(each, 60_000, never)).toBe(7000);
  });

  it('waits no longer than it may, and ends nobody itself', async () => {
    const each = drainOf();
    expect(await went(each, 60_000, never)).toBe(60_000);
    expect(each.world.ends).toBe(0);
  });

  it('waits no longer than whoever is in a hurry', async () => {
    const each = drainOf();
    const hurried = new Promise<void>((resolve) => void each.clock.after(3000, resolve));
    expect(await went(each, 60_000, hurried)).toBe(3000);
  });

  it('takes the place of a drain with a deadline, and cannot be called off', async () => {
    const each = drainOf();
    each.drain.begin(1000);
    const down = each.drain.goDown(60_000, never);
    expect(each.drain.cancel()).toEqual({ ok: false, error: { kind: 'going-down' } });
    await each.clock.advance(5000);
    expect(each.world.ends).toBe(0);
    await each.clock.advance(60_000);
    await down;
  });
});

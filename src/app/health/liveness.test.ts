import { describe, expect, it } from 'vitest';
import { shardView } from '../../../test/support/shard-view.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { createLiveness } from './liveness.js';

function livenessOf() {
  const clock = new VirtualClock();
  const ticking = [true, true];
  const alive = [true, true];
  const shards = () =>
    ticking.map((ticks, shard) =>
      shardView(shard, { alive: alive[shard] ?? false, stats: { ticks: ticks ? clock.monotonic() : 17 } }),
    );
  const liveness = createLiveness({ shards }, clock);
  return { clock, ticking, alive, liveness };
}

describe('createLiveness', () => {
  it('is content while the ticks of every shard move', async () => {
    const { clock, liveness } = livenessOf();
    liveness.start();
    await clock.advance(60_000);
    expect(liveness.stalled()).toEqual([]);
  });

  it('names a shard that stands still for more than three seconds, until it moves again', async () => {
    const { clock, ticking, liveness } = livenessOf();
    liveness.start();
    await clock.advance(10_000);
    ticking[1] = false;
    await clock.advance(3000);
    expect(liveness.stalled()).toEqual([]);
    await clock.advance(1000);
    expect(liveness.stalled()).toEqual([1]);
    ticking[1] = true;
    await clock.advance(500);
    expect(liveness.stalled()).toEqual([]);
  });

  it('does not wait for the dead', async () => {
    const { clock, ticking, alive, liveness } = livenessOf();
    liveness.start();
    ticking[0] = false;
    alive[0] = false;
    await clock.advance(10_000);
    expect(liveness.stalled()).toEqual([]);
  });

  it('stops looking', async () => {
    const { clock, liveness } = livenessOf();
    liveness.start();
    await clock.advance(1000);
    liveness.stop();
    expect(clock.pending()).toBe(0);
  });
});

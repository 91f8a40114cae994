import { describe, expect, it } from 'vitest';
import type { ShardId, ShardView } from '../../media/engine-port.js';
import { placeConference } from './placement.js';

const shard = (id: number, wishes: Partial<ShardView> = {}): ShardView => ({
  shard: id as ShardId,
  alive: true,
  legs: 0,
  legsMax: 10,
  rooms: 0,
  roomsMax: 10,
  lanes: 0,
  lanesMax: 10,
  tickLoad: 0,
  realtimeScheduling: true,
  cpuSeconds: 0,
  stats: {},
  ...wishes,
});
const placed = (...shards: readonly ShardView[]) => {
  const result = placeConference(shards, 0.6);
  return result.ok ? result.value : result.error;
};

describe('placeConference', () => {
  it('takes the shard with the least measured load', () => {
    expect(placed(shard(0, { tickLoad: 0.3 }), shard(1, { tickLoad: 0.1, legs: 9 }), shard(2, { tickLoad: 0.2 }))).toBe(
      1,
    );
  });

  it('lets the fewer legs decide when loads are as good as the same', () => {
    expect(placed(shard(0, { tickLoad: 0.101, legs: 4 }), shard(1, { tickLoad: 0.109, legs: 3 }))).toBe(1);
  });

  it('passes over the dead, the busy and the full', () => {
    expect(
      placed(
        shard(0, { alive: false }),
        shard(1, { tickLoad: 0.61 }),
        shard(2, { rooms: 10 }),
        shard(3, { legs: 10 }),
        shard(4, { tickLoad: 0.5, legs: 9 }),
      ),
    ).toBe(4);
  });

  it('says what is lacking', () => {
    expect(placed(shard(0, { alive: false }))).toEqual({ kind: 'engine-unavailable' });
    expect(placed(shard(0, { tickLoad: 0.6 }))).toEqual({ kind: 'engine-full', what: 'tick-time' });
    expect(placed(shard(0, { rooms: 10 }))).toEqual({ kind: 'engine-full', what: 'rooms' });
    expect(placed(shard(0, { legs: 10 }))).toEqual({ kind: 'engine-full', what: 'legs' });
  });
});

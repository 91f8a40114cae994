import { describe, expect, it } from 'vitest';
import { shardView } from '../../../test/support/shard-view.js';
import type { ShardView } from '../../media/engine-port.js';
import { placeConference } from './placement.js';

const placed = (...shards: readonly ShardView[]) => {
  const result = placeConference(shards, 0.6);
  return result.ok ? result.value : result.error;
};

describe('placeConference', () => {
  it('takes the shard with the least measured load', () => {
    expect(
      placed(
        shardView(0, { tickLoad: 0.3 }),
        shardView(1, { tickLoad: 0.1, legs: 9 }),
        shardView(2, { tickLoad: 0.2 }),
      ),
    ).toBe(1);
  });

  it('lets the fewer legs decide when loads are as good as the same', () => {
    expect(placed(shardView(0, { tickLoad: 0.101, legs: 4 }), shardView(1, { tickLoad: 0.109, legs: 3 }))).toBe(1);
  });

  it('passes over the dead, the busy and the full', () => {
    expect(
      placed(
        shardView(0, { alive: false }),
        shardView(1, { tickLoad: 0.61 }),
        shardView(2, { rooms: 10 }),
        shardView(3, { legs: 10 }),
        shardView(4, { tickLoad: 0.5, legs: 9 }),
      ),
    ).toBe(4);
  });

  it('goes by what is to be expected of those who have just come', () => {
    expect(placed(shardView(0, { tickLoad: 0.2, expectedLoad: 0.5 }), shardView(1, { tickLoad: 0.3 }))).toBe(1);
    expect(placed(shardView(0, { tickLoad: 0.2, expectedLoad: 0.6 }))).toEqual({
      kind: 'engine-full',
      what: 'tick-time',
    });
  });

  it('says what is lacking', () => {
    expect(placed(shardView(0, { alive: false }))).toEqual({ kind: 'engine-unavailable' });
    expect(placed(shardView(0, { tickLoad: 0.6 }))).toEqual({ kind: 'engine-full', what: 'tick-time' });
    expect(placed(shardView(0, { rooms: 10 }))).toEqual({ kind: 'engine-full', what: 'rooms' });
    expect(placed(shardView(0, { legs: 10 }))).toEqual({ kind: 'engine-full', what: 'legs' });
  });
});

import { describe, expect, it } from 'vitest';
import { shardView } from '../../test/support/shard-view.js';
import type { ShardView } from '../media/engine-port.js';
import { legCapacity } from './capacity.js';

const shard = (wishes: Partial<ShardView>) => shardView(0, { legsMax: 2048, ...wishes });

describe('legCapacity', () => {
  it('adds up the living shards', () => {
    const shards = [shard({ legs: 10, legsMax: 100 }), shard({ legs: 5, legsMax: 50 }), shard({ alive: false })];
    expect(legCapacity(shards, 0.6)).toEqual({ legs: 15, legsMax: 150, legsFree: 135 });
  });

  it('is bounded by time, as legs like those that are in take it', () => {
    expect(legCapacity([shard({ legs: 300, tickLoad: 0.3, legLoad: 0.001 })], 0.6).legsFree).toBe(300);
    expect(legCapacity([shard({ legs: 300, tickLoad: 0.3, legLoad: 0.006 })], 0.6).legsFree).toBe(50);
    expect(legCapacity([shard({ legs: 300, tickLoad: 0.65 })], 0.6).legsFree).toBe(0);
  });

  it('counts on what those who have just come will cost', () => {
    expect(legCapacity([shard({ legs: 300, tickLoad: 0.2, expectedLoad: 0.3 })], 0.6).legsFree).toBe(300);
  });

  it('counts nothing free where the door is closed', () => {
    expect(legCapacity([shard({ takesNewcomers: false }), shard({ legsMax: 7 })], 0.6).legsFree).toBe(7);
  });

  it('is nothing without shards', () => {
    expect(legCapacity([], 0.6)).toEqual({ legs: 0, legsMax: 0, legsFree: 0 });
  });
});

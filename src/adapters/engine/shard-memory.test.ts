import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shardLimits, withRings } from './shard-memory.js';

describe('the rings of a shard', () => {
  it('fit the engine when there are as many legs and rooms as settings allow', () => {
    const source = readFileSync('native/base/record_ring.h', 'utf8');
    const shift = Number(/kRingRecordsMax = 1u << (\d+);/.exec(source)?.[1]);
    const most = { legsPerShard: 8192, roomsPerShard: 8192, lanesPerShard: 0, opusLegsPerShard: 0 };
    expect(withRings(shardLimits(most)).eventRecords).toBeLessThanOrEqual(2 ** shift);
  });
});

import { expect, it } from 'vitest';
import type { ShardId } from '../../media/engine-port.js';
import { RoomRateSaving } from './room-rate-saving.js';

const [shard0, shard1] = [0 as ShardId, 1 as ShardId];

it('knows which shards save, and tells everybody when that changes', () => {
  const saving = new RoomRateSaving();
  const told: (readonly [ShardId, boolean])[] = [];
  for (let listener = 0; listener < 2; listener += 1) {
    saving.onChange((shard) => told.push([shard, saving.saves(shard)]));
  }
  saving.save(shard0, false);
  expect(told).toEqual([]);
  for (const isSaving of [true, true, false]) {
    saving.save(shard1, isSaving);
    expect([saving.saves(shard0), saving.saves(shard1)]).toEqual([false, isSaving]);
  }
  const [taken, undone] = [
    [shard1, true],
    [shard1, false],
  ];
  expect(told).toEqual([taken, taken, undone, undone]);
});

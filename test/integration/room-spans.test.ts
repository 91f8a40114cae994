/** Real threads, the real addon, real time: a room grows onto a second shard while people talk in it. */
import { afterEach, describe, expect, it } from 'vitest';
import type { EnginePool } from '../../src/adapters/engine/engine-pool.js';
import type { EngineCommand, ShardId } from '../../src/media/engine-port.js';
import { coming, laneMedia, Person, talk, value } from '../support/lane-people.js';
import { startRealPool } from '../support/real-pool.js';

const pools: EnginePool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.stop();
});

async function startedPool(): Promise<EnginePool> {
  const pool = await startRealPool({
    shards: 2,
    limits: { legsMax: 4, roomsMax: 4, lanesMax: 4, opusLegsMax: 1, playersMax: 3, recordersMax: 2 },
  });
  pools.push(pool);
  return pool;
}

const count = (pool: EnginePool, name: string): number =>
  pool.shards().reduce((sum, { stats }) => sum + Number(stats[name]), 0);

/** Frames in which a leg had nothing to give, or a part of the room came too late. */
const missed = (pool: EnginePool): number => count(pool, 'lane_frames_starved') + count(pool, 'span_parts_late');

describe('a room on two shards', () => {
  it('lets everybody hear the exact sum of all others, in every frame, before, while and after it grows', async () => {
    const pool = await startedPool();
    const home = value(pool.place());
    const room = value(pool.reserveRoom(home));
    const people: Person[] = [];
    const shards: ShardId[] = [];
    const comes = (commands: readonly EngineCommand[] = []): void => {
      const { id, shard } = value(pool.reserveLegFor(room, laneMedia));
      value(pool.apply(home, [...commands, ...coming(room.id, id)]));
      people.push(new Person(pool, id, 2 ** people.length));
      shards.push(shard);
    };
    comes([{ kind: 'open-room', room: room.id, rateHz: 16_000 }]);
    for (let index = 1; index < 4; index += 1) comes();
    await talk(people, 40);
    // Everybody talks on while four more come, one after the other; the first of them makes the room span.
    for (let index = 0; index < 4; index += 1) {
      comes();
      await talk(people, 15);
    }
    expect(shards.map((shard) => shard === home)).toEqual([true, true, true, true, false, false, false, false]);
    expect(count(pool, 'rooms_spanning')).toBe(2);
    await talk(people, 20);
    // What is counted lies around what is heard: frames wait in lanes after they were mixed.
    const missedBefore = missed(pool);
    await talk(people, 20);
    const lengths = (): readonly number[] => people.map(({ heard }) => heard.length);
    const before = lengths();
    await talk(people, 150);
    const after = lengths();
    await talk(people, 20);
    const missedMeanwhile = missed(pool) - missedBefore;
    const all = people.reduce((sum, { says }) => sum + says, 0);
    for (const [index, { heard, says }] of people.entries()) {
      const wrong = heard.slice(before[index], after[index]).filter((sum) => sum !== all - says);
      expect(wrong.length, `of number ${index}`).toBeLessThanOrEqual(missedMeanwhile);
      expect(wrong.length).toBeLessThan(50);
    }
    // Whoever was there from the start never lost those who were there, at the moment of growth neither.
    const first = people.slice(0, 4);
    const talking = first.reduce((sum, { says }) => sum + says, 0);
    for (const { heard, says } of first) {
      const begun = heard.indexOf(talking - says);
      expect(begun).toBeGreaterThanOrEqual(0);
      const gaps = heard.slice(begun).filter((sum) => (sum & (talking - says)) !== talking - says);
      expect(gaps.length).toBeLessThanOrEqual(count(pool, 'lane_frames_starved'));
      // And nobody hears themselves.
      expect(heard.every((sum) => (sum & says) === 0)).toBe(true);
    }
    expect(count(pool, 'span_parts')).toBeGreaterThan(200);
    expect(count(pool, 'commands_refused')).toBe(0);
    expect(count(pool, 'rooms')).toBe(2);
  });
});

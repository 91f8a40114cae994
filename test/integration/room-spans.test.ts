/** Real threads, the real addon, real time: a room grows onto a second shard while people talk in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { EnginePool } from '../../src/adapters/engine/engine-pool.js';
import type { Result } from '../../src/base/result.js';
import type { EngineCommand, Lane, LegId, LegMedia, LegRoute, MixRoom, ShardId } from '../../src/media/engine-port.js';
import { startRealPool } from '../support/real-pool.js';

const media: LegMedia = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 40 };
const frameSamples = 320;
/** Frames that wait in a lane ahead of the engine: 300 ms, so that a busy machine starves nobody. */
const framesAhead = 15;

function value<T>(result: Result<T, unknown>): T {
  return result.ok ? result.value : expect.fail(`refused: ${JSON.stringify(result.error)}`);
}

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

/** Says one number in every sample, which no other says: what others hear of it is told by one bit. */
class Person {
  readonly says: number;
  readonly lane: Lane;
  readonly shard: ShardId;
  /** By frame, the one number that all its samples are. */
  readonly heard: number[] = [];
  readonly #frame: Uint8Array;
  #written = 0;

  constructor(pool: EnginePool, leg: LegId, shard: ShardId, says: number) {
    const lane = pool.lane(leg);
    if (lane === null) expect.fail('an open leg has a lane');
    this.lane = lane;
    this.says = says;
    this.shard = shard;
    this.#frame = new Uint8Array(Int16Array.from({ length: frameSamples }, () => says).buffer);
  }

  turn(): void {
    while (this.#written < this.lane.played() + framesAhead && this.lane.write(this.#frame)) this.#written += 1;
    for (let frame = this.lane.read(); frame !== null; frame = this.lane.read()) {
      const samples = new Int16Array(frame.slice().buffer);
      expect(new Set(samples).size).toBe(1);
      this.heard.push(samples[0] ?? Number.NaN);
    }
  }
}

const inRoom: LegRoute = { sends: { kind: 'room' }, hears: 'room', players: [] };
const coming = (room: MixRoom, leg: LegId): readonly EngineCommand[] => [
  { kind: 'open-leg', leg, media },
  { kind: 'route-leg', leg, room: room.id, route: inRoom },
];

async function talk(people: readonly Person[], frames: number): Promise<void> {
  const lengths = people.map(({ heard }) => heard.length + frames);
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(5)) {
    for (const person of people) person.turn();
    if (people.every(({ heard }, index) => heard.length >= (lengths[index] ?? 0))) return;
  }
  expect.fail('nobody heard so many frames');
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
    const comes = (commands: readonly EngineCommand[] = []): void => {
      const { id, shard } = value(pool.reserveLegFor(room, media));
      value(pool.apply(home, [...commands, ...coming(room, id)]));
      people.push(new Person(pool, id, shard, 2 ** people.length));
    };
    comes([{ kind: 'open-room', room: room.id, rateHz: 16_000 }]);
    for (let index = 1; index < 4; index += 1) comes();
    await talk(people, 40);
    // Everybody talks on while four more come, one after the other; the first of them makes the room span.
    for (let index = 0; index < 4; index += 1) {
      comes();
      await talk(people, 15);
    }
    expect(people.map(({ shard }) => shard === home)).toEqual([true, true, true, true, false, false, false, false]);
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

/** Real threads, the real addon, real time: who came to a large room late is served in other ticks than the first. */
import { expect, it, onTestFinished } from 'vitest';
import type { LegRoute, MixRoomId, ShardId } from '../../src/media/engine-port.js';
import { coming, inRoom, laneMedia, Person, talk, value } from '../support/lane-people.js';
import { startRealPool } from '../support/real-pool.js';

/** Who comes when so many are there is served later (ADR 0029). */
const servedAtOnce = 128;
const legsMax = servedAtOnce + 12;

const muted: LegRoute = { ...inRoom, sends: { kind: 'nobody' } };
const outside: LegRoute = { sends: { kind: 'nobody' }, hears: 'silence', players: [] };

it('who came late is muted, coaches, goes to another shard and comes back, and is heard by whom it may', async () => {
  const pool = await startRealPool({
    shards: 2,
    limits: { legsMax, roomsMax: 4, lanesMax: legsMax, opusLegsMax: 1, playersMax: 3, recordersMax: 2 },
    rankedAbove: 0,
  });
  onTestFinished(() => pool.stop());
  const [here, there] = [0 as ShardId, 1 as ShardId];
  const open = (shard: ShardId): MixRoomId => {
    const room = value(pool.reserveRoom(shard)).id;
    value(pool.apply(shard, [{ kind: 'open-room', room, rateHz: 16_000 }]));
    return room;
  };
  const comes = (shard: ShardId, room: MixRoomId) => {
    const { id } = value(pool.reserveLeg(shard, laneMedia));
    value(pool.apply(shard, coming(room, id)));
    return id;
  };
  const [large, small] = [open(here), open(there)];
  const first = new Person(pool, comes(here, large), 1);
  for (let silent = 1; silent < servedAtOnce; silent += 1) comes(here, large);
  const leg = comes(here, large);
  let late = new Person(pool, leg, 2);
  const coachedLeg = comes(here, large);
  const coached = new Person(pool, coachedLeg, 4);
  const far = new Person(pool, comes(there, small), 8);

  /** Once all has settled. Now and then the machine misses a frame; nobody is ever heard by others. */
  const expectHeard = async (sums: ReadonlyMap<Person, number>): Promise<void> => {
    const people = [first, late, coached, far];
    await talk(people, 15);
    const begins = people.map(({ heard }) => heard.length);
    await talk(people, 50);
    for (const [index, person] of people.entries()) {
      const [sum, heard] = [sums.get(person) ?? 0, person.heard.slice(begins[index])];
      expect(heard.filter((each) => (each & ~sum) !== 0)).toEqual([]);
      expect(heard.filter((each) => each === sum).length, `${person.says} hears ${sum}`).toBeGreaterThan(40);
    }
  };
  const route = (room: MixRoomId | null, to: LegRoute, shard = here) =>
    value(pool.apply(shard, [{ kind: 'route-leg', leg, room, route: to }]));
  const moves = async (shard: ShardId): Promise<void> => {
    value(await pool.moveLeg(leg, laneMedia, shard));
    late = new Person(pool, leg, 2);
  };

  await expectHeard(
    new Map([
      [first, 6],
      [late, 5],
      [coached, 3],
    ]),
  );
  route(large, muted);
  await expectHeard(
    new Map([
      [first, 4],
      [late, 5],
      [coached, 1],
    ]),
  );
  route(large, { ...inRoom, sends: { kind: 'whisper', to: coachedLeg } });
  await expectHeard(
    new Map([
      [first, 4],
      [late, 5],
      [coached, 3],
    ]),
  );
  route(large, inRoom);
  await expectHeard(
    new Map([
      [first, 6],
      [late, 5],
      [coached, 3],
    ]),
  );
  route(null, outside);
  await moves(there);
  route(small, inRoom, there);
  await expectHeard(
    new Map([
      [first, 4],
      [late, 8],
      [coached, 1],
      [far, 2],
    ]),
  );
  route(null, outside, there);
  await moves(here);
  route(large, inRoom);
  await expectHeard(
    new Map([
      [first, 6],
      [late, 5],
      [coached, 3],
    ]),
  );
  expect(pool.shards().map(({ stats }) => stats.commands_refused)).toEqual([0, 0]);
});

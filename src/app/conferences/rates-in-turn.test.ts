import { expect, it } from 'vitest';
import { roomNamed } from '../../../test/support/callers.js';
import { parleyOf, value } from '../../../test/support/parley-script.js';
import type { ShardId } from '../../media/engine-port.js';
import { ratesWithinMs } from './rates-in-turn.js';

const shard0 = 0 as ShardId;
/** Of the legs of a room: two have fullband. */
const ratesHz = [48_000, 48_000, ...new Array<8000>(8).fill(8000)] as const;

it('brings the rooms of a shard that saves to less one after the other, and back', async () => {
  const { parley, engine, clock, request } = parleyOf();
  for (const room of ['r', 's', 't', 'u']) {
    for (const [index, rateHz] of ratesHz.entries()) {
      const asked = request(`${room}${index}`, { room: roomNamed(room) });
      value(await parley.dial({ ...asked, media: { kind: 'grpc', codec: 'linear16', rateHz } }));
    }
  }
  parley.rateSaving.save(shard0, true);
  const saved: number[] = [];
  for (let ms = 0; ms < ratesWithinMs; ms += ratesWithinMs / 4) {
    await clock.advance(ms === 0 ? 0 : ratesWithinMs / 4);
    saved.push(engine.roomRates().filter((rateHz) => rateHz === 16_000).length);
  }
  expect(saved).toEqual([1, 2, 3, 4]);
  parley.rateSaving.save(shard0, false);
  await clock.advance(ratesWithinMs);
  expect(engine.roomRates()).toEqual(new Array(4).fill(48_000));
});

import { describe, expect, it } from 'vitest';
import { EngineSide } from '../../../test/support/engine-side.js';
import { createArena } from './arena.js';
import { createEventRing } from './event-ring.js';

const arenaOf = (eventRecords: number) =>
  createArena({
    legsMax: 4,
    roomsMax: 4,
    lanesMax: 1,
    opusLegsMax: 1,
    playersMax: 3,
    recordersMax: 2,
    commandRecords: 4,
    eventRecords,
  });

describe('createEventRing', () => {
  it('brings events across in order, each once', () => {
    const arena = arenaOf(8);
    const ring = createEventRing(arena);
    const engine = new EngineSide(arena.bytes);
    engine.publishEvent('batch_applied', { leg: 0, generation: 0 }, { tick: 2 ** 40, batch: 12 });
    engine.publishEvent('leg_media_started', { leg: 3, generation: 7 }, { ssrc: 0xdead_beef });
    expect(ring.drain()).toEqual([
      { kind: 'batch_applied', leg: 0, generation: 0, fields: { tick: 2 ** 40, batch: 12 } },
      { kind: 'leg_media_started', leg: 3, generation: 7, fields: { ssrc: 0xdead_beef } },
    ]);
    expect(ring.drain()).toEqual([]);
  });

  it('frees the places it has read, round and round', () => {
    const arena = arenaOf(2);
    const ring = createEventRing(arena);
    const engine = new EngineSide(arena.bytes);
    for (let leg = 0; leg < 20; leg += 1) {
      engine.publishEvent('leg_closed', { leg, generation: 1 });
      expect(ring.drain().map((event) => event.leg)).toEqual([leg]);
    }
  });
});

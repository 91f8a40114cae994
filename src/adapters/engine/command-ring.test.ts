import { describe, expect, it } from 'vitest';
import { EngineSide } from '../../../test/support/engine-side.js';
import { commands, none } from '../../media/engine-layout.js';
import { createArena } from './arena.js';
import { type CommandRecord, createCommandRing, placedCommands } from './command-ring.js';

const arenaOf = (commandRecords: number) =>
  createArena({
    legsMax: 4,
    roomsMax: 4,
    lanesMax: 1,
    opusLegsMax: 1,
    playersMax: 3,
    recordersMax: 2,
    commandRecords,
    eventRecords: 4,
  });

/** A different value in every field. */
function filled(kind: string): CommandRecord {
  const fields = placedCommands.get(kind)?.block.fields ?? [];
  const entries = fields.map(({ name, type, bytes }, index) => [
    name,
    type.startsWith('u8[')
      ? Uint8Array.from({ length: bytes }, (_, byte) => byte + 100)
      : type === 'i32'
        ? -7
        : index + 11,
  ]);
  return { kind, leg: { slot: 3, generation: 9 }, fields: Object.fromEntries(entries) };
}
const openRoom = (room: number): CommandRecord => ({
  kind: 'open_room',
  fields: { room, rate_hz: 8000, phase: 1, ranked_above: 0, talkers_max: 1 },
});
const rooms = (engine: EngineSide) => engine.takeCommands().map(({ fields }) => fields.room);

describe('createCommandRing', () => {
  it.each(commands.map(({ name }) => name))('brings every field of %s across', (kind) => {
    const arena = arenaOf(4);
    const sent = filled(kind);
    expect(createCommandRing(arena).publish([sent])).toBe(true);
    const [seen] = new EngineSide(arena.bytes).takeCommands();
    expect(seen).toMatchObject({ kind, leg: 3, generation: 9, remaining: 0 });
    const expected = Object.entries(sent.fields).map(([name, value]) => [
      name,
      typeof value === 'number' ? value : [...value],
    ]);
    expect(seen?.fields).toEqual(Object.fromEntries(expected));
  });

  it('counts down through a batch and numbers batches', () => {
    const arena = arenaOf(8);
    const ring = createCommandRing(arena);
    ring.publish([openRoom(0), openRoom(1), openRoom(2)]);
    ring.publish([openRoom(3)]);
    const seen = new EngineSide(arena.bytes).takeCommands();
    expect(seen.map(({ remaining, sequence }) => [sequence, remaining])).toEqual([
      [0, 2],
      [0, 1],
      [0, 0],
      [1, 0],
    ]);
    expect(seen[0]?.leg).toBe(none);
  });

  it('takes a batch whole or not at all', () => {
    const arena = arenaOf(4);
    const ring = createCommandRing(arena);
    const engine = new EngineSide(arena.bytes);
    expect(ring.publish([openRoom(0), openRoom(1), openRoom(2)])).toBe(true);
    expect(ring.free()).toBe(1);
    expect(ring.publish([openRoom(3), openRoom(4)])).toBe(false);
    expect(rooms(engine)).toEqual([0, 1, 2]);
    expect(ring.publish([openRoom(3), openRoom(4)])).toBe(true);
    expect(rooms(engine)).toEqual([3, 4]);
  });

  it('goes round and round', () => {
    const arena = arenaOf(4);
    const ring = createCommandRing(arena);
    const engine = new EngineSide(arena.bytes);
    for (let turn = 0; turn < 50; turn += 1) {
      expect(ring.publish([openRoom(turn), openRoom(turn + 1000), openRoom(turn + 2000)])).toBe(true);
      expect(rooms(engine)).toEqual([turn, turn + 1000, turn + 2000]);
    }
  });

  it('says nothing for an empty batch', () => {
    const arena = arenaOf(4);
    expect(createCommandRing(arena).publish([])).toBe(true);
    expect(new EngineSide(arena.bytes).takeCommands()).toEqual([]);
  });

  it('leaves nothing of an older record behind', () => {
    const arena = arenaOf(1);
    const ring = createCommandRing(arena);
    const engine = new EngineSide(arena.bytes);
    ring.publish([filled('open_leg')]);
    engine.takeCommands();
    ring.publish([{ kind: 'close_leg', leg: { slot: 1, generation: 2 }, fields: {} }]);
    const at = arena.offsets.commandRing + 128;
    expect(arena.bytes.subarray(at + 16, at + 128).every((byte) => byte === 0)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { EngineSide } from '../../../test/support/engine-side.js';
import { batchLegs, layoutVersion } from '../../media/engine-layout.js';
import { layoutChecksum } from '../../media/engine-layout-offsets.js';
import { arenaOffsets, createArena, laneBytes, laneOffset, legOffset, placed } from './arena.js';

const limits = {
  legsMax: 5,
  roomsMax: 3,
  lanesMax: 2,
  opusLegsMax: 1,
  playersMax: 3,
  recordersMax: 2,
  commandRecords: 16,
  eventRecords: 8,
};

describe('createArena', () => {
  it('writes the header the engine asks for', () => {
    const arena = createArena(limits);
    const engine = new EngineSide(arena.bytes);
    expect(new TextDecoder().decode(arena.bytes.slice(0, 4))).toBe('PRLY');
    expect(engine.header('version')).toBe(layoutVersion);
    expect(engine.header('checksum')).toBe(layoutChecksum());
    expect(engine.header('legs_max')).toBe(5);
    expect(engine.header('rooms_max')).toBe(3);
    expect(engine.header('lanes_max')).toBe(2);
    expect(engine.header('command_records')).toBe(16);
    expect(engine.header('event_records')).toBe(8);
    expect(engine.header('arena_bytes')).toBe(arena.bytes.byteLength);
    expect(engine.header('control_offset')).toBe(arena.offsets.control);
    expect(engine.header('stats_offset')).toBe(arena.offsets.stats);
    expect(engine.header('legs_offset')).toBe(arena.offsets.legs);
    expect(engine.header('frames_offset')).toBe(arena.offsets.frames);
    expect(engine.header('lanes_offset')).toBe(arena.offsets.lanes);
  });

  it('leaves everything else zero', () => {
    const arena = createArena(limits);
    expect(arena.bytes.subarray(placed.header.bytes).every((byte) => byte === 0)).toBe(true);
  });
});

describe('arenaOffsets', () => {
  it('lays the parts one after another without overlap, each on a cache line', () => {
    const { control, commandRing, eventRing, stats, legs, frames, lanes, end } = arenaOffsets(limits);
    const ring = (records: number) => placed.ringIndices.bytes + records * 128;
    expect(control).toBeGreaterThanOrEqual(placed.header.bytes);
    expect(commandRing).toBeGreaterThanOrEqual(control + placed.control.bytes);
    expect(eventRing).toBeGreaterThanOrEqual(commandRing + ring(16));
    expect(stats).toBeGreaterThanOrEqual(eventRing + ring(8));
    expect(legs).toBeGreaterThanOrEqual(stats + placed.stats.bytes);
    expect(frames).toBeGreaterThanOrEqual(legs + 5 * placed.legSlot.bytes);
    expect(lanes).toBeGreaterThanOrEqual(frames + (batchLegs + 5) * placed.framePair.bytes);
    expect(end).toBeGreaterThanOrEqual(lanes + 2 * laneBytes);
    for (const offset of [control, commandRing, eventRing, stats, legs, frames, lanes]) expect(offset % 64).toBe(0);
  });

  it('refuses rings that are no power of two', () => {
    expect(() => arenaOffsets({ ...limits, commandRecords: 12 })).toThrow('power of two');
    expect(() => arenaOffsets({ ...limits, eventRecords: 12 })).toThrow('power of two');
  });
});

describe('legOffset and laneOffset', () => {
  it('step by one slot and end with the last', () => {
    const arena = createArena(limits);
    expect(legOffset(arena, 1) - legOffset(arena, 0)).toBe(placed.legSlot.bytes);
    expect(laneOffset(arena, 1) - laneOffset(arena, 0)).toBe(laneBytes);
    expect(laneOffset(arena, 1) + laneBytes).toBeLessThanOrEqual(arena.bytes.byteLength);
    expect(() => legOffset(arena, 5)).toThrow('leg slot');
    expect(() => laneOffset(arena, 2)).toThrow('lane slot');
  });
});

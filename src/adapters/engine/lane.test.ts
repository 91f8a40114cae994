import { describe, expect, it } from 'vitest';
import { EngineSide } from '../../../test/support/engine-side.js';
import { laneFramesMax } from '../../media/engine-layout.js';
import { createArena } from './arena.js';
import { openLane, resetLane } from './lane.js';

const slot = 1;
function laneOf(frameBytes: number) {
  const arena = createArena({
    legsMax: 2,
    roomsMax: 1,
    lanesMax: 2,
    opusLegsMax: 1,
    playersMax: 3,
    recordersMax: 2,
    commandRecords: 2,
    eventRecords: 2,
  });
  return { arena, lane: openLane(arena, slot, frameBytes), engine: new EngineSide(arena.bytes) };
}
const frame = (first: number): Uint8Array => Uint8Array.of(first, 2, 3, 4);

describe('openLane', () => {
  it('hands frames to the engine in order', () => {
    const { lane, engine } = laneOf(4);
    expect(lane.write(frame(10))).toBe(true);
    expect(lane.write(frame(20))).toBe(true);
    expect([engine.takeLaneFrame(slot, 4), engine.takeLaneFrame(slot, 4)]).toEqual([
      [10, 2, 3, 4],
      [20, 2, 3, 4],
    ]);
    expect(engine.takeLaneFrame(slot, 4)).toBeNull();
    expect([lane.written(), lane.played()]).toEqual([2, 2]);
  });

  it('refuses the frame that would be more than 640 ms ahead, and takes it once one was played', () => {
    const { lane, engine } = laneOf(4);
    for (let count = 0; count < laneFramesMax; count += 1) expect(lane.write(frame(count))).toBe(true);
    expect(lane.write(frame(99))).toBe(false);
    expect(engine.takeLaneFrame(slot, 1)).toEqual([0]);
    expect(lane.write(frame(99))).toBe(true);
    expect(lane.write(frame(100))).toBe(false);
  });

  it('hands out copies of what the leg hears', () => {
    const { lane, engine } = laneOf(4);
    expect(lane.read()).toBeNull();
    engine.giveLaneFrame(slot, [5, 6, 7, 8]);
    const heard = lane.read();
    for (let count = 0; count < laneFramesMax; count += 1) engine.giveLaneFrame(slot, [0, 0, 0, 0]);
    expect([...(heard ?? [])]).toEqual([5, 6, 7, 8]);
  });

  it('tells in which frames somebody speaks', () => {
    const { lane, engine } = laneOf(4);
    const voices = Array.from({ length: 3 * laneFramesMax }, (_, index) => index % 3 === 0);
    for (const voice of voices) {
      engine.giveLaneFrame(slot, [0, 0, 0, 0], voice);
      lane.read();
      expect(lane.hadVoice()).toBe(voice);
    }
  });

  it('drops what was written and not played', () => {
    const { lane, engine } = laneOf(4);
    lane.write(frame(1));
    lane.write(frame(2));
    lane.clear();
    lane.write(frame(3));
    expect(engine.takeLaneFrame(slot, 1)).toEqual([3]);
  });

  it('takes frames of its own size only', () => {
    const { lane } = laneOf(4);
    expect(() => lane.write(Uint8Array.of(1, 2))).toThrow('4 bytes');
  });
});

describe('resetLane', () => {
  it('empties both directions', () => {
    const { arena, lane, engine } = laneOf(4);
    lane.write(frame(1));
    lane.clear();
    engine.giveLaneFrame(slot, [1, 2, 3, 4]);
    resetLane(arena, slot);
    expect([lane.read(), lane.written(), lane.played(), engine.takeLaneFrame(slot, 4)]).toEqual([null, 0, 0, null]);
  });
});

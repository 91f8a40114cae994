/** People by lane of a real engine, in real time: what each says, and what it hears, frame by frame. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { EnginePool } from '../../src/adapters/engine/engine-pool.js';
import type { Result } from '../../src/base/result.js';
import type { EngineCommand, Lane, LegId, LegMedia, LegRoute, MixRoomId } from '../../src/media/engine-port.js';

export const laneMedia: LegMedia = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 40 };
const frameSamples = 320;
/** Frames that wait in a lane ahead of the engine: 300 ms, so that a busy machine starves nobody. */
const framesAhead = 15;

export function value<T>(result: Result<T, unknown>): T {
  return result.ok ? result.value : expect.fail(`refused: ${JSON.stringify(result.error)}`);
}

/** Says one number in every sample, which no other says: what others hear of it is told by one bit. */
export class Person {
  readonly says: number;
  readonly lane: Lane;
  /** By frame, the one number that all its samples are. */
  readonly heard: number[] = [];
  readonly #frame: Uint8Array;
  #written = 0;

  constructor(pool: EnginePool, leg: LegId, says: number) {
    const lane = pool.lane(leg);
    if (lane === null) expect.fail('an open leg has a lane');
    this.lane = lane;
    this.says = says;
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

export const inRoom: LegRoute = { sends: { kind: 'room' }, hears: 'room', players: [] };
export const coming = (room: MixRoomId, leg: LegId): readonly EngineCommand[] => [
  { kind: 'open-leg', leg, media: laneMedia },
  { kind: 'route-leg', leg, room, route: inRoom },
];

export async function talk(people: readonly Person[], frames: number): Promise<void> {
  const lengths = people.map(({ heard }) => heard.length + frames);
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(5)) {
    for (const person of people) person.turn();
    if (people.every(({ heard }, index) => heard.length >= (lengths[index] ?? 0))) return;
  }
  expect.fail('nobody heard so many frames');
}

/** The mix rooms of one shard: which slots are taken, in which quarter of the frame each is mixed, and at what rate. */
import { assert } from '../../base/assert.js';
import type { MixRoomId, ShardId } from '../../media/engine-port.js';
import type { RoomRateHz } from '../../media/room-rate.js';
import type { RoomUse } from './shard-parts.js';
import { createSlots } from './slots.js';

/** Rooms are mixed in one of four quarters of the 20 ms frame, so that a shard never does all its work at once. */
const phases = 4;

export class RoomTable {
  readonly #shard: ShardId;
  readonly #slots;
  readonly #rooms = new Map<MixRoomId, RoomUse>();
  readonly #inPhase = new Array<number>(phases).fill(0);

  constructor(shard: ShardId, roomsMax: number) {
    this.#shard = shard;
    this.#slots = createSlots(roomsMax);
  }

  taken(): number {
    return this.#slots.taken();
  }

  ids(): readonly MixRoomId[] {
    return [...this.#rooms.keys()];
  }

  /** REQUIRES: the room is reserved or open here. */
  get(id: MixRoomId): RoomUse {
    const room = this.#rooms.get(id);
    assert(room !== undefined, `room ${id} is reserved`);
    return room;
  }

  /** Null when all are taken. `wanted`: its quarter; null: the one with the fewest rooms. */
  reserve(wanted: number | null): MixRoomId | null {
    const slot = this.#slots.take();
    if (slot === null) return null;
    const id = `${this.#shard}.${slot.slot}.${slot.generation}` as MixRoomId;
    const phase = wanted ?? this.#inPhase.indexOf(Math.min(...this.#inPhase));
    this.#inPhase[phase] = (this.#inPhase[phase] ?? 0) + 1;
    this.#rooms.set(id, { slot, phase, rateHz: null });
    return id;
  }

  /** The engine is told to mix it at this rate. */
  noteRate(id: MixRoomId, rateHz: RoomRateHz): void {
    this.get(id).rateHz = rateHz;
  }

  free(id: MixRoomId): void {
    const room = this.get(id);
    this.#rooms.delete(id);
    this.#slots.give(room.slot);
    this.#inPhase[room.phase] = (this.#inPhase[room.phase] ?? 0) - 1;
  }
}

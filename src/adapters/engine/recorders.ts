/** The recorders of one shard: which slots are taken and by what, as command records and from event records. */
import { assert } from '../../base/assert.js';
import { recorderModes, recorderSources } from '../../media/engine-layout.js';
import type { EngineCommand, LegId, MixRoomId, RecorderId, ShardId } from '../../media/engine-port.js';
import { endRecording } from '../../media/recording-memory.js';
import type { CommandRecord } from './command-ring.js';
import type { EventRecord } from './event-ring.js';
import { createSlots, type Slot } from './slots.js';

/** What is needed of the addon. */
export type RingTable = {
  /** The id of a ring, whose memory is kept until it is removed; 0 when there is no place for one more. */
  addRing(memory: Uint8Array<SharedArrayBuffer>): number;
  /** REQUIRES: no engine writes to it, nor will be told to. */
  removeRing(id: number): void;
};

type RecorderUse = {
  readonly slot: Slot;
  readonly ring: number;
  readonly memory: SharedArrayBuffer;
  state: 'reserved' | 'open' | 'closing';
};

type RecorderCommand = Extract<EngineCommand, { readonly recorder: RecorderId }>;

/** Slots of what a recorder is opened on. */
type Places = { readonly leg: (id: LegId) => Slot; readonly room: (id: MixRoomId) => Slot };

export class Recorders {
  readonly #shard: ShardId;
  readonly #rings: RingTable;
  readonly #slots;
  readonly #recorders = new Map<RecorderId, RecorderUse>();
  readonly #bySlot: (RecorderId | undefined)[] = [];

  constructor(shard: ShardId, rings: RingTable, recordersMax: number) {
    this.#shard = shard;
    this.#rings = rings;
    this.#slots = createSlots(recordersMax);
  }

  taken(): number {
    return this.#slots.taken();
  }

  /** Null when all are taken. */
  reserve(memory: SharedArrayBuffer): RecorderId | null {
    const slot = this.#slots.take();
    if (slot === null) return null;
    const ring = this.#rings.addRing(new Uint8Array(memory));
    if (ring === 0) {
      this.#slots.give(slot);
      return null;
    }
    const id = `${this.#shard}.${slot.slot}.${slot.generation}` as RecorderId;
    this.#recorders.set(id, { slot, ring, memory, state: 'reserved' });
    this.#bySlot[slot.slot] = id;
    return id;
  }

  release(id: RecorderId): void {
    const { state, memory } = this.#recorder(id);
    assert(state === 'reserved', 'only a recorder that was never opened is released');
    endRecording(memory, 'over');
    this.#free(id);
  }

  record(command: RecorderCommand, { leg, room }: Places): CommandRecord {
    const { slot, ring } = this.#recorder(command.recorder);
    const named = { recorder: slot.slot, recorder_generation: slot.generation };
    switch (command.kind) {
      case 'close-recorder':
        return { kind: 'close_recorder', fields: named };
      case 'set-recorder':
        return { kind: 'set_recorder', fields: { ...named, mode: recorderModes[command.mode] } };
      case 'open-recorder': {
        const { source } = command;
        const fields = {
          ...named,
          ring,
          room: room(command.room).slot,
          source: recorderSources[source.kind],
          mode: recorderModes[command.mode],
        };
        return { kind: 'open_recorder', fields, ...(source.kind === 'mix' ? {} : { leg: leg(source.leg) }) };
      }
    }
  }

  /** The engine has been told. */
  noteApplied(command: RecorderCommand): void {
    const recorder = this.#recorder(command.recorder);
    if (command.kind === 'open-recorder') {
      assert(recorder.state === 'reserved', 'a reserved recorder is opened once');
      recorder.state = 'open';
      return;
    }
    assert(recorder.state === 'open', 'an open recorder is changed or closed');
    if (command.kind === 'close-recorder') recorder.state = 'closing';
  }

  /** The engine is done with a recorder. */
  heardClosed({ fields }: EventRecord): void {
    const id = this.#bySlot[Number(fields.recorder)];
    const recorder = id === undefined ? undefined : this.#recorders.get(id);
    if (id === undefined || recorder?.slot.generation !== Number(fields.recorder_generation)) return;
    assert(recorder.state === 'closing', 'a recorder is closed when asked');
    this.#free(id);
  }

  /** The engine runs no more. */
  bury(): void {
    for (const [id, { memory }] of [...this.#recorders]) {
      endRecording(memory, 'failed');
      this.#free(id);
    }
  }

  #free(id: RecorderId): void {
    const { slot, ring } = this.#recorder(id);
    this.#recorders.delete(id);
    this.#bySlot[slot.slot] = undefined;
    this.#rings.removeRing(ring);
    this.#slots.give(slot);
  }

  #recorder(id: RecorderId): RecorderUse {
    const recorder = this.#recorders.get(id);
    assert(recorder !== undefined, `recorder ${id} is reserved`);
    return recorder;
  }
}

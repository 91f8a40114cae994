/** Recorders and saved rates in the picture of a room, beside what conference-runner.test.ts says of legs. */
import { describe, expect, it } from 'vitest';
import { callSidOf, join, leave } from '../../../test/support/callers.js';
import { ConferenceScript } from '../../../test/support/conference-script.js';
import { FakeEngine } from '../../../test/support/fake-engine.js';
import { recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { noSounds, type RoomRecorder } from '../../media/engine-batch.js';
import type { LegMedia, RecorderId, ShardId } from '../../media/engine-port.js';
import { mixPlan } from '../../media/mix-plan.js';
import { recordingMemory } from '../../media/recording-memory.js';
import { RoomRateSaving } from '../health/room-rate-saving.js';
import { RoomEngine } from './room-engine.js';

const media = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 40 } as const satisfies LegMedia;
const ringFull = { kind: 'engine-full', what: 'command-ring' } as const;
const whole: RoomRecorder = { source: { kind: 'mix' }, mode: 'recording' };

function roomOf() {
  const engine = new FakeEngine(2);
  const clock = new VirtualClock();
  const rateSaving = new RoomRateSaving();
  const room = new RoomEngine({ engine, rateSaving, clock, metrics: recordingMetrics() });
  const script = new ConferenceScript();
  const tell = (): void => room.tell(mixPlan(script.state), noSounds);
  const admit = (name: string, rateHz = 16_000): void => {
    const reserved = room.reserve({ ...media, rateHz });
    if (!reserved.ok) expect.fail('there is room');
    room.admit(callSidOf(name), reserved.value);
    script.play(join(name));
  };
  const joins = (name: string, rateHz?: number): void => {
    admit(name, rateHz);
    tell();
  };
  const leaves = (name: string): void => {
    script.play(leave(name));
    tell();
  };
  const reserve = (): RecorderId => {
    const reserved = engine.reserveRecorder(0 as ShardId, recordingMemory(8000, 1));
    return reserved.ok ? reserved.value : expect.fail('there is a recorder');
  };
  const held = () => engine.shards()[0]?.recorders;
  const lastKinds = () => engine.batches.at(-1)?.map(({ kind }) => kind);
  return { engine, rateSaving, clock, room, script, tell, admit, joins, leaves, reserve, held, lastKinds };
}

describe('RoomEngine with recorders', () => {
  it('begins one in the batch of the change it is given with, and no sooner', () => {
    const { room, joins, admit, tell, reserve, engine, lastKinds } = roomOf();
    joins('A');
    expect(room.placeWith(null)?.rateHz).toBe(8000);
    admit('B');
    expect(room.placeWith(null)?.rateHz).toBe(16_000);
    const recorder = reserve();
    room.record(new Map([[recorder, whole]]));
    expect(engine.recording().size).toBe(0);
    tell();
    expect(engine.recording().get(recorder)).toMatchObject({ mode: 'recording' });
    expect(lastKinds()).toEqual(['set-room-rate', 'open-leg', 'route-leg', 'route-leg', 'open-recorder']);
  });

  it('pauses and ends it with the next change', () => {
    const { room, joins, tell, reserve, engine, lastKinds, held } = roomOf();
    joins('A');
    const recorder = reserve();
    room.record(new Map([[recorder, whole]]));
    tell();
    room.record(new Map([[recorder, { ...whole, mode: 'silent' }]]));
    tell();
    expect(engine.recording().get(recorder)?.mode).toBe('silent');
    room.record(new Map());
    tell();
    expect([lastKinds(), held()]).toEqual([['close-recorder'], 0]);
  });

  it('has that of a call on the shard of its leg, and that of the room at home', () => {
    const { room, joins, engine, tell } = roomOf();
    joins('A');
    engine.spansTo = 1 as ShardId;
    const reserved = room.reserve(media);
    if (!reserved.ok) return expect.fail('there is room');
    expect(room.placeWith(reserved.value)?.shardOf(callSidOf('B'))).toBe(1);
    room.release(reserved.value);
    joins('B');
    const place = room.placeWith(null);
    expect([place?.shard, place?.shardOf(callSidOf('A')), place?.shardOf(callSidOf('B'))]).toEqual([0, 0, 1]);
    expect([room.isOn(0 as ShardId), room.isOn(1 as ShardId), room.isOn(2 as ShardId)]).toEqual([true, true, false]);
    const there = engine.reserveRecorder(1 as ShardId, new SharedArrayBuffer(0));
    if (!there.ok) return expect.fail('there is a recorder');
    room.record(new Map([[there.value, { ...whole, source: { kind: 'both', callSid: callSidOf('B') } } as const]]));
    tell();
    expect(engine.recording().size).toBe(1);
  });

  it('ends that of a call with the call, and begins none twice', () => {
    const { room, joins, leaves, tell, reserve, engine, lastKinds } = roomOf();
    joins('A');
    joins('B');
    const recorders = new Map([[reserve(), { ...whole, source: { kind: 'both', callSid: callSidOf('B') } } as const]]);
    room.record(recorders);
    tell();
    leaves('B');
    expect(lastKinds()).toContain('close-recorder');
    joins('B');
    expect(engine.recording().size).toBe(0);
    room.record(recorders);
    room.record(new Map());
    tell();
    expect(engine.recording().size).toBe(0);
  });

  it('ends all with the room, those too that never began', () => {
    const { room, joins, leaves, tell, reserve, held, lastKinds } = roomOf();
    joins('A');
    const begun = reserve();
    room.record(new Map([[begun, whole]]));
    tell();
    room.record(
      new Map([
        [begun, whole],
        [reserve(), whole],
      ]),
    );
    leaves('A');
    expect(lastKinds()).toEqual(['close-recorder', 'close-leg', 'close-room']);
    expect(held()).toBe(0);
    room.record(new Map());
    expect(held()).toBe(0);
  });

  it('gives back one that is dropped before the engine heard of it', async () => {
    const { room, joins, tell, reserve, engine, clock, held } = roomOf();
    joins('A');
    engine.applyRefusal = ringFull;
    room.record(new Map([[reserve(), whole]]));
    tell();
    expect(held()).toBe(1);
    room.record(new Map());
    expect(held()).toBe(0);
    engine.applyRefusal = null;
    await clock.advance(20);
    expect(engine.recording().size).toBe(0);
  });
});

describe('RoomEngine on a shard that saves', () => {
  const shard0 = 0 as ShardId;
  const narrow = ['C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];

  /** Two of ten have fullband. */
  function mixedRoom() {
    const script = roomOf();
    for (const name of ['A', 'B']) script.joins(name, 48_000);
    for (const name of narrow) script.joins(name, 8000);
    return script;
  }

  it('is mixed at wideband at once, and at fullband again at once', () => {
    const { engine, rateSaving, room, lastKinds } = mixedRoom();
    room.lookAtRate();
    expect(engine.roomRates()).toEqual([48_000]);
    rateSaving.save(shard0, true);
    room.lookAtRate();
    expect([engine.roomRates(), lastKinds()]).toEqual([[16_000], ['set-room-rate']]);
    const told = engine.batches.length;
    room.lookAtRate();
    expect(engine.batches.length).toBe(told);
    rateSaving.save(shard0, false);
    room.lookAtRate();
    expect([engine.roomRates(), lastKinds()]).toEqual([[48_000], ['set-room-rate']]);
  });

  it('has recorders take it down at the rate it would have', () => {
    const { engine, rateSaving, room } = mixedRoom();
    rateSaving.save(shard0, true);
    room.lookAtRate();
    expect(engine.roomRates()).toEqual([16_000]);
    expect(room.placeWith(null)?.rateHz).toBe(48_000);
  });

  it('enters by the bound for that, whatever it was mixed at before', () => {
    const { engine, rateSaving, joins } = roomOf();
    rateSaving.save(shard0, true);
    for (const name of narrow.slice(0, 6)) joins(name, 16_000);
    joins('A', 48_000);
    expect(engine.roomRates()).toEqual([16_000]);
    // Two of eight: few enough to stay at less, and too many to begin.
    joins('B', 48_000);
    expect(engine.roomRates()).toEqual([48_000]);
  });

  it('stays there while one comes and goes, and not when many have fullband', () => {
    const { engine, rateSaving, room, joins, leaves } = mixedRoom();
    rateSaving.save(shard0, true);
    room.lookAtRate();
    joins('K', 48_000);
    expect(engine.roomRates()).toEqual([16_000]);
    leaves('K');
    expect(engine.roomRates()).toEqual([16_000]);
    for (const name of ['K', 'L', 'M']) joins(name, 48_000);
    expect(engine.roomRates()).toEqual([48_000]);
  });

  it('leaves a room of fullband legs as it is, and saves by the home alone', () => {
    const { engine, rateSaving, room, joins } = roomOf();
    for (const name of ['A', 'B', 'C']) joins(name, 48_000);
    rateSaving.save(shard0, true);
    room.lookAtRate();
    expect(engine.roomRates()).toEqual([48_000]);
    const other = mixedRoom();
    other.rateSaving.save(1 as ShardId, true);
    other.room.lookAtRate();
    expect(other.engine.roomRates()).toEqual([48_000]);
  });

  it('is told later what the engine has no place for now, and nothing once it is over', async () => {
    const { engine, rateSaving, room, clock, leaves } = mixedRoom();
    rateSaving.save(shard0, true);
    engine.applyRefusal = ringFull;
    room.lookAtRate();
    expect(engine.roomRates()).toEqual([48_000]);
    engine.applyRefusal = null;
    await clock.advance(20);
    expect(engine.roomRates()).toEqual([16_000]);
    for (const name of ['A', 'B', ...narrow]) leaves(name);
    const told = engine.batches.length;
    room.lookAtRate();
    expect(engine.batches.length).toBe(told);
  });
});

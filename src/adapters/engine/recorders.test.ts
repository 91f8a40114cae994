/** Recorders through the pool, with a test as the engine. */
import { describe, expect, it } from 'vitest';
import { frames, poolOf, shard0, value } from '../../../test/support/engine-pool-script.js';
import { none } from '../../media/engine-layout.js';
import type { RecorderId } from '../../media/engine-port.js';
import { RecordingReader, recordingMemory } from '../../media/recording-memory.js';

const anyone = { leg: none, generation: 0 };

async function recording() {
  const script = poolOf();
  await script.start();
  const memory = recordingMemory(16_000, 1);
  const recorder = value(script.pool.reserveRecorder(shard0, memory));
  const room = script.room().id;
  const engine = script.threads.engine(0);
  const open = (): void => {
    script.say(
      { kind: 'open-room', room, rateHz: 16_000 },
      { kind: 'open-recorder', recorder, room, source: { kind: 'mix' }, mode: 'recording' },
    );
  };
  const end = () => new RecordingReader(memory).end();
  const closed = async (slot: number, generation: number): Promise<void> => {
    engine.publishEvent('recorder_closed', anyone, { recorder: slot, recorder_generation: generation, frames: 7 });
    await script.clock.advance(10);
  };
  return { ...script, memory, recorder, room, engine, open, end, closed };
}

describe('recorders', () => {
  it('are opened on a room or a leg of it, changed and closed by their slots', async () => {
    const { pool, recorder, room, engine, say, open, laneLeg, rings } = await recording();
    const leg = laneLeg().id;
    const other = value(pool.reserveRecorder(shard0, recordingMemory(48_000, 2)));
    open();
    say(
      { kind: 'open-leg', leg, media: frames },
      { kind: 'open-recorder', recorder: other, room, source: { kind: 'both', leg }, mode: 'silent' },
      { kind: 'set-recorder', recorder, mode: 'skipping' },
      { kind: 'close-recorder', recorder: other },
    );
    const records = engine.takeCommands().filter(({ kind }) => kind.includes('recorder'));
    const [first, second] = rings.rings();
    expect(records.map(({ kind, leg: slot, fields }) => [kind, slot, fields])).toEqual([
      ['open_recorder', none, { recorder: 0, recorder_generation: 1, ring: first, room: 0, source: 0, mode: 0 }],
      ['open_recorder', 0, { recorder: 1, recorder_generation: 1, ring: second, room: 0, source: 3, mode: 1 }],
      ['set_recorder', none, { recorder: 0, recorder_generation: 1, mode: 2 }],
      ['close_recorder', none, { recorder: 1, recorder_generation: 1 }],
    ]);
  });

  it('are counted, and refused when all are taken or the table of rings is full', async () => {
    const { pool, recorder, rings } = await recording();
    value(pool.reserveRecorder(shard0, recordingMemory(8000, 1)));
    expect(pool.shards()[0]).toMatchObject({ recorders: 2, recordersMax: 2 });
    const refused = { ok: false, error: { kind: 'engine-full', what: 'recorders' } };
    expect(pool.reserveRecorder(shard0, recordingMemory(8000, 1))).toEqual(refused);
    expect(rings.rings()).toHaveLength(2);
    pool.releaseRecorder(recorder);
    expect(pool.shards()[0]).toMatchObject({ recorders: 1 });
    expect(() => pool.releaseRecorder(recorder)).toThrow('is reserved');
  });

  it('keep their slot and their ring until the engine is done with them', async () => {
    const { pool, recorder, open, say, closed, rings } = await recording();
    open();
    expect(() => pool.releaseRecorder(recorder)).toThrow('never opened');
    say({ kind: 'close-recorder', recorder });
    await closed(0, 9);
    await closed(1, 1);
    expect(pool.shards()[0]).toMatchObject({ recorders: 1 });
    expect(rings.rings()).toHaveLength(1);
    await closed(0, 1);
    expect(pool.shards()[0]).toMatchObject({ recorders: 0 });
    expect(rings.rings()).toEqual([]);
  });

  it('are over when they are given back, and have failed when their shard has', async () => {
    const released = await recording();
    expect(released.end()).toBeNull();
    released.pool.releaseRecorder(released.recorder);
    expect(released.end()).toEqual({ frames: 0, lost: 0, turn: 0, hasFailed: false });
    const failed = await recording();
    failed.open();
    failed.threads.fail(0, 'test');
    await failed.clock.advance(10);
    expect(failed.end()).toMatchObject({ hasFailed: true });
    expect(failed.rings.rings()).toEqual([]);
  });

  it('are opened and closed once, and only when they were reserved', async () => {
    const { open, say, recorder, room } = await recording();
    expect(() => say({ kind: 'close-recorder', recorder })).toThrow('an open recorder');
    open();
    const again = { kind: 'open-recorder', recorder, room, source: { kind: 'mix' }, mode: 'recording' } as const;
    expect(() => say(again)).toThrow('a reserved recorder is opened once');
    say({ kind: 'close-recorder', recorder });
    expect(() => say({ kind: 'set-recorder', recorder, mode: 'silent' })).toThrow('an open recorder');
    expect(() => say({ ...again, recorder: '0.1.9' as RecorderId })).toThrow('is reserved');
  });
});

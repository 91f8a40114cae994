/** Clips and players through the pool, with a test as the engine. */
import { describe, expect, it } from 'vitest';
import { poolOf, shard0, shard1, value } from '../../../test/support/engine-pool-script.js';
import { ClipWriter, wholeClip } from '../../media/clip-memory.js';
import { none } from '../../media/engine-layout.js';
import type { ClipId, PlayerId } from '../../media/engine-port.js';

const anyone = { leg: none, generation: 0 };

async function playing() {
  const script = poolOf();
  await script.start();
  const memory = wholeClip(960);
  const clip = value(script.pool.openClip(memory));
  const player = value(script.pool.reservePlayer(shard0));
  const engine = script.threads.engine(0);
  const open = (loops = 1): void => script.say({ kind: 'open-player', player, clip, loops });
  const told = async (kind: string, slot: number, generation: number): Promise<void> => {
    engine.publishEvent(kind, anyone, { player: slot, player_generation: generation });
    await script.clock.advance(10);
  };
  return { ...script, memory, clip, player, engine, open, told };
}

describe('clips', () => {
  it('are in the table of the process from opening to closing', async () => {
    const { pool, table, clip, memory } = await playing();
    expect(table.clips()).toEqual([clip]);
    pool.closeClip(clip);
    expect(table.clips()).toEqual([]);
    expect(new ClipWriter(memory).isWithdrawn()).toBe(true);
    expect(() => pool.closeClip(clip)).toThrow('is open');
  });

  it('are refused when the table is full', async () => {
    const { pool } = await playing();
    value(pool.openClip(wholeClip(0)));
    expect(pool.openClip(wholeClip(0))).toEqual({ ok: false, error: { kind: 'engine-full', what: 'clips' } });
  });

  it('stay until the last player has said that it does not read them', async () => {
    const { pool, table, clip, player, open, say, told, events } = await playing();
    open(0);
    const other = value(pool.reservePlayer(shard1));
    value(pool.apply(shard1, [{ kind: 'open-player', player: other, clip, loops: 0 }]));
    pool.closeClip(clip);
    expect(table.clips()).toEqual([clip]);
    await told('player_ended', 0, 1);
    expect(events).toEqual([{ kind: 'player-ended', player }]);
    expect(table.clips()).toEqual([clip]);
    value(pool.apply(shard1, [{ kind: 'close-player', player: other }]));
    expect(table.clips()).toEqual([clip]);
    say({ kind: 'close-player', player });
    await told('player_closed', 0, 1);
    expect(table.clips()).toEqual([clip]);
  });

  it('are let go of by the players of a shard that dies', async () => {
    const { pool, table, clip, open, threads, clock } = await playing();
    open(0);
    pool.closeClip(clip);
    threads.fail(0, 'test');
    await clock.advance(10);
    expect(table.clips()).toEqual([]);
  });

  it('are not played once they are closed', async () => {
    const { pool, clip, open } = await playing();
    pool.closeClip(clip);
    expect(() => open()).toThrow('only an open clip is played');
  });
});

describe('players', () => {
  it('are opened, routed, played to a room and closed by their slots', async () => {
    const { pool, clip, player, engine, say, laneLeg, room } = await playing();
    const leg = laneLeg().id;
    const mixRoom = room().id;
    const beside = value(pool.reservePlayer(shard0));
    const media = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 20 } as const;
    say(
      { kind: 'open-room', room: mixRoom, rateHz: 16_000 },
      { kind: 'open-leg', leg, media },
      { kind: 'open-player', player, clip, loops: 0 },
      { kind: 'open-player', player: beside, clip, loops: 3 },
      { kind: 'play-to-room', room: mixRoom, player, except: leg },
      { kind: 'route-leg', leg, room: mixRoom, route: { sends: { kind: 'room' }, hears: 'room', players: [beside] } },
      { kind: 'close-player', player },
    );
    const noWhisper = { whisper_to: none, whisper_member: 0, whisper_generation: 0 };
    const records = engine.takeCommands().filter(({ kind }) => kind.includes('play') || kind === 'route_leg');
    expect(records.map(({ kind, fields }) => [kind, fields])).toEqual([
      ['open_player', { player: 0, player_generation: 1, clip, loops: 0 }],
      ['open_player', { player: 1, player_generation: 1, clip, loops: 3 }],
      ['play_to_room', { room: 0, player: 0, player_generation: 1, except: 0, except_member: 0, except_generation: 0 }],
      ['route_leg', { room: 0, sends: 1, ...noWhisper, hears: 1, player: 1, player_beside: none }],
      ['close_player', { player: 0, player_generation: 1 }],
    ]);
  });

  it('are counted, and refused when all are taken', async () => {
    const { pool, player } = await playing();
    const others = [value(pool.reservePlayer(shard0)), value(pool.reservePlayer(shard0))];
    expect(pool.shards()[0]).toMatchObject({ players: 3, playersMax: 3 });
    const refused = { ok: false, error: { kind: 'engine-full', what: 'players' } };
    expect(pool.reservePlayer(shard0)).toEqual(refused);
    for (const other of others) pool.releasePlayer(other);
    pool.releasePlayer(player);
    expect(pool.shards()[0]).toMatchObject({ players: 0 });
    expect(() => pool.releasePlayer(player)).toThrow('is reserved');
  });

  it('keep their slot until the engine has closed them', async () => {
    const { pool, player, open, say, told } = await playing();
    open();
    say({ kind: 'close-player', player });
    expect(pool.shards()[0]).toMatchObject({ players: 1 });
    await told('player_closed', 0, 1);
    expect(pool.shards()[0]).toMatchObject({ players: 0 });
  });

  it('tell their end once, to nobody who closed them, and never that of one before in the slot', async () => {
    const { player, open, say, told, events } = await playing();
    open();
    await told('player_ended', 0, 7);
    await told('player_ended', 2, 1);
    expect(events).toEqual([]);
    await told('player_ended', 0, 1);
    expect(events).toEqual([{ kind: 'player-ended', player }]);
    say({ kind: 'close-player', player });
    await told('player_ended', 0, 1);
    expect(events).toHaveLength(1);
  });

  it('are opened and closed once, and only when they were reserved', async () => {
    const { open, say, player, clip } = await playing();
    expect(() => say({ kind: 'close-player', player })).toThrow('an open player is closed');
    open();
    expect(() => open()).toThrow('a reserved player is opened once');
    const unknown = '0.2.9' as PlayerId;
    expect(() => say({ kind: 'open-player', player: unknown, clip, loops: 1 })).toThrow('is reserved');
    expect(() => say({ kind: 'open-player', player, clip: 5 as ClipId, loops: 1 })).toThrow('open clip');
  });
});

/** Rooms that have legs on two shards: what each shard is told of one conference. */
import { describe, expect, it } from 'vitest';
import { frames, poolOf, rtp, shard0, shard1, value } from '../../../test/support/engine-pool-script.js';
import type { EngineSide } from '../../../test/support/engine-side.js';
import { none, sends } from '../../media/engine-layout.js';
import type { EngineCommand, Leg, LegId, LegRoute, MixRoom } from '../../media/engine-port.js';

const inRoom: LegRoute = { sends: { kind: 'room' }, hears: 'room', players: [] };

type Script = Pick<ReturnType<typeof poolOf>, 'threads'>;

/** A room on shard 0, whose four legs are taken, and what opens it. */
async function fullRoom() {
  const script = poolOf();
  await script.start();
  const room = script.room();
  const home = Array.from({ length: 4 }, () => value(script.pool.reserveLegFor(room, rtp)));
  script.say({ kind: 'open-room', room: room.id, rateHz: 8000 }, ...home.flatMap(({ id }) => coming(room, id)));
  script.threads.engine(0).takeCommands();
  return { ...script, room, home };
}

const coming = (room: MixRoom, leg: LegId): readonly EngineCommand[] => [
  { kind: 'open-leg', leg, media: rtp },
  { kind: 'route-leg', leg, room: room.id, route: inRoom },
];

/** As the engine of a shard would answer to all it was told. */
function applyAll({ threads }: Script, shard: number) {
  const seen = threads.engine(shard).takeCommands();
  for (const { remaining, sequence, kind, leg, generation } of seen) {
    if (kind === 'close_leg') threads.engine(shard).publishEvent('leg_closed', { leg, generation });
    if (remaining > 0) continue;
    threads.engine(shard).publishEvent('batch_applied', { leg: none, generation: 0 }, { batch: sequence });
  }
  return seen;
}

const firstOf = ([leg]: readonly Leg[]): Leg => leg ?? expect.fail('there is one');

/** What the engine was told since it was asked last, by kind. */
const kindsOf = (engine: EngineSide): readonly string[] => engine.takeCommands().map(({ kind }) => kind);

describe('a room that spans shards', () => {
  it('has its next leg on the other shard, in a room of its own that joins it in the same batch', async () => {
    const { pool, say, room, threads, home } = await fullRoom();
    expect(home.map(({ shard }) => shard)).toEqual([0, 0, 0, 0]);
    const away = value(pool.reserveLegFor(room, rtp));
    expect(away.shard).toBe(shard1);
    say({ kind: 'set-room-rate', room: room.id, rateHz: 16_000 }, ...coming(room, away.id));
    const atHome = threads.engine(0).takeCommands();
    const there = threads.engine(1).takeCommands();
    expect(atHome.map(({ kind }) => kind)).toEqual(['set_room_rate', 'span_room']);
    expect(there.map(({ kind }) => kind)).toEqual(['open_leg', 'set_voice', 'open_room', 'span_room', 'route_leg']);
    const [joined, , , opened, member, routed] = [atHome[1], ...there];
    expect(joined?.fields).toMatchObject({ room: 0, member: 0 });
    expect(member?.fields).toEqual({ room: 0, member: 1, span: joined?.fields.span });
    expect(opened?.fields).toMatchObject({ rate_hz: 16_000, phase: 0, ranked_above: 64 });
    expect(routed?.fields).toMatchObject({ room: 0, sends: sends.room, whisper_to: none, whisper_member: 0 });

    // Both hear of another rate; nothing else is told twice.
    say({ kind: 'set-room-rate', room: room.id, rateHz: 8000 });
    expect(kindsOf(threads.engine(0))).toEqual(['set_room_rate']);
    expect(kindsOf(threads.engine(1))).toEqual(['set_room_rate']);
  });

  it('is mixed in one quarter of the frame everywhere', async () => {
    const { pool, say, threads } = await fullRoom();
    const second = value(pool.reserveRoom(shard0));
    const away = value(pool.reserveLegFor(second, rtp));
    say({ kind: 'open-room', room: second.id, rateHz: 8000 }, ...coming(second, away.id));
    expect(threads.engine(0).takeCommands()[0]?.fields.phase).toBe(1);
    const opened = threads
      .engine(1)
      .takeCommands()
      .find(({ kind }) => kind === 'open_room');
    expect(opened?.fields.phase).toBe(1);
  });

  it('names legs on another shard in whispers and where a sound spares one', async () => {
    const { pool, say, room, threads, home } = await fullRoom();
    const away = value(pool.reserveLegFor(room, rtp));
    say(...coming(room, away.id));
    const opened = threads
      .engine(1)
      .takeCommands()
      .find(({ kind }) => kind === 'open_leg');
    threads.engine(0).takeCommands();
    const player = value(pool.reservePlayer(shard0));
    const clip = value(pool.openClip(new SharedArrayBuffer(1024)));
    const whisper = (to: LegId): LegRoute => ({ sends: { kind: 'whisper', to }, hears: 'room', players: [] });
    say(
      { kind: 'open-player', player, clip, loops: 1 },
      { kind: 'play-to-room', room: room.id, player, except: away.id },
      { kind: 'route-leg', leg: firstOf(home).id, room: room.id, route: whisper(away.id) },
      { kind: 'route-leg', leg: away.id, room: room.id, route: whisper(firstOf(home).id) },
    );
    const [, played, there] = threads.engine(0).takeCommands();
    const at = { slot: opened?.leg, generation: opened?.generation };
    expect(played?.fields).toMatchObject({ except: at.slot, except_member: 2, except_generation: at.generation });
    expect(there?.fields).toMatchObject({
      whisper_to: at.slot,
      whisper_member: 2,
      whisper_generation: at.generation,
    });
    const [back] = threads.engine(1).takeCommands();
    expect(back?.fields).toMatchObject({ whisper_to: 0, whisper_member: 1, whisper_generation: 1 });
  });

  it('is a room of its own again behind the last leg elsewhere, and keeps the memory until both know', async () => {
    const script = await fullRoom();
    const { pool, say, room, threads, spans, clock } = script;
    const away = value(pool.reserveLegFor(room, rtp));
    say(...coming(room, away.id));
    expect(spans.spans()).toHaveLength(1);
    applyAll(script, 0);
    applyAll(script, 1);
    say({ kind: 'close-leg', leg: away.id });
    expect(
      threads
        .engine(0)
        .takeCommands()
        .map(({ kind, fields }) => [kind, fields.span]),
    ).toEqual([['span_room', none]]);
    threads.engine(0).publishEvent('batch_applied', { leg: none, generation: 0 }, { batch: 2 });
    await clock.advance(20);
    expect(spans.spans()).toHaveLength(1);
    expect(applyAll(script, 1).map(({ kind }) => kind)).toEqual(['close_leg', 'close_room']);
    await clock.advance(20);
    expect(spans.spans()).toEqual([]);
    expect(pool.shards()[1]).toMatchObject({ legs: 0, rooms: 0 });

    // And may span again.
    const again = value(pool.reserveLegFor(room, rtp));
    say(...coming(room, again.id));
    expect(kindsOf(threads.engine(0))).toEqual(['span_room']);
    expect(threads.engine(1).takeCommands()[3]).toMatchObject({ kind: 'span_room' });
  });

  it('ends with its conference', async () => {
    const script = await fullRoom();
    const { pool, say, room, home, spans, clock } = script;
    const away = value(pool.reserveLegFor(room, rtp));
    say(...coming(room, away.id));
    say(...[...home, away].map(({ id }): EngineCommand => ({ kind: 'close-leg', leg: id })), {
      kind: 'close-room',
      room: room.id,
    });
    expect(applyAll(script, 0).at(-1)).toMatchObject({ kind: 'close_room' });
    expect(applyAll(script, 1).at(-1)).toMatchObject({ kind: 'close_room' });
    await clock.advance(20);
    expect(spans.spans()).toEqual([]);
    expect(pool.shards().map(({ legs, rooms }) => ({ legs, rooms }))).toEqual([
      { legs: 0, rooms: 0 },
      { legs: 0, rooms: 0 },
    ]);
  });

  it('takes nothing of the other shard when the leg is given back', async () => {
    const { pool, room, spans, threads, clock } = await fullRoom();
    const away = value(pool.reserveLegFor(room, rtp));
    expect(pool.shards()[1]).toMatchObject({ legs: 1, rooms: 1 });
    pool.releaseLeg(away.id);
    expect(pool.shards()[1]).toMatchObject({ legs: 0, rooms: 0 });
    await clock.advance(20);
    expect(spans.spans()).toEqual([]);
    expect(threads.engine(1).takeCommands()).toEqual([]);
  });

  it('is told all of a batch or nothing, whichever ring is full', async () => {
    const { pool, say, room, home, threads } = await fullRoom();
    const away = value(pool.reserveLegFor(room, rtp));
    say(...coming(room, away.id));
    threads.engine(0).takeCommands();
    const route = (leg: LegId): EngineCommand => ({ kind: 'route-leg', leg, room: room.id, route: inRoom });
    let refusal: unknown = null;
    while (refusal === null) {
      const told = pool.apply(shard0, [route(away.id), route(away.id)]);
      if (!told.ok) refusal = told.error;
    }
    expect(refusal).toEqual({ kind: 'engine-full', what: 'command-ring' });
    expect(pool.apply(shard0, [route(firstOf(home).id), route(away.id), route(away.id)]).ok).toBe(false);
    expect(threads.engine(0).takeCommands()).toEqual([]);
    expect(pool.apply(shard0, [route(firstOf(home).id)]).ok).toBe(true);
  });

  it('refuses when no shard has a leg, as the home does', async () => {
    const { pool, room } = await fullRoom();
    for (let count = 0; count < 4; count += 1) value(pool.reserveLegFor(room, rtp));
    expect(pool.reserveLegFor(room, rtp)).toEqual({ ok: false, error: { kind: 'engine-full', what: 'legs' } });
    expect(pool.reserveLegFor(room, frames).ok).toBe(false);
  });

  it('goes where there is time, and is waited for no more when that shard fails', async () => {
    const { pool, say, room, threads, spans, clock, events } = await fullRoom();
    threads.engine(1).setStat('tick_work_ema_ns', 4_900_000);
    expect(pool.reserveLegFor(room, rtp).ok).toBe(false);
    threads.engine(1).setStat('tick_work_ema_ns', 100_000);
    const away = value(pool.reserveLegFor(room, rtp));
    say(...coming(room, away.id));
    threads.engine(0).takeCommands();
    threads.fail(1, 'gone');
    await clock.advance(20);
    expect(spans.left.map(({ member }) => member)).toEqual([1]);
    expect(events).toContainEqual({ kind: 'shard-failed', shard: 1, reason: 'gone' });
    // What is still said of the lost leg is heard by nobody.
    say({ kind: 'close-leg', leg: away.id });
    expect(kindsOf(threads.engine(0))).toEqual(['span_room']);
  });

  it('closes what it has elsewhere when its home is gone', async () => {
    const { pool, say, room, threads, clock } = await fullRoom();
    const away = value(pool.reserveLegFor(room, rtp));
    say(...coming(room, away.id));
    threads.engine(1).takeCommands();
    threads.fail(0, 'gone');
    await clock.advance(20);
    expect(
      pool.apply(shard0, [
        { kind: 'close-leg', leg: away.id },
        { kind: 'close-room', room: room.id },
      ]),
    ).toEqual({
      ok: false,
      error: { kind: 'engine-unavailable' },
    });
    expect(kindsOf(threads.engine(1))).toEqual(['close_leg', 'close_room']);
  });
});

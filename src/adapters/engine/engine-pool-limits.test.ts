import { describe, expect, it } from 'vitest';
import { frames, memory, opusMedia, poolOf, rtp, shard0, value } from '../../../test/support/engine-pool-script.js';
import type { Result } from '../../base/result.js';
import { unboundedEffort } from '../../media/effort.js';
import { type CodecName, codecs, none } from '../../media/engine-layout.js';
import type { EngineCommand, LegRoute, MixRoomId, RtpMedia } from '../../media/engine-port.js';
import { assumedNs, loadOf } from '../../media/leg-load.js';

describe('EnginePool limits', () => {
  const refusal = (result: Result<unknown, unknown>) => (result.ok ? null : result.error);

  it('refuses the leg, lane or room that is one too many', async () => {
    const { start, pool } = poolOf();
    await start();
    for (let count = 0; count < 2; count += 1) value(pool.reserveLeg(shard0, frames));
    expect(refusal(pool.reserveLeg(shard0, frames))).toEqual({ kind: 'engine-full', what: 'lanes' });
    for (let count = 0; count < 2; count += 1) value(pool.reserveLeg(shard0, { ...rtp, rtcpMux: true }));
    expect(refusal(pool.reserveLeg(shard0, { ...rtp, rtcpMux: true }))).toEqual({ kind: 'engine-full', what: 'legs' });
    for (let count = 0; count < 3; count += 1) value(pool.reserveRoom(shard0));
    expect(refusal(pool.reserveRoom(shard0))).toEqual({ kind: 'engine-full', what: 'rooms' });
  });

  it('refuses the Opus leg that is one too many, and no other, until one has left', async () => {
    const { start, pool, rtpLeg, say } = poolOf();
    await start();
    const first = value(pool.reserveLeg(shard0, opusMedia));
    expect(refusal(pool.reserveLeg(shard0, opusMedia))).toEqual({ kind: 'engine-full', what: 'codecs' });
    const other = rtpLeg();
    pool.releaseLeg(first.id);
    say({ kind: 'open-leg', leg: other.id, media: rtp });
    const toOpus: EngineCommand = { kind: 'update-leg', leg: other.id, media: opusMedia };
    say(toOpus);
    expect(refusal(pool.reserveLeg(shard0, opusMedia))).toEqual({ kind: 'engine-full', what: 'codecs' });
    say({ kind: 'update-leg', leg: other.id, media: rtp });
    value(pool.reserveLeg(shard0, opusMedia));
    expect(refusal(pool.apply(shard0, [toOpus]))).toEqual({ kind: 'engine-full', what: 'codecs' });
  });

  it('counts L16 above 16 kHz with them, since its jitter buffer is lent, too', async () => {
    const { start, pool, say } = poolOf();
    await start();
    const wide: RtpMedia = { ...rtp, codec: 'l16', rateHz: 24_000, alternatives: [] };
    const first = value(pool.reserveLeg(shard0, wide));
    expect(refusal(pool.reserveLeg(shard0, opusMedia))).toEqual({ kind: 'engine-full', what: 'codecs' });
    expect(refusal(pool.reserveLeg(shard0, wide))).toEqual({ kind: 'engine-full', what: 'codecs' });
    value(pool.reserveLeg(shard0, { ...frames, rateHz: 48_000 }));
    say({ kind: 'open-leg', leg: first.id, media: wide }, { kind: 'update-leg', leg: first.id, media: opusMedia });
    say({ kind: 'update-leg', leg: first.id, media: { ...wide, rateHz: 16_000 } });
    value(pool.reserveLeg(shard0, opusMedia));
  });

  it('says how Opus is to be sent', async () => {
    const { start, pool, say, room, threads } = poolOf();
    await start();
    const leg = value(pool.reserveLeg(shard0, opusMedia));
    say({ kind: 'open-room', room: room().id, rateHz: 8000 }, { kind: 'open-leg', leg: leg.id, media: opusMedia });
    expect(threads.engine(0).takeCommands()[1]?.fields).toMatchObject({
      codec: codecs.opus,
      rate_hz: 16_000,
      g722_payload_type: 255,
      opus_bitrate_bps: 24_000,
      opus_playback_rate_hz: 16_000,
      opus_fec: 1,
      opus_dtx: 0,
      opus_cbr: 1,
      opus_complexity: 5,
    });
  });

  it('refuses a leg when the ports are used up, and gives its slot back', async () => {
    const { start, pool } = poolOf({ rtpPorts: { first: 20_000, last: 20_001 } });
    await start();
    value(pool.reserveLeg(shard0, rtp));
    expect(refusal(pool.reserveLeg(shard0, rtp))).toEqual({ kind: 'engine-full', what: 'ports' });
    expect(pool.shards()[0]?.legs).toBe(1);
  });

  it('takes no newcomer while ticks are too long', async () => {
    const { start, pool, threads } = poolOf();
    await start();
    threads.engine(0).setStat('tick_work_ema_ns', 3_500_000);
    expect(pool.shards()[0]?.tickLoad).toBeCloseTo(0.7);
    expect(refusal(pool.reserveLeg(shard0, rtp))).toEqual({ kind: 'engine-full', what: 'tick-time' });
    expect(value(pool.place())).toBe(1);
  });

  it('counts on what those who have just come will cost, until ticks show it', async () => {
    // An assumed leg is 0.000275 of a tick.
    const { start, pool, clock } = poolOf({ tickLoadMax: 0.0004 });
    await start();
    for (let count = 0; count < 2; count += 1) value(pool.reserveLeg(shard0, frames));
    expect(pool.shards()[0]).toMatchObject({ tickLoad: 0 });
    expect(pool.shards()[0]?.expectedLoad).toBeCloseTo(0.000_55, 5);
    expect(refusal(pool.reserveLeg(shard0, rtp))).toEqual({ kind: 'engine-full', what: 'tick-time' });
    expect(value(pool.place())).toBe(1);
    await clock.advance(10_000);
    value(pool.reserveLeg(shard0, rtp));
  });

  it('counts on what a leg costs by its codec and by whether it is heard', async () => {
    const { start, pool, say, room, rtpLeg } = poolOf();
    await start();
    const expected = (): number => pool.shards()[0]?.expectedLoad ?? Number.NaN;
    const assumed = (codec: CodecName, isHeard: boolean) => loadOf(assumedNs({ codec, isHeard }));
    const [leg, mix] = [rtpLeg(), room()];
    const route = (sends: LegRoute['sends'], to: MixRoomId | null = mix.id): EngineCommand => {
      return { kind: 'route-leg', leg: leg.id, room: to, route: { sends, hears: 'room', players: [] } };
    };
    expect(expected()).toBeCloseTo(assumed('pcma', true), 9);
    say({ kind: 'open-room', room: mix.id, rateHz: 8000 }, { kind: 'open-leg', leg: leg.id, media: rtp });
    say(route({ kind: 'room' }), { kind: 'update-leg', leg: leg.id, media: opusMedia });
    expect(expected()).toBeCloseTo(assumed('opus', true), 9);
    say(route({ kind: 'nobody' }));
    expect(expected()).toBeCloseTo(assumed('opus', false), 9);
    say(route({ kind: 'room' }), route({ kind: 'room' }, null));
    expect(expected()).toBeCloseTo(assumed('opus', false), 9);
    const other = value(pool.reserveLeg(shard0, frames));
    expect(expected()).toBeCloseTo(assumed('opus', false) + assumed('linear16', true), 9);
    expect(pool.shards()[0]?.legLoad).toBeCloseTo((assumed('opus', false) + assumed('linear16', true)) / 2, 9);
    pool.releaseLeg(other.id);
    expect(expected()).toBeCloseTo(assumed('opus', false), 9);
  });

  it('takes no newcomer while it is told to, and those in it go on', async () => {
    const { start, pool, say, rtpLeg } = poolOf();
    await start();
    const leg = rtpLeg();
    pool.admitNewcomers(shard0, false);
    expect(pool.shards()[0]?.takesNewcomers).toBe(false);
    expect(refusal(pool.reserveLeg(shard0, rtp))).toEqual({ kind: 'engine-full', what: 'tick-time' });
    expect(value(pool.place())).toBe(1);
    say({ kind: 'open-leg', leg: leg.id, media: rtp });
    pool.admitNewcomers(shard0, true);
    value(pool.reserveLeg(shard0, frames));
  });

  it('says what a shard may spend', async () => {
    const { start, say, threads } = poolOf();
    await start();
    say({ kind: 'limit-effort', effort: { opusComplexityMax: 1, rankedAboveMax: 12, talkersMax: 3 } });
    say({ kind: 'limit-effort', effort: unboundedEffort });
    expect(
      threads
        .engine(0)
        .takeCommands()
        .map(({ fields }) => fields),
    ).toMatchObject([
      { opus_complexity_max: 1, ranked_above_max: 12, talkers_max: 3 },
      { opus_complexity_max: 10, ranked_above_max: none, talkers_max: 64 },
    ]);
  });

  it('keeps half of the command ring for those already in', async () => {
    const { start, pool, threads, room, say } = poolOf();
    await start();
    const mix = room();
    const capacity = threads.engine(0).header('command_records');
    for (let count = 0; count <= capacity / 2; count += 1) say({ kind: 'set-room-rate', room: mix.id, rateHz: 8000 });
    expect(refusal(pool.reserveLeg(shard0, frames))).toEqual({ kind: 'engine-full', what: 'command-ring' });
    say({ kind: 'set-room-rate', room: mix.id, rateHz: 16_000 });
    threads.engine(0).takeCommands();
    value(pool.reserveLeg(shard0, frames));
  });

  it('tells what memory a shard takes', () => {
    const { pool } = poolOf();
    expect(Object.values(pool.memory())).toEqual(memory);
  });

  it('spreads rooms over the quarters of the frame and uses closed ones again', async () => {
    const { start, pool, threads, say } = poolOf({
      limits: { legsMax: 4, roomsMax: 6, lanesMax: 2, opusLegsMax: 1, playersMax: 3, recordersMax: 2 },
    });
    await start();
    const rooms = Array.from({ length: 5 }, () => value(pool.reserveRoom(shard0)));
    for (const { id } of rooms) say({ kind: 'open-room', room: id, rateHz: 8000 });
    const phases = () =>
      threads
        .engine(0)
        .takeCommands()
        .map(({ fields }) => fields.phase);
    expect(phases()).toEqual([0, 1, 2, 3, 0]);
    say({ kind: 'close-room', room: rooms[2]?.id ?? expect.fail() });
    threads.engine(0).takeCommands();
    say({ kind: 'open-room', room: value(pool.reserveRoom(shard0)).id, rateHz: 8000 });
    expect(phases()).toEqual([2]);
  });
});

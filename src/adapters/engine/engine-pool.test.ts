import { describe, expect, it } from 'vitest';
import { frames, openedIn, poolOf, rtp, shard0, shard1, value } from '../../../test/support/engine-pool-script.js';
import { settled } from '../../../test/support/virtual-clock.js';
import { codecs, none, sends, transports } from '../../media/engine-layout.js';
import type { LegId } from '../../media/engine-port.js';
import { SrtpKey } from '../../media/srtp-key.js';

describe('EnginePool start', () => {
  it('refuses an addon built from another layout', async () => {
    const { pool } = poolOf({}, 12_345);
    await expect(pool.start()).rejects.toThrow('another engine layout');
  });

  it('is up when every shard runs', async () => {
    const { pool, threads, clock } = poolOf();
    threads.runsAtOnce = false;
    let isUp = false;
    const started = pool.start().then(() => {
      isUp = true;
    });
    threads.bringUp(0);
    await clock.advance(100);
    expect(isUp).toBe(false);
    threads.bringUp(1);
    await clock.advance(10);
    await started;
  });

  it('fails when a thread fails, or nothing happens for long', async () => {
    const failing = poolOf();
    failing.threads.runsAtOnce = false;
    const failed = expect(failing.pool.start()).rejects.toThrow('shard 1 failed');
    failing.threads.fail(1, 'no addon');
    await failing.clock.advance(10);
    await failed;

    const hanging = poolOf();
    hanging.threads.runsAtOnce = false;
    const late = expect(hanging.pool.start()).rejects.toThrow('in time');
    await hanging.clock.advance(11_000);
    await late;
  });
});

describe('EnginePool legs', () => {
  it('reserves sockets and tells where RTP is received', async () => {
    const { start, rtpLeg, udp, pool } = poolOf();
    await start();
    const leg = rtpLeg();
    expect(leg.local).toEqual({ host: '192.0.2.1', port: 20_000 });
    expect(udp.open()).toEqual([20_000, 20_001]);
    pool.releaseLeg(leg.id);
    expect(udp.open()).toEqual([]);
    expect(pool.shards()[0]?.legs).toBe(0);
  });

  it('opens an RTP leg with its sockets, peer and random beginnings', async () => {
    const { start, say, rtpLeg, room, threads } = poolOf();
    await start();
    const [first, second, mix] = [rtpLeg(), rtpLeg(), room()];
    say(
      { kind: 'open-room', room: mix.id, rateHz: 8000 },
      { kind: 'open-leg', leg: first.id, media: { ...rtp, shaping: { noiseGate: true, automaticGain: false } } },
      { kind: 'open-leg', leg: second.id, media: { ...rtp, rtcpMux: true, remoteRtp: null, remoteRtcp: null } },
    );
    const [opened, a, voice, b] = threads.engine(0).takeCommands();
    expect(opened).toMatchObject({ kind: 'open_room', leg: none, remaining: 4 });
    expect(opened?.fields).toMatchObject({ rate_hz: 8000, ranked_above: 64, talkers_max: 6 });
    expect(voice).toMatchObject({ kind: 'set_voice', leg: a?.leg, generation: a?.generation });
    expect(voice?.fields).toMatchObject({ speech_start_ms: 200, noise_gate: 1, automatic_gain: 0 });
    expect(a?.fields).toMatchObject({
      transport: transports.rtp,
      codec: codecs.pcma,
      payload_type: 8,
      telephone_event_payload_type: 101,
      channels: 1,
      pcmu_payload_type: 255,
      pcma_payload_type: 255,
      g722_payload_type: 9,
      opus_bitrate_bps: 0,
      rate_hz: 8000,
      ptime_ms: 40,
      jitter_ms: 40,
      rtp_fd: 101,
      rtcp_fd: 102,
      lane: none,
      remote_family: 4,
      remote_rtp_port: 4000,
      remote_rtcp_port: 4005,
    });
    expect(a?.fields.remote_address).toEqual([198, 51, 100, 7, ...new Array(12).fill(0)]);
    expect(a?.fields.first_sequence).toBeLessThan(0x1_0000);
    expect(a?.fields.ssrc).not.toBe(b?.fields.ssrc);
    expect(b?.fields).toMatchObject({ remote_family: 0, remote_rtp_port: 0, remote_rtcp_port: 0 });
  });

  it('routes whispers to the slot of the coached leg', async () => {
    const { start, say, laneLeg, room, threads } = poolOf();
    await start();
    const [coach, coached, mix] = [laneLeg(), laneLeg(), room()];
    say(
      { kind: 'open-room', room: mix.id, rateHz: 8000 },
      { kind: 'open-leg', leg: coach.id, media: frames },
      { kind: 'open-leg', leg: coached.id, media: frames },
      {
        kind: 'route-leg',
        leg: coach.id,
        room: mix.id,
        route: { sends: { kind: 'whisper', to: coached.id }, hears: 'room', players: [] },
      },
    );
    const records = threads.engine(0).takeCommands();
    expect(records.at(-1)?.fields).toMatchObject({ sends: sends.whisper, whisper_to: records[3]?.leg });
  });

  it('takes a leg out of every room and leaves it open', async () => {
    const { start, say, laneLeg, threads } = poolOf();
    await start();
    const leg = laneLeg();
    const route = { sends: { kind: 'nobody' }, hears: 'silence', players: [] } as const;
    say({ kind: 'open-leg', leg: leg.id, media: frames }, { kind: 'route-leg', leg: leg.id, room: null, route });
    const record = threads.engine(0).takeCommands().at(-1);
    expect(record).toMatchObject({ kind: 'route_leg', fields: { room: none, sends: sends.nobody, whisper_to: none } });
  });

  it('carries frames through the lane of an open leg, and only then', async () => {
    const { start, say, laneLeg, threads, pool } = poolOf();
    await start();
    const leg = laneLeg();
    expect(pool.lane(leg.id)).toBeNull();
    say({ kind: 'open-leg', leg: leg.id, media: frames });
    const lane = Number(openedIn(threads.engine(0).takeCommands()).fields.lane);
    expect(pool.lane(leg.id)?.write(new Uint8Array(640).fill(7))).toBe(true);
    expect(
      threads
        .engine(0)
        .takeLaneFrame(lane, 640)
        ?.every((byte) => byte === 7),
    ).toBe(true);
    say({ kind: 'close-leg', leg: leg.id });
    expect(pool.lane(leg.id)).toBeNull();
  });

  it('keeps slot and sockets until the engine has let go', async () => {
    const { start, say, rtpLeg, threads, udp, pool, clock, events } = poolOf();
    await start();
    const leg = rtpLeg();
    say({ kind: 'open-leg', leg: leg.id, media: rtp });
    say({ kind: 'close-leg', leg: leg.id });
    const opened = openedIn(threads.engine(0).takeCommands());
    await clock.advance(100);
    expect(udp.open()).toHaveLength(2);
    threads.engine(0).publishEvent('leg_closed', opened);
    await clock.advance(10);
    expect(udp.open()).toEqual([]);
    expect(pool.shards()[0]?.legs).toBe(0);
    expect(events).toEqual([{ kind: 'leg-closed', leg: leg.id }]);
  });

  it('tells of first media, but not of an earlier use of the slot', async () => {
    const { start, say, laneLeg, threads, clock, events } = poolOf();
    await start();
    const leg = laneLeg();
    say({ kind: 'open-leg', leg: leg.id, media: frames });
    const opened = openedIn(threads.engine(0).takeCommands());
    threads.engine(0).publishEvent('leg_media_started', { ...opened, generation: opened.generation - 1 });
    await clock.advance(10);
    expect(events).toEqual([]);
    threads.engine(0).publishEvent('leg_media_started', opened);
    await clock.advance(10);
    expect(events).toEqual([{ kind: 'leg-media-started', leg: leg.id }]);
  });

  it('takes as many keys to send as may wait', async () => {
    const { start, say, rtpLeg, threads, pool } = poolOf();
    await start();
    const leg = rtpLeg();
    const send = (digits: string) => pool.apply(shard0, [{ kind: 'send-digits', leg: leg.id, digits }]);
    expect(send('1').ok).toBe(false);
    say({ kind: 'open-leg', leg: leg.id, media: rtp });
    const engine = threads.engine(0);
    const opened = openedIn(engine.takeCommands());
    value(send('1w#'));
    const [sent] = engine.takeCommands();
    const digits = [0x31, 0x77, 0x23, ...new Array<number>(61).fill(0)];
    expect(sent).toMatchObject({ kind: 'send_digits', leg: opened.leg, fields: { count: 3, digits } });
    value(send('1'.repeat(61)));
    expect(send('1')).toEqual({ ok: false, error: { kind: 'digits-full' } });
    engine.setLeg(opened.leg, 'digits_done', 2);
    value(send('11'));
    expect(send('1').ok).toBe(false);
    expect(opened.fields.relatch_ms).toBe(1500);
  });

  it('shows what a leg has been through while it is open', async () => {
    const { start, say, rtpLeg, threads, pool } = poolOf();
    await start();
    const leg = rtpLeg();
    expect(pool.statistics(leg.id)).toBeNull();
    say({ kind: 'open-leg', leg: leg.id, media: rtp });
    const engine = threads.engine(0);
    const { leg: slot } = openedIn(engine.takeCommands());
    engine.setLeg(slot, 'packets_received', 500);
    engine.setLeg(slot, 'jitter_us', 1500);
    engine.setLeg(slot, 'level_histogram', [0, 3, ...new Array<number>(12).fill(7)]);
    expect(pool.qualityCounts(leg.id), 'nobody has called yet').toBeNull();
    engine.setLeg(slot, 'remote_family', 4);
    engine.setLeg(slot, 'remote_port', 4002);
    engine.setLeg(slot, 'remote_address', [198, 51, 100, 7]);
    expect(pool.statistics(leg.id)).toMatchObject({
      packetsReceived: 500,
      jitterMs: 1.5,
      levelHistogram: [0, 3, ...new Array<number>(12).fill(7)],
      roundTripMs: null,
      remote: { host: '198.51.100.7', port: 4002 },
    });
    expect(pool.statistics(leg.id)).toMatchObject({ ...pool.qualityCounts(leg.id) });
    expect(pool.qualityCounts(leg.id)).toMatchObject({ packetsReceived: 500, jitterMs: 1.5 });
    say({ kind: 'close-leg', leg: leg.id });
    expect([pool.statistics(leg.id), pool.qualityCounts(leg.id)]).toEqual([null, null]);
  });
});

describe('EnginePool events', () => {
  const speak = (script: ReturnType<typeof poolOf>, shard: number) =>
    script.threads.engine(shard).publishEvent('batch_applied', { leg: 0, generation: 0 });
  /** Of what the engine has said: events that are not taken yet. */
  const untaken = (script: ReturnType<typeof poolOf>, shard: number): number =>
    script.threads.engine(shard).eventsWaiting();

  it('are heard at once after a silence, in which no timer runs', async () => {
    const script = poolOf();
    await script.start();
    await script.clock.advance(1000);
    expect(script.clock.pending()).toBe(0);
    for (const shard of [1, 0]) {
      speak(script, shard);
      expect(untaken(script, shard)).toBe(0);
      await script.clock.advance(100);
      expect(script.clock.pending()).toBe(0);
    }
  });

  it('that come often are heard together, within 10 ms', async () => {
    const script = poolOf();
    await script.start();
    await script.clock.advance(1000);
    speak(script, 0);
    for (let round = 0; round < 5; round += 1) {
      speak(script, 0);
      speak(script, 1);
      expect([untaken(script, 0), untaken(script, 1)]).toEqual([1, 1]);
      await script.clock.advance(10);
      expect([untaken(script, 0), untaken(script, 1)]).toEqual([0, 0]);
    }
  });

  it('are of speech while somebody asks, on every shard', async () => {
    const { pool, start, threads } = poolOf();
    await start();
    const asked = () => [0, 1].map((shard) => threads.engine(shard).control('speech_asked'));
    pool.tellOfSpeech(true);
    expect(asked()).toEqual([1, 1]);
    pool.tellOfSpeech(false);
    expect(asked()).toEqual([0, 0]);
  });

  it('wake nobody once the pool is stopped', async () => {
    const script = poolOf();
    await script.start();
    await script.clock.advance(1000);
    const stopped = script.pool.stop();
    speak(script, 0);
    expect(untaken(script, 0)).toBe(1);
    script.threads.obeyStop();
    await stopped;
  });
});

describe('a leg that goes to another shard', () => {
  const key = (byte: number): SrtpKey => new SrtpKey('AEAD_AES_128_GCM', new Uint8Array(28).fill(byte));
  const secured = {
    ...rtp,
    security: { kind: 'srtp', inbound: key(1), outbound: key(2), inboundKeyId: null },
  } as const;
  const moving = async (script: ReturnType<typeof poolOf>) => {
    const { start, say, pool, threads } = script;
    await start();
    const { id, local } = value(pool.reserveLeg(shard0, secured));
    say({ kind: 'open-leg', leg: id, media: secured });
    const opened = openedIn(threads.engine(0).takeCommands());
    threads.engine(0).setLeg(opened.leg, 'remote_family', 4);
    threads.engine(0).setLeg(opened.leg, 'remote_port', 4002);
    threads.engine(0).setLeg(opened.leg, 'remote_address', [203, 0, 113, 9]);
    return { id, local, opened, moved: pool.moveLeg(id, secured, shard1) };
  };

  it('takes its name, sockets and keys along, and its peer where it was heard, without a goodbye', async () => {
    const script = poolOf();
    const { pool, threads, clock, events, srtp, udp } = script;
    const { id, local, opened, moved } = await moving(script);
    const [parked, closed] = threads.engine(0).takeCommands();
    expect([parked?.kind, parked?.fields.parked, closed?.kind]).toEqual(['update_leg', 1, 'close_leg']);
    expect(pool.shards().map(({ legs }) => legs)).toEqual([1, 1]);
    threads.engine(0).publishEvent('leg_closed', opened);
    await clock.advance(10);
    expect(value(await moved)).toEqual({ id, shard: shard1, local });
    const again = openedIn(threads.engine(1).takeCommands());
    const { rtp_fd, rtcp_fd, srtp_session } = opened.fields;
    expect(again.fields).toMatchObject({ rtp_fd, rtcp_fd, srtp_session, parked: 0, remote_rtp_port: 4002 });
    expect(again.fields.ssrc).not.toBe(opened.fields.ssrc);
    expect(srtp.offered).toEqual([srtp_session]);
    expect(pool.shards().map(({ legs }) => legs)).toEqual([0, 1]);

    value(pool.apply(shard1, [{ kind: 'close-leg', leg: id }]));
    threads.engine(1).publishEvent('leg_closed', again);
    await clock.advance(10);
    expect(events).toEqual([{ kind: 'leg-closed', leg: id }]);
    expect([udp.open(), srtp.held()]).toEqual([[], []]);
  });

  it('stays where it is when the other has no place', async () => {
    const script = poolOf({
      limits: { legsMax: 1, roomsMax: 3, lanesMax: 2, opusLegsMax: 1, playersMax: 3, recordersMax: 0 },
    });
    value(script.pool.reserveLeg(shard1, rtp));
    const { moved, id } = await moving(script);
    expect(await moved).toEqual({ ok: false, error: { kind: 'engine-full', what: 'legs' } });
    expect(script.threads.engine(0).takeCommands()).toEqual([]);
    expect(script.pool.statistics(id)).not.toBeNull();
  });

  it.each([0, 1])('is lost with shard %i, and holds nothing', async (failing) => {
    const script = poolOf();
    const { threads, clock, udp, srtp } = script;
    const { moved, opened } = await moving(script);
    threads.fail(failing, 'out of memory');
    await settled();
    if (failing === 1) threads.engine(0).publishEvent('leg_closed', opened);
    await clock.advance(10);
    expect(await moved).toEqual({ ok: false, error: { kind: 'engine-unavailable' } });
    expect([udp.open(), srtp.held()]).toEqual([[], []]);
  });
});

describe('EnginePool failure and stop', () => {
  it('loses one shard and goes on with the others', async () => {
    const { start, pool, threads, rtpLeg, udp, clock, events, logger } = poolOf();
    await start();
    const leg = rtpLeg();
    threads.fail(0, 'out of memory');
    await settled();
    expect(events).toEqual([{ kind: 'shard-failed', shard: 0, reason: 'out of memory' }]);
    expect(logger.lines).toContainEqual({ level: 'error', event: 'shard-failed' });
    expect(udp.open()).toEqual([]);
    expect(pool.shards().map(({ alive }) => alive)).toEqual([false, true]);
    expect(pool.reserveRoom(shard0)).toMatchObject({ error: { kind: 'engine-unavailable' } });
    expect(pool.apply(shard0, [{ kind: 'close-leg', leg: leg.id }])).toMatchObject({
      error: { kind: 'engine-unavailable' },
    });
    pool.releaseLeg(leg.id);
    expect([pool.lane(leg.id), pool.statistics(leg.id)]).toEqual([null, null]);
    expect(value(pool.place())).toBe(shard1);
    await clock.advance(20);
    value(pool.reserveLeg(shard1, rtp));
  });

  it('counts an engine that returns unasked as failed', async () => {
    const { start, threads, events } = poolOf();
    await start();
    threads.end(1);
    await settled();
    expect(events).toEqual([{ kind: 'shard-failed', shard: 1, reason: 'the engine returned unasked' }]);
  });

  it('asks the engines to stop, waits for them, then ends their threads and closes sockets', async () => {
    const { start, pool, threads, rtpLeg, udp, clock, events } = poolOf();
    await start();
    rtpLeg();
    const stopped = pool.stop();
    await settled();
    expect([threads.engine(0).control('stop'), threads.engine(1).control('stop')]).toEqual([1, 1]);
    expect(threads.isDestroyed).toBe(false);
    threads.obeyStop();
    await stopped;
    expect(threads.isDestroyed).toBe(true);
    expect(udp.open()).toEqual([]);
    expect(events).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  it('knows nothing of legs of shards it does not have', async () => {
    const { start, pool } = poolOf();
    await start();
    expect(() => pool.releaseLeg('7.0.1' as LegId)).toThrow('names a shard');
  });
});

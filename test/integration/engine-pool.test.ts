/** Real threads, the real addon, real time: two legs hear each other through a shard, and it stops when told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { EnginePool } from '../../src/adapters/engine/engine-pool.js';
import { systemRandom } from '../../src/adapters/system/random.js';
import { prepareMedia } from '../../src/app/calls/leg-media.js';
import type { Result } from '../../src/base/result.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { ClipWriter, streamClip } from '../../src/media/clip-memory.js';
import type {
  EngineCommand,
  EngineEvent,
  Lane,
  LegMedia,
  MixRoomId,
  RtpMedia,
  ShardId,
} from '../../src/media/engine-port.js';
import { SrtpKey } from '../../src/media/srtp-key.js';
import { startRealPool } from '../support/real-pool.js';
import { SecureCaller } from '../support/secure-caller.js';
import { until } from '../support/waiting.js';

const media: LegMedia = { transport: 'lane', codec: 'linear16', rateHz: 16_000, jitterMs: 20 };
const rtp: RtpMedia = {
  transport: 'rtp',
  codec: 'pcmu',
  rateHz: 8000,
  channels: 1,
  payloadType: 0,
  alternatives: [],
  opus: null,
  ptimeMs: 20,
  telephoneEvents: null,
  companions: { redundancyPayloadType: null, comfortNoisePayloadType: null },
  headerExtensions: { clientLevelId: null, mixerLevelsId: null },
  remoteRtp: null,
  remoteRtcp: null,
  rtcpMux: false,
  direction: 'sendrecv',
  parked: false,
  security: { kind: 'plain' },
  jitterMs: 40,
};
const frameSamples = 320;
const amplitude = 8000;

function value<T>(result: Result<T, unknown>): T {
  return result.ok ? result.value : expect.fail(`refused: ${JSON.stringify(result.error)}`);
}

const pools: EnginePool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.stop();
});

async function startedPool(shards: number): Promise<EnginePool> {
  const pool = await startRealPool({
    shards,
    limits: { legsMax: 8, roomsMax: 4, lanesMax: 8, opusLegsMax: 1, playersMax: 3, recordersMax: 2 },
  });
  pools.push(pool);
  return pool;
}

/** Frame `index` of a sine, as linear16. */
function toneFrame(hz: number, index: number): Uint8Array {
  const frame = new DataView(new ArrayBuffer(frameSamples * 2));
  for (let sample = 0; sample < frameSamples; sample += 1) {
    const seconds = (index * frameSamples + sample) / 16_000;
    frame.setInt16(sample * 2, Math.round(amplitude * Math.sin(2 * Math.PI * hz * seconds)), true);
  }
  return new Uint8Array(frame.buffer);
}

/** Amplitude of `hz` in `heard`: one bin of a Fourier transform. */
function amplitudeOf(hz: number, heard: readonly number[], rateHz: number): number {
  let [real, imaginary] = [0, 0];
  for (let index = 0; index < heard.length; index += 1) {
    const [sample = 0, angle] = [heard[index], (2 * Math.PI * hz * index) / rateHz];
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / heard.length;
}

/**
 * Median over windows of 100 ms, whole periods of both tones: the beginning and a pause of the machine do not count.
 */
function typicalAmplitudeOf(hz: number, heard: readonly number[], rateHz = 16_000): number {
  const window = rateHz / 10;
  const amplitudes = Array.from({ length: Math.floor(heard.length / window) }, (_, index) =>
    amplitudeOf(hz, heard.slice(index * window, (index + 1) * window), rateHz),
  );
  return amplitudes.sort((a, b) => a - b)[Math.floor(amplitudes.length / 2)] ?? Number.NaN;
}

/** Speaks a tone for as long as asked, and keeps what it hears. */
async function talk(lane: Lane, hz: number, frames: number): Promise<readonly number[]> {
  const heard: number[] = [];
  let written = 0;
  for (; heard.length < frames * frameSamples; await sleep(5)) {
    while (written < lane.played() + 4 && lane.write(toneFrame(hz, written))) written += 1;
    for (let frame = lane.read(); frame !== null; frame = lane.read()) {
      const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
      for (let sample = 0; sample < frameSamples; sample += 1) heard.push(view.getInt16(sample * 2, true));
    }
  }
  return heard;
}

describe('the engine pool on real threads', () => {
  it('lets two legs hear each other, and neither itself', async () => {
    const pool = await startedPool(1);
    const events: EngineEvent[] = [];
    pool.onEvent((event) => events.push(event));
    const shard = value(pool.place());
    const room = value(pool.reserveRoom(shard)).id;
    const [low, high] = [value(pool.reserveLeg(shard, media)).id, value(pool.reserveLeg(shard, media)).id];
    const route = { sends: { kind: 'room' }, hears: 'room', players: [] } as const;
    value(
      pool.apply(shard, [
        { kind: 'open-room', room, rateHz: 16_000 },
        { kind: 'open-leg', leg: low, media },
        { kind: 'open-leg', leg: high, media },
        { kind: 'route-leg', leg: low, room, route },
        { kind: 'route-leg', leg: high, room, route },
      ]),
    );
    const [lowLane, highLane] = [pool.lane(low), pool.lane(high)];
    if (lowLane === null || highLane === null) return expect.fail('open legs have lanes');
    const [heardByLow, heardByHigh] = await Promise.all([talk(lowLane, 400, 50), talk(highLane, 1000, 50)]);
    expect(typicalAmplitudeOf(1000, heardByLow) / amplitude).toBeCloseTo(1, 1);
    expect(typicalAmplitudeOf(400, heardByHigh) / amplitude).toBeCloseTo(1, 1);
    expect(typicalAmplitudeOf(400, heardByLow) / amplitude).toBeLessThan(0.001);
    expect(typicalAmplitudeOf(1000, heardByHigh) / amplitude).toBeLessThan(0.001);
    expect(events.filter(({ kind }) => kind === 'leg-media-started')).toHaveLength(2);
    expect(pool.shards()[0]?.stats).toMatchObject({ legs: 2, rooms: 1, commands_refused: 0, events_dropped: 0 });

    value(
      pool.apply(shard, [
        { kind: 'close-leg', leg: low },
        { kind: 'close-leg', leg: high },
        { kind: 'close-room', room },
      ]),
    );
    await until(() => pool.shards()[0]?.legs === 0);
    expect(pool.shards()[0]).toMatchObject({ legs: 0, lanes: 0, rooms: 0 });
    expect(events.filter(({ kind }) => kind === 'leg-closed')).toHaveLength(2);
  });

  it('plays a stream that is still being written, tells its end, and lets the clip go', async () => {
    const pool = await startedPool(1);
    const ended: EngineEvent[] = [];
    pool.onEvent((event) => {
      if (event.kind === 'player-ended') ended.push(event);
    });
    const shard = value(pool.place());
    const leg = value(pool.reserveLeg(shard, media)).id;
    const memory = streamClip(8192);
    const clip = value(pool.openClip(memory));
    const player = value(pool.reservePlayer(shard));
    const route = { sends: { kind: 'nobody' }, hears: 'silence', players: [player] } as const;
    value(
      pool.apply(shard, [
        { kind: 'open-leg', leg, media },
        { kind: 'open-player', player, clip, loops: 1 },
        { kind: 'route-leg', leg, room: null, route },
      ]),
    );
    const writer = new ClipWriter(memory);
    const sound = Int16Array.from({ length: 48_000 }, (_, at) =>
      Math.round(amplitude * Math.sin((2 * Math.PI * 1000 * at) / 48_000)),
    );
    const heard: number[] = [];
    const lane = pool.lane(leg);
    let written = 0;
    for (; ended.length === 0; await sleep(5)) {
      if (!writer.hasEnded()) written += writer.write(sound.subarray(written));
      if (written === sound.length && !writer.hasEnded()) writer.end();
      for (let frame = lane?.read() ?? null; frame !== null; frame = lane?.read() ?? null) {
        const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
        for (let sample = 0; sample < frameSamples; sample += 1) heard.push(view.getInt16(sample * 2, true));
      }
    }
    expect(ended).toEqual([{ kind: 'player-ended', player }]);
    expect(typicalAmplitudeOf(1000, heard) / amplitude).toBeCloseTo(1, 1);
    // A pause of the machine may cost frames; that nothing else does is tested in virtual time.
    expect(heard.filter((sample) => sample !== 0).length).toBeGreaterThan(8000);
    pool.closeClip(clip);
    value(pool.apply(shard, [{ kind: 'close-player', player }]));
    await until(() => pool.shards()[0]?.players === 0);
    expect(pool.shards()[0]).toMatchObject({ players: 0, stats: { commands_refused: 0, players_ended: 1 } });
  });

  it('ticks in every shard, and stops all of them within a tick', async () => {
    const pool = await startedPool(2);
    const ticks = (): readonly number[] => pool.shards().map(({ stats }) => Number(stats.ticks));
    const before = ticks();
    await until(() => ticks().every((count, shard) => count - (before[shard] ?? 0) > 10));
    const stopped = pool.stop();
    const from = ticks();
    await stopped;
    for (const [shard, count] of ticks().entries()) expect(count - (from[shard] ?? 0)).toBeLessThanOrEqual(1);
    expect(pool.shards().map(({ alive }) => alive)).toEqual([false, false]);
    expect(pool.reserveLeg(0 as ShardId, media)).toMatchObject({ error: { kind: 'engine-unavailable' } });
    pools.splice(0);
  });

  it('binds sockets for RTP legs and lets them go with the leg', async () => {
    const pool = await startedPool(1);
    const shard = value(pool.place());
    const leg = value(pool.reserveLeg(shard, rtp));
    expect(leg.local?.port).toBeGreaterThan(0);
    expect((leg.local?.port ?? 1) % 2).toBe(0);
    pool.releaseLeg(leg.id);
    expect(pool.shards()[0]?.legs).toBe(0);
  });

  it('opens secured legs, gives them other keys, and keeps no session of a leg that is closed', async () => {
    const pool = await startedPool(1);
    const shard = value(pool.place());
    const room = value(pool.reserveRoom(shard)).id;
    const keyed = (first: number): RtpMedia => {
      const key = (byte: number): SrtpKey => new SrtpKey('AEAD_AES_128_GCM', new Uint8Array(28).fill(byte));
      const security = { kind: 'srtp', inbound: key(first), outbound: key(first + 1), inboundKeyId: null } as const;
      return { ...rtp, security };
    };
    const leg = value(pool.reserveLeg(shard, keyed(1))).id;
    const applied = (count: number) => until(() => pool.shards()[0]?.stats.commands_applied === count);
    value(
      pool.apply(shard, [
        { kind: 'open-room', room, rateHz: 8000 },
        { kind: 'open-leg', leg, media: keyed(1) },
      ]),
    );
    // Opening a leg also says how its voice is treated: a record of its own.
    const opening = 3;
    await applied(opening);
    for (let round = 1; round <= 4; round += 1) {
      value(pool.apply(shard, [{ kind: 'update-leg', leg, media: keyed(round * 2) }]));
      await applied(opening + round);
    }
    expect(pool.shards()[0]?.stats).toMatchObject({ commands_applied: opening + 4, commands_refused: 0, legs: 1 });
    value(pool.apply(shard, [{ kind: 'close-leg', leg }]));
    await until(() => pool.shards()[0]?.legs === 0);
    expect(pool.shards()[0]).toMatchObject({ legs: 0, stats: { commands_refused: 0 } });
  });

  it('takes a secured leg and one of frames to another shard: they hear each other there as before', async () => {
    const pool = await startedPool(2);
    const caller = await SecureCaller.open(new Tone({ hz: 1000, amplitude, rateHz: 8000 }));
    const settings = {
      advertisedHost: '127.0.0.1',
      jitterMs: 40,
      security: { suites: ['AES_CM_128_HMAC_SHA1_80'], opportunistic: 'plain' },
    } as const;
    const prepared = value(prepareMedia({ kind: 'rtp', sdpOffer: caller.offer() }, settings, systemRandom));
    const [here, there] = [0 as ShardId, 1 as ShardId];
    const phone = value(pool.reserveLeg(here, prepared.media));
    const frames = value(pool.reserveLeg(here, media));
    const route = { sends: { kind: 'room' }, hears: 'room', players: [] } as const;
    const bringTogether = (shard: ShardId, opening: readonly EngineCommand[]): MixRoomId => {
      const room = value(pool.reserveRoom(shard)).id;
      const routes = [phone, frames].map(({ id }) => ({ kind: 'route-leg', leg: id, room, route }) as const);
      value(pool.apply(shard, [...opening, { kind: 'open-room', room, rateHz: 16_000 }, ...routes]));
      return room;
    };
    const hearEachOther = async (): Promise<void> => {
      const lane = pool.lane(frames.id);
      if (lane === null) return expect.fail('open legs have lanes');
      const heard = await talk(lane, 400, 100);
      expect(typicalAmplitudeOf(1000, heard.slice(heard.length / 2)) / amplitude).toBeCloseTo(1, 1);
      const back = [...caller.recording.latest(8000)];
      expect(typicalAmplitudeOf(400, back, 8000) / amplitude).toBeCloseTo(1, 1);
    };
    const room = bringTogether(here, [
      { kind: 'open-leg', leg: phone.id, media: prepared.media },
      { kind: 'open-leg', leg: frames.id, media },
    ]);
    caller.accept(prepared.answer(phone)?.text ?? '');
    await hearEachOther();

    const alone = { sends: { kind: 'nobody' }, hears: 'silence', players: [] } as const;
    const parting = [phone, frames].map(
      ({ id }) => ({ kind: 'route-leg', leg: id, room: null, route: alone }) as const,
    );
    value(pool.apply(here, [...parting, { kind: 'close-room', room }]));
    const position = pool.lane(frames.id)?.written() ?? 0;
    const moved = [await pool.moveLeg(phone.id, prepared.media, there), await pool.moveLeg(frames.id, media, there)];
    expect(moved.map(value)).toEqual([phone, frames].map((leg) => ({ ...leg, shard: there })));
    expect(pool.lane(frames.id)?.written()).toBe(position);
    bringTogether(there, []);
    await hearEachOther();
    expect(caller.strange).toBe(0);
    expect(new Set(caller.ssrcs).size).toBe(2);
    expect(pool.shards().map(({ legs, stats }) => [legs, stats.commands_refused])).toEqual([
      [0, 0],
      [2, 0],
    ]);
    expect(pool.statistics(phone.id)?.srtpAuthFailed).toBe(0);
    caller.close();
  });
});
